"""What the compiler promises beyond Python's meaning: depth, echo, blame, where, interruption."""

from __future__ import annotations

import signal
import sys
from typing import Any

import pytest

from tensorsh.errors import TensorshError
from tensorsh.language.compiler import compile_module
from tensorsh.language.environment import Environment
from tensorsh.language.parser import parse


def run(source: str, echo: str = "all", environment: Environment | None = None) -> list[Any]:
    shown: list[Any] = []
    if environment is None:
        environment = Environment()
    environment.echo = shown.append
    environment.write = shown.append
    compile_module(parse(source), source).run(environment, echo)
    return shown


DEEP = {
    "a sum of 10,000 terms": ("+".join(["1"] * 10_000), 10_000),
    "a sum of 10,000 names": ("x = 1\n" + "+".join(["x"] * 10_000), 10_000),
    "1,000 parentheses": ("(" * 1000 + "7" + ")" * 1000, 7),
    "1,000 calls": ("abs(" * 1000 + "7" + ")" * 1000, 7),
    "1,000 calls of a function": ("f = lambda x: x + 1\n" + "f(" * 1000 + "0" + ")" * 1000, 1000),
    "1,000 signs": ("-" * 1000 + "7", 7),
    "1,000 not": ("not " * 1000 + "True", True),
    "1,000 lists": ("len(" + "[" * 1000 + "]" * 1000 + ")", 1),
    "1,000 indices": ("x = []\nx.append(x)\nlen(x" + "[0]" * 1000 + ")", 1),
    "10,000 conditions": (" and ".join(["1"] * 10_000), 1),
    "5,000 elifs": ("x = 0\nif x: 1\n" + "elif x: 1\n" * 5000 + "else: 5", 5),
    "1,000 conditional expressions": ("0 if 0 else " * 1000 + "5", 5),
    "900 calls of one function": ("def f(n):\n    if n == 0:\n        return 0\n    return 1 + f(n - 1)\nf(900)", 900),
}


@pytest.mark.parametrize(("source", "value"), DEEP.values(), ids=DEEP.keys())
def test_depth_that_people_write_works(source: str, value: Any) -> None:
    assert run(source)[-1] == value


@pytest.mark.parametrize("source", ["-" * 50_000 + "1", "abs(" * 50_000 + "1" + ")" * 50_000, "x" + ".real" * 50_000])
def test_depth_beyond_that_is_a_clear_error(source: str) -> None:
    with pytest.raises((RecursionError, TensorshError)) as caught:
        run("x = 1\n" + source)
    assert "recursion depth" in str(caught.value) or "nested" in str(caught.value) or "deep" in str(caught.value)


ECHOES = [
    ("1; 2\n3", "all", [1, 2, 3]),
    ("1; 2\n3", "last", [3]),
    ("1; 2\n3", "none", []),
    ("3;", "all", []),
    ("None", "all", []),
    ("x = 1", "last", []),
    ("5\nx = 1", "last", []),
    ("for i in range(2): i", "all", [0, 1]),
    ("for i in range(2): i", "last", []),
    ("def f():\n    5\nf()", "all", []),
    ("if 1:\n    7", "all", [7]),
]


@pytest.mark.parametrize(("source", "echo", "expected"), ECHOES)
def test_echo(source: str, echo: str, expected: list[Any]) -> None:
    assert run(source, echo) == expected


def failing(source: str) -> tuple[Exception, list[tuple[Any, dict[str, Any]]]]:
    with pytest.raises(Exception) as caught:
        run(source)
    return caught.value, caught.value.__dict__["tensorsh_trail"]


def part(source: str, node: Any) -> str:
    span = node.span
    assert span.line == span.end_line
    return source.splitlines()[span.line - 1][span.column - 1 : span.end_column - 1]


BLAME = [
    ('a = 1\nb = "x"\nc = 2 * (a + b)', "a + b", {"left": 1, "right": "x"}),
    ("x = [1, 2]\ny = x[5]", "x[5]", {"value": [1, 2], "index": 5}),
    ("x = 3\nx.nope", "x.nope", {"value": 3}),
    ("print(1 + nothing)", "nothing", {}),
    ('int("z")', 'int("z")', {"func": int, "args": ["z"]}),
    ("-[]", "-[]", {"operand": []}),
    ("1 < []", "1 < []", {"left": 1, "right": []}),
    ("x = [1]\nx[3] = 4", "x[3]", {"value": [1], "index": 3, "assigned": 4}),
    ("a, b = 5", "a, b", {"assigned": 5}),
    ("x = 1\nx += []", "x += []", {"left": 1, "right": []}),
    ("for i in 5: pass", "5", {"value": 5}),
    ("f'{3:z}'", "{3:z}", {"value": 3}),
]


