"""Failures as text: the line, the carets below the right columns, the last line as Python's."""

from __future__ import annotations

import pytest

from tensorsh.display.error_text import error_text
from tensorsh.errors import Span, TensorshError

EXCERPTS = [
    # source, span, the two lines between the place and the message
    ("x = 1 / 0", Span(1, 5, 1, 10), ["    x = 1 / 0", "        ^^^^^"]),
    ("a\n  b + c\nd", Span(2, 3, 2, 4), ["    b + c", "    ^"]),
    ("if x:\n\ty\t+ z", Span(2, 4, 2, 7), ["    y    + z", "         ^^^"]),
    ("f(1 +\n  2)", Span(1, 3, 2, 4), ["    f(1 +", "      ^^^"]),
    ("x =", Span(1, 4, 1, 4), ["    x =", "       ^"]),
    ("'宽' / 2", Span(1, 1, 1, 8), ["    '宽' / 2", "    ^^^^^^^^"]),
    ("'宽'; y", Span(1, 6, 1, 7), ["    '宽'; y", "          ^"]),
    ("a\r\nb\rc", Span(3, 1, 3, 2), ["    c", "    ^"]),
    ("x\0y", Span(1, 2, 1, 3), ["    x␀y", "     ^"]),
]


@pytest.mark.parametrize(("source", "span", "excerpt"), EXCERPTS)
def test_excerpt(source: str, span: Span, excerpt: list[str]) -> None:
    error = TensorshError("why", span, "ValueError", source=source, filename="f.tsh")
    assert error_text(error).splitlines() == [f'File "f.tsh", line {span.line}', *excerpt, "ValueError: why"]


def test_a_very_long_line_is_cut_around_its_failing_part() -> None:
    source = "a + " * 1000 + "missing" + " + b" * 1000
    place, line, carets, last = error_text(
        TensorshError("why", Span(1, 4001, 1, 4008), "NameError", source=source)
    ).splitlines()
    assert len(line) < 200
    assert line[carets.index("^") : carets.rindex("^") + 1] == "missing"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (TensorshError("why"), "RuntimeError: why\n"),
        (TensorshError("", type_name="AssertionError"), "AssertionError\n"),
        (TensorshError("why", Span(9, 1, 9, 2), source="x"), 'File "<input>", line 9\nRuntimeError: why\n'),
        (TensorshError("two\nlines"), "RuntimeError: two\nlines\n"),
    ],
)
def test_what_there_is_no_line_for(error: TensorshError, text: str) -> None:
    assert error_text(error) == text
