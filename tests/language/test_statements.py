"""Where one top-level statement ends and the next begins, judged line by line."""

from __future__ import annotations

import pytest

from tensorsh.language.statements import whole_statements

# Each case is a list of statements; joined, they are the input.
CASES = [
    ["x = 1\n", "y = 2\n"],
    ["x = 1; y = 2\n", "z"],
    ["f(\n1,\n\n2)\n", "x\n"],
    ["f([{'a': (1,\n2)}])\n", "x\n"],
    ["x = 1 + \\\n 2\n", "x\n"],
    ["print(')', '(')\n", "x\n"],
    ["x = 'it\\'s ('\n", "x\n"],
    ['x = """a\n(b\n"""\n', "x\n"],
    ["x = '''a \\''' \"\n'''\n", "x\n"],
    ["x = 'a\\\nb'\n", "x\n"],
    ["x = 'open\n", "y\n"],
    ["x = 1  # (\n", "y\n"],
    ["# only a comment (\nx = 1\n", "y\n"],
    ["\n\nx\n", "y\n"],
    ["if x:\n    y\n", "z\n"],
    ["if x: y\n", "z\n"],
    ["if x:\n    y\n\n# between\nelif z:\n\n    y\nelse:\n    z\n", "elsewhere\n"],
    ["try:\n    x\nexcept E:\n    y\nelse:\n    z\nfinally:\n    w\n", "v\n"],
    ["while x:\n\ty\n\n\tz\n", "w\n"],
    ["@d\n@e(\n1)\ndef f():\n    return 1\n", "f()\n"],
    ["def f(\n    a,\n):\n    return a\n\n\n", "@d\n# comment\ndef g(): pass\n", "g()\n"],
    ["x = {\n'if': 1}\n", "iffy = 2\n", "x\r\n", "if y:\r\n  z\r\n\r\n", "w"],
    ["x = (1\n"],
    ["f(1))\n", "x\n"],
]


@pytest.mark.parametrize("statements", CASES, ids=range(len(CASES)))
def test_whole_statements(statements: list[str]) -> None:
    found = list(whole_statements("".join(statements).splitlines(keepends=True)))
    assert [source for _, source in found] == statements
    lines = [1]
    for source in statements:
        lines.append(lines[-1] + source.count("\n"))
    assert [line for line, _ in found] == lines[: len(statements)]


def test_a_simple_statement_does_not_wait_for_the_next_line() -> None:
    def lines():
        yield "x = (\n"
        yield "1)\n"
        pytest.fail("asked for another line")

    assert next(whole_statements(lines())) == (1, "x = (\n1)\n")