@pytest.mark.parametrize(("source", "text", "values"), BLAME, ids=[row[0] for row in BLAME])
def test_the_innermost_part_is_blamed_with_its_operands(source: str, text: str, values: dict[str, Any]) -> None:
    _, trail = failing(source)
    node, noted = trail[0]
    assert part(source, node) == text
    assert noted == values


def test_outer_parts_follow_with_what_they_had_computed() -> None:
    _, trail = failing("7 + abs(1 / 0)")
    assert [(type(node).__name__, values.get("left")) for node, values in trail] == [
        ("BinOp", 1),
        ("Call", None),
        ("BinOp", 7),
    ]


def test_the_trail_goes_through_functions_of_the_script() -> None:
    source = "def f(x):\n    return 1 / x\nf(0)"
    _, trail = failing(source)
    assert [node.span.line for node, _ in trail] == [2, 3]


def test_an_error_of_an_iterator_is_blamed_on_the_iterable() -> None:
    source = "d = {1: 2}\nfor k in d:\n    d[k + 1] = 3"
    error, trail = failing(source)
    assert type(error) is RuntimeError
    assert part(source, trail[0][0]) == "d"


def test_where_is_the_statement_that_runs() -> None:
    lines: list[int] = []
    environment = Environment()
    environment.builtins["note"] = type(environment.builtins["len"])(
        "note", lambda: lines.append(environment.state.where.span.line)
    )
    run("note()\nif 1:\n    note()\nfor i in range(2):\n    note()\nwhile note() or 0: pass", environment=environment)
    assert lines == [1, 3, 5, 5, 6]


def test_an_interrupt_passes_and_leaves_the_names_whole() -> None:
    environment = Environment()

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(KeyboardInterrupt):
            run("x = 5\nn = 0\ndef f():\n    global n\n    while True: n += 1\nf()", environment=environment)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert environment.globals["x"] == 5
    assert environment.globals["n"] > 0
    assert environment.depth == 0


def test_comprehension_variables_do_not_outlive_it() -> None:
    environment = Environment()
    run("y = [x for x in range(3)]", environment=environment)
    assert list(environment.globals) == ["y"]


def test_programs_are_independent() -> None:
    one, two = Environment(), Environment()
    run("x = 1\ndef f(): return x", environment=one)
    with pytest.raises(NameError):
        run("x", environment=two)
    assert run("f()", environment=one) == [1]


def test_a_function_can_be_called_from_the_host() -> None:
    environment = Environment()
    run("def f(x, y=2, *, z=3):\n    'adds'\n    return x + y + z", environment=environment)
    f = environment.globals["f"]
    assert f(1) == 6
    assert f(1, y=5, z=0) == 6
    assert (f.__name__, f.__doc__) == ("f", "adds")
    assert repr(f).startswith("<function f at 0x")


def test_host_depth_is_not_lowered() -> None:
    before = sys.getrecursionlimit()
    run("1")
    assert sys.getrecursionlimit() >= before


REFUSED = ["open", "eval", "exec", "input", "globals", "compile", "__import__", "super", "vars"]


@pytest.mark.parametrize("name", REFUSED)
def test_a_builtin_that_is_not_here_says_so(name: str) -> None:
    with pytest.raises(NameError, match=f"{name} is not available in tensorsh"):
        run(f"{name}()")


def test_numpy_random_belongs_to_the_program() -> None:
    source = "import numpy as np\nnp.random.seed(0)\nnp.random.rand()"
    one, two = Environment(), Environment()
    first = run(source, environment=one)
    run("import numpy as np\nnp.random.seed(1)", environment=two)
    again = run("np.random.rand()", environment=one)
    whole = run(source + "\nnp.random.rand()", environment=Environment())
    assert [*first, *again] == whole


def test_pipe_passes_the_value_first() -> None:
    assert run("[3, 1] |> sorted(reverse=True) |> len()") == [2]
