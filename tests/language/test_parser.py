"""What is the parser's own: pipes, hidden echoes, odd texts, depth, completeness, speed, and the shipped tables."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tensorsh.errors import Span, TensorshError
from tensorsh.language import build_tables, nodes
from tensorsh.language.nodes import sexpr
from tensorsh.language.parser import completeness, parse, read_source

PIPES = [
    ("x |> f()", "(Pipe (Name 'x') (Call (Name 'f') [] []))"),
    ("x |> f(y, z=1)", "(Pipe (Name 'x') (Call (Name 'f') [(Name 'y')] [(keyword 'z' (Constant 1))]))"),
    ("x |> a.f() |> g()", "(Pipe (Pipe (Name 'x') (Call (Attribute (Name 'a') 'f') [] [])) (Call (Name 'g') [] []))"),
    ("a or b |> f()", "(Pipe (BoolOp 'or' [(Name 'a') (Name 'b')]) (Call (Name 'f') [] []))"),
    ("a + b |> f()", "(Pipe (BinOp (Name 'a') '+' (Name 'b')) (Call (Name 'f') [] []))"),
    ("a |> f() if b else c", "(IfExp (Name 'b') (Pipe (Name 'a') (Call (Name 'f') [] [])) (Name 'c'))"),
    ("a if b else c |> f()", "(IfExp (Name 'b') (Name 'a') (Pipe (Name 'c') (Call (Name 'f') [] [])))"),
    ("a |> f(), b", "(Tuple [(Pipe (Name 'a') (Call (Name 'f') [] [])) (Name 'b')])"),
    ("f(a |> g())", "(Call (Name 'f') [(Pipe (Name 'a') (Call (Name 'g') [] []))] [])"),
]


@pytest.mark.parametrize(("source", "form"), PIPES)
def test_a_pipe_binds_looser_than_every_other_operator(source: str, form: str) -> None:
    assert sexpr(parse(source)) == f"(Module [(Expr {form} False)])"


def test_a_pipe_hands_on_what_a_lambda_returns() -> None:
    function = parse("lambda a: a |> f()").body[0].value  # type: ignore[attr-defined]
    assert sexpr(function.body) == "(Pipe (Name 'a') (Call (Name 'f') [] []))"


HIDDEN = [("x", [False]), ("x;", [True]), ("x; y", [False, False]), ("x; y;", [False, True]), ("x ; # c", [True])]


@pytest.mark.parametrize(("source", "hidden"), HIDDEN)
def test_a_closing_semicolon_hides_the_echo(source: str, hidden: list[bool]) -> None:
    assert [statement.hidden for statement in parse(source).body if isinstance(statement, nodes.Expr)] == hidden


SAME_TEXT = [
    "x\r\ny = 1",
    "x\ry = 1\r",
    "\ufeffx\ny = 1",
    b"\xef\xbb\xbfx\r\ny = 1\r\n",
    "x\n\ny = 1\n\n\n",
    "x #\ny = 1 # c",
]


@pytest.mark.parametrize("source", SAME_TEXT)
def test_line_ends_and_marks_change_nothing(source: str | bytes) -> None:
    assert sexpr(parse(source)) == sexpr(parse("x\ny = 1\n"))


def test_read_source_gives_the_text_that_spans_count() -> None:
    assert read_source(b"\xef\xbb\xbfa\r\nb\rc") == "a\nb\nc\n"


def test_a_string_over_two_lines_has_python_line_ends() -> None:
    assert sexpr(parse("'''a\r\nb'''")) == "(Module [(Expr (Constant 'a\\nb') False)])"


def test_spans_inside_of_an_f_string_are_places_of_the_script() -> None:
    joined = parse("x = 1\nf'ab{y + 1!r}{zé:>{w}}'").body[1].value  # type: ignore[attr-defined]
    first, second = joined.values[1:3]
    assert (first.span, first.value.span) == (Span(2, 5, 2, 14), Span(2, 6, 2, 11))
    assert (second.value.span, second.format_spec.values[1].value.span) == (Span(2, 15, 2, 17), Span(2, 20, 2, 21))


def nested(opening: str, middle: str, closing: str, depth: int = 1000) -> str:
    return opening * depth + middle + closing * depth


DEEP = {
    "parentheses": nested("(", "1", ")"),
    "lists": nested("[", "", "]"),
    "dicts": nested("{1: ", "1", "}"),
    "tuples": nested("(", "1", ",)"),
    "calls": nested("f(", "", ")"),
    "comprehensions": nested("[x for x in ", "y", "]"),
    "signs": "-" * 1000 + "1",
    "not": "not " * 1000 + "a",
    "attributes": "a" + ".b" * 1000,
    "subscripts": "a" + "[0]" * 1000,
    "powers": "**".join("2" * 1000),
    "lambdas": "lambda: " * 1000 + "1",
    "conditionals": "1 if a else " * 1000 + "2",
    "pipes": "x" + " |> f()" * 1000,
    "targets": nested("(", "a", ",)") + " = 1",
    "deletions": "del " + nested("[", "a", "]"),
    "field": "f'{" + nested("(", "1", ")") + "}'",
    "sum of 10,000": "+".join("1" * 10_000),
    "comparison of 10,000": "<".join("1" * 10_000),
    "elif of 10,000": "if a: b\n" + "elif a: b\n" * 10_000,
    "blocks of 100": "".join(" " * depth + "if x:\n" for depth in range(100)) + " " * 100 + "y",
    "declaration": "def f():\n global x\n x = " + nested("(", "1", ",)"),
    "brackets of 100,000": nested("(", "1", ")", 100_000),
}


@pytest.mark.parametrize("name", DEEP)
def test_depth_needs_no_recursion(name: str) -> None:
    assert sexpr(parse(DEEP[name])).count("(") > 1


TOO_DEEP = [
    ("".join(" " * depth + "if x:\n" for depth in range(102)), "too many levels of indentation"),
    ("(" * 1000, "'(' was never closed"),
    (nested("(", "1 1", ")"), "invalid syntax. Perhaps you forgot a comma?"),
    ("f'{a:{b:{c:{d}}}}'", "f-string: expressions nested too deeply"),
]


@pytest.mark.parametrize(("source", "message"), TOO_DEEP)
def test_a_mistake_in_the_deep_is_an_error_like_any(source: str, message: str) -> None:
    with pytest.raises(TensorshError) as caught:
        parse(source)
    assert caught.value.message == message


COMPLETENESS = {
    "complete": [
        "", "x", "x = 1", "x;", "# c", "(1,\n2)", "x = '''a\nb'''", "x \\\n+ y", "if x: y",
        "if x:\n  y\n", "if x:\n  y\n  ",
        "if x:\n  y\n\n", "if x:\n  y\nz", "try:\n  x\nexcept A:\n  y\n", "@f\ndef g(): pass\n", "while a: b",
        "if x: y = [1,\n2]", "if x:\n  y\nelse: z", "try:\n  x\nfinally: y",
    ],
    "incomplete": [
        "(", "(1,\n", "{1:", "f(a,", "'''abc", "f'''{x", "'abc\\", "x \\", "x \\\n", "if x:", "if x: # c", "if x:\n\n",
        "if x:\n  y", "if x:\n  y\nelse:", "for i in x:\n  if i:",
        "@f", "@f\n", "@f\ndef g():", "try:\n  x\n", "def f(",
        "def f():\n  '''doc", "def f():\n  return",
        "def f():\n  '''doc\nmore'''", "def f():\n  x = [1,\n2]", "if x:\n  y\nelse:\n  z = (1,\n2)", "while a:\r\n  b",
    ],
    "invalid": [
        "x =", "x = = 1", "f(a b", "'abc", "x)", "a \\ ", "raise = 2", "else:", "1 +", "@", "x = (1 +\ny = 3", "break",
        "class A:", "  x", "if x:\n  y\n z", "x\0",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("state", "text"), [(state, text) for state, texts in COMPLETENESS.items() for text in texts])
def test_a_prompt_knows_when_to_ask_for_more(state: str, text: str) -> None:
    assert completeness(text) == state


ORDINARY = """
def train(model, data, *, epochs=10, rate=1e-2):
    losses = []
    for epoch in range(epochs):
        total = 0.0
        for x, y in data:
            loss = ((model(x) - y) ** 2).mean()   # the usual
            loss.backward()
            with torch.no_grad():
                for p in model.parameters():
                    p -= rate * p.grad
                    p.grad = None
            total += loss.item()
        losses.append(total / len(data))
        if epoch % 5 == 0 and not quiet:
            print(f"epoch {epoch:3d}: {losses[-1]:.4f}", end="\\n")
    return {"losses": losses, "best": min(losses)}

