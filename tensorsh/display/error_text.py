"""A failure as text for stderr: where it is, the line with carets below the part that failed, and the error as Python
names it.

Plain text without colour; nothing here looks at the values that took part. The last line is `TypeName: message`,
or the type's name alone if the message is empty; below it stand the error's notes, if it has any.
"""

from __future__ import annotations

from tensorsh.errors import Span, TensorshError

TAB = "    "
MARGIN = 60  # characters kept on either side of the failing part of a very long line
LONG = 200


def error_text(error: TensorshError) -> str:
    """The text for `error`, with a final newline.

    >>> error = TensorshError("division by zero", Span(1, 5, 1, 10), "ZeroDivisionError", source="x = 1 / 0")
    >>> print(error_text(error), end="")
    File "<input>", line 1
        x = 1 / 0
            ^^^^^
    ZeroDivisionError: division by zero
    """
    lines = []
    if error.span is not None:
        lines.append(f'File "{error.filename}", line {error.span.line}')
        lines += excerpt(error.source, error.span)
    lines.append(f"{error.type_name}: {error.message}" if error.message else error.type_name)
    lines += error.__dict__.get("__notes__", ())
    return "\n".join(lines) + "\n"


def excerpt(source: str | None, span: Span) -> list[str]:
    """The first line of `span` and carets below its part of it; nothing if the source has no such line."""
    rows = split_lines(source or "")
    if not 1 <= span.line <= len(rows):
        return []
    row = rows[span.line - 1]
    start = min(span.column - 1, len(row))
    end = len(row.rstrip()) if span.end_line > span.line else min(span.end_column - 1, len(row))
    end = max(end, start)
    before, part, after = row[:start].lstrip(" \t\f"), row[start:end], row[end:]
    if len(before) + len(part) + len(after) > LONG:
        before = before if len(before) <= MARGIN else "…" + before[-MARGIN:]
        part = part if len(part) <= MARGIN else part[:MARGIN] + "…"
        after = after if len(after) <= MARGIN else after[:MARGIN] + "…"
    before, part, after = (text.replace("\t", TAB).replace("\0", "␀") for text in (before, part, after))
    carets = "^" * max(width(part), 1)
    return [TAB + (before + part + after).rstrip(), TAB + " " * width(before) + carets]


def split_lines(source: str) -> list[str]:
    """Lines as the parser counts them: ended by `\\n`, `\\r\\n` or `\\r` only."""
    return source.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def width(text: str) -> int:
    """How many columns of a terminal `text` takes: two for East Asian wide characters, none for combining ones."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(character) else 2 if east_asian_width(character) in "WF" else 1 for character in text)
