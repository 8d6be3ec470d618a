"""Lookalikes: whatever we draw with has one."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

import tensorsh
from tensorsh.display.lookalikes import lookalike, replace_in

ROOMS = ("display", "explain", "diagnostics", "shell")


def test_whatever_is_drawn_has_a_lookalike() -> None:
    package = Path(tensorsh.__file__).parent
    texts = (path.read_text(encoding="utf-8") for room in ROOMS for path in (package / room).rglob("*.py"))
    drawn = {character for text in texts for character in text if not character.isascii() and character != "é"}
    assert {character for character in drawn if not lookalike(character)} == set()


STREAMS = [
    # encoding, text, what is written
    ("ascii", "[2] · x ─ ⡇ é\n", b"[2] - x - * ?\n"),
    ("latin-1", "[2] · x ─ é\n", b"[2] \xb7 x - \xe9\n"),
    ("utf-8", "[2] · ─\n", "[2] · ─\n".encode()),
]


@pytest.mark.parametrize(("encoding", "text", "written"), STREAMS)
def test_only_what_cannot_be_written_is_replaced(encoding: str, text: str, written: bytes) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, newline="")
    replace_in(stream)
    stream.write(text)
    stream.flush()
    assert raw.getvalue() == written


def test_other_characters_are_as_the_stream_has_them() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", newline="")
    replace_in(stream, "backslashreplace")
    stream.write("│é宽─é\n")
    stream.flush()
    assert raw.getvalue() == b"|\\xe9\\u5bbd-\\xe9\n"
    replace_in(stream, "strict")
    with pytest.raises(UnicodeEncodeError, match="can't encode characters in position 1-2"):
        stream.write("│é宽─é\n")
