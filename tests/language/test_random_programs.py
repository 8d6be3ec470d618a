"""Random programs, in which every operand says when it is computed, do the same in Python and here, as closures and as hot code."""

from __future__ import annotations

from random import Random

import pytest

from tensorsh.language import compile_comprehensions, compile_flow, functions
from tests.language.test_like_python import run_ours, run_python

PROGRAMS = 60
HEAD = """\
def t(n, value=None):
    print(n, end=" ")
    return value
def fail(n):
    print(-n, end=" ")
    raise [ValueError, KeyError, TypeError, ZeroDivisionError][n % 4](n)
def f(*args, **kwargs):
    print("f", args, kwargs, end=" ")
    return args[0] if args else 0
L, D = [1, 2, 3, 4], {"k": 1}
u = v = w = 1
"""
LEAVES = ["t(#, 0)", "t(#, 1)", "t(#, 2)", "t(#, 3)", "t(#, -1)", "fail(#)", "u", "v", "w", "2", "t(#, [1, 2, 3])", "t(#, 'ab')"]
EXPRESSIONS = [
    "(@ + @)", "(@ - @)", "(@ * @)", "(@ // @)", "(@ % @)", "(@ and @)", "(@ or @)", "(@ < @)", "(@ == @ is not @)", "(@ if @ else @)",
    "f(@, @, a=@, **{'z': @})", "f(@, *[@, @], b=@)", "[@, *[@], @]", "{@: @, @: @}", "{@, @}", "t(#, [0, 1, 2])[@:@]", "t(#, [0, 1, 2])[@]",
    "[@ for i in t(#, [1, 2]) if @]", "sum(@ for i in t(#, [1, 2]) for j in t(#, [i, 3]) if @)", "{i: @ for i in t(#, (1, 2))}",
    "(lambda p=@, *, q=@: @)(@)", "f'{@}-{@!r:>4}'", "(u := @)", "(not @)", "t(#, L).index(@)", "len(@)", "str(@).upper()",
]  # fmt: skip
TARGETS = ["u", "v", "w", "t(#, L)[t(#, 1)]", "t(#, D)[t(#, 'k')]", "u, t(#, L)[t(#, 0)]", "t(#, L)[t(#, 0):t(#, 2)]", "v, *w"]
SIMPLE = [
    "@", "TARGET = @", "TARGET = @", "TARGET = TARGET = @", "u += @", "t(#, L)[t(#, 1)] -= @", "t(#, D)[t(#, 'k')] *= @", "print(@, @)",
    "del u", "assert @, @", "raise ValueError(@) from None", "pass",
]  # fmt: skip
BLOCKS = [
    "if @:|else:", "if @:|elif @:|else:", "for u in t(#, [1, 2, 3]):", "for i, v in enumerate(t(#, 'ab')):|else:", "for w in range(3):",
    "try:|except ValueError as e:|else:", "try:|except (KeyError, TypeError):|finally:", "try:|finally:", "try:|except t(#, Exception) as e:",
    "def g(a=@, *, k=@):", "while t(#, len(L) < 6):",
]  # fmt: skip


class Drawn:
    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.traced = 0

    def filled(self, pattern: str, depth: int) -> str:
        """`pattern` with an expression for each `@`, a fresh number for each `#` and a target for each `TARGET`."""
        while "TARGET" in pattern:
            pattern = pattern.replace("TARGET", self.random.choice(TARGETS), 1)
        while "@" in pattern:
            deeper = depth > 0 and self.random.random() < 0.6
            inner = self.filled(self.random.choice(EXPRESSIONS if deeper else LEAVES), depth - 1)
            pattern = pattern.replace("@", inner.replace("'", '"') if pattern.startswith("f'") else inner, 1)
        while "#" in pattern:
            self.traced += 1
            pattern = pattern.replace("#", str(self.traced), 1)
        return pattern

    def block(self, margin: str, depth: int, in_loop: bool, in_function: bool) -> str:
        text = ""
        for _ in range(self.random.choice([1, 2, 3])):
            if depth and self.random.random() < 0.45:
                heads = self.random.choice(BLOCKS).split("|")
                function, loop = heads[0].startswith("def"), heads[0].startswith(("for", "while"))
                for number, head in enumerate(heads):
                    text += f"{margin}{self.filled(head, 1)}\n"
                    if heads[0].startswith("while"):
                        text += f"{margin}    L.append(0)\n"
                    inside = (in_loop and not function) or (loop and number == 0)
                    text += self.block(margin + "    ", depth - 1, inside, in_function or function)
                if function:
                    text += f"{margin}print(g({self.filled('@', 1)}))\n"
            else:
                words = SIMPLE + ["break", "continue"] * in_loop + ["return @"] * in_function
                text += f"{margin}{self.filled(self.random.choice(words), 2)}\n"
        return text

    def program(self) -> str:
        body = self.block("        ", 3, True, True)
        return (
            f"{HEAD}def main():\n    u = 1\n    global v\n    w = 2\n    for _ in range(2):\n{body}    return u, v, w\n"
            "for _ in range(3):\n    try:\n        print(main())\n    except Exception as e:\n"
            "        print(type(e).__name__, e, repr(e.__cause__), repr(e.__context__), L, D)\n"
        )


@pytest.mark.parametrize("seed", range(PROGRAMS))
def test_a_random_program_does_what_python_does(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Drawn(seed).program()
    expected = run_python(source)
    assert run_ours(source) == expected
    monkeypatch.setattr(functions, "HOT_CALLS", 1)
    for module in (compile_flow, compile_comprehensions):
        monkeypatch.setattr(module, "HOT_TURNS", 1)
    assert run_ours(source) == expected