w = torch.randn(3, 4, requires_grad=True)[:, 1:]
result = w.t() @ w + [i * i for i in range(10) if i % 2][0]
"""


def test_a_thousand_lines_take_less_than_their_budget() -> None:
    source = ORDINARY * (1000 // ORDINARY.count("\n"))
    best = min(_seconds(source) for _ in range(3))
    assert best < 0.4


def _seconds(source: str) -> float:
    begin = time.perf_counter()
    parse(source)
    return time.perf_counter() - begin


def test_parsing_imports_no_lark() -> None:
    program = (
        "import sys\nfrom tensorsh.language.parser import parse\nparse('ones(2, 2) + 1')\n"
        "print('lark' in sys.modules, 'tensorsh.language.syntax_errors' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"


@pytest.fixture(scope="module")
def grammar() -> str:
    return build_tables.GRAMMAR.read_text(encoding="utf-8")


def test_the_shipped_tables_are_those_of_the_grammar(grammar: str) -> None:
    assert build_tables.build(grammar) == build_tables.SHIPPED.read_text(encoding="utf-8")


def test_a_grammar_with_a_conflict_is_refused(grammar: str) -> None:
    from lark.exceptions import GrammarError

    with pytest.raises(GrammarError, match="collision"):
        build_tables.build(grammar.replace("?small: star_expressions", "?small: test -> pass_\n    | star_expressions"))


class Layout:
    """Lines and blocks for Lark, written apart from our lexer, so that Lark alone can read the language."""

    always_accept = ("_NEWLINE",)

    def process(self, stream: Iterator[Any]) -> Iterator[Any]:
        from lark import Token

        indents, depth, in_line = [0], 0, False
        for token in stream:
            if token.type == "_NEWLINE":
                if in_line and depth == 0:
                    in_line = False
                    yield token
                continue
            if not in_line:
                if token.column - 1 > indents[-1]:
                    indents.append(token.column - 1)
                    yield Token("_INDENT", "")
                while token.column - 1 < indents[-1]:
                    indents.pop()
                    yield Token("_DEDENT", "")
            in_line = True
            depth += (token.value in ("(", "[", "{")) - (token.value in (")", "]", "}"))
            yield token
        for _ in indents[1:]:
            yield Token("_DEDENT", "")


def test_lark_itself_reads_what_the_parser_reads(grammar: str) -> None:
    from lark import Lark

    lark = Lark(grammar, parser="lalr", lexer="basic", start="module", postlex=Layout())  # type: ignore[arg-type]
    sources = [ORDINARY, *(source for source, _ in PIPES), DEEP["blocks of 100"], "with (a, b as c): d = 'e' f'{g}'"]
    for source in sources:
        lark.parse(source.lstrip() + "\n")
    samples = Path(build_tables.GRAMMAR).parents[1] / "samples"
    for sample in samples.glob("*.tsh"):
        lark.parse(sample.read_text(encoding="utf-8").lstrip() + "\n")
