"""Tables of text: columns, what happens in a narrow window, and the same in words."""

from __future__ import annotations

import pytest

from tensorsh.display.screen import Screen
from tensorsh.display.tables import byte_text, table

HEADERS = ["name", "bytes", "empty", "what it is"]
ROWS = [["x", "24", "", "a tensor with three rows"], ["weight", "4,096", "", "a leaf"]]


def test_columns_are_as_wide_as_they_need_and_empty_ones_are_left_out() -> None:
    assert table(HEADERS, ROWS, Screen(), right=["bytes"]).split("\n") == [
        "name    bytes  what it is",
        "x          24  a tensor with three rows",
        "weight  4,096  a leaf",
    ]


def test_the_last_column_goes_on_below_where_there_is_little_room() -> None:
    assert table(HEADERS, ROWS, Screen(width=30), right=["bytes"]).split("\n") == [
        "name    bytes  what it is",
        "x          24  a tensor with",
        "               three rows",
        "weight  4,096  a leaf",
    ]


def test_words_are_not_parted_at_hyphens() -> None:
    assert table(["name", "meaning"], [["x", "what an in-place write does"]], Screen(width=21)).split("\n") == [
        "name  meaning",
        "x     what an",
        "      in-place write",
        "      does",
    ]


@pytest.mark.parametrize("width", range(24, 60))
def test_no_line_is_wider_than_the_screen(width: int) -> None:
    rows = [
        *ROWS,
        ["a_very_long_name_indeed", "1", "", "one_long_word_without_any_blank_to_part_it_at"],
        ["数字", "1", "", "宽" * 30],
    ]
    lines = table(HEADERS, rows, Screen(width=width)).split("\n")
    assert max(sum(2 if ord(c) > 0x2E80 else 1 for c in line) for line in lines) <= width


def test_words_for_a_screen_reader() -> None:
    assert table(HEADERS, ROWS, Screen(words=True)) == (
        "x: bytes 24, it is a tensor with three rows.\nweight: bytes 4,096, it is a leaf."
    )


def test_many_columns_in_a_narrow_window_are_sentences() -> None:
    headers = ["name", "shape", "dtype", "bytes", "view of", "shares with", "grad"]
    row = ["weight", "[3, 4]", "float32", "48", "", "z", "recorded"]
    assert table(headers, [row], Screen(width=40)).split("\n") == [
        "weight: shape [3, 4], dtype float32,",
        "  bytes 48, shares with z, grad",
        "  recorded.",
    ]


LOG = ["memory of", "version", "operator", "where"]
SETTINGS = ["setting", "value", "what it does"]


@pytest.mark.parametrize(
    ("headers", "row", "lines"),
    [
        (LOG, ["x, y", "1", "fill_", "In [6], line 1: y[0] = 7"], ["x, y: version 1, operator fill_, where", "  In [6], line 1: y[0] = 7."]),
        (
            SETTINGS,
            ["complete_while_typing", "terminal", "completions without Tab, in colour"],
            ["complete_while_typing: value terminal,", "  it does completions without Tab, in", "  colour."],
        ),
    ],
)
def test_sentences_where_a_table_would_cut_headers_or_crowd_the_last_column(headers: list[str], row: list[str], lines: list[str]) -> None:
    assert table(headers, [row], Screen(width=40)).split("\n") == lines


def test_headers_are_bold_where_there_is_colour() -> None:
    assert table(["a"], [["b"]], Screen(colour="16")) == "\x1b[1ma\x1b[0m\nb"


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert "\x1b" not in table(["a", "b"], [["\x1b[31m", "\x1b[2J"]], Screen())


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 KB"),
        (99_949, "99.9 KB"),
        (999_600, "1.0 MB"),
        (123_456_789, "123 MB"),
        (5 * 10**12, "5.0 TB"),
    ],
)
def test_bytes_as_people_read_them(count: int, text: str) -> None:
    assert byte_text(count) == text
