"""Text in lines that fit a screen: what has no room goes on below, further in."""

from __future__ import annotations

from collections.abc import Iterator

from tensorsh.display.errors import text_width, wrap

_NARROWEST = 40  # columns, less than which no line is broken to


def paragraphs(text: str, width: int, later: int = 2) -> str:
    """Each line of `text` in at most `width` columns, where its words allow it; what does not fit stands below, `later` columns further in.

    >>> print(paragraphs("log made the first -inf at line 3\\n  self = x = [1, 0]", 20))
    log made the first -inf at line 3
      self = x = [1, 0]
    >>> print(paragraphs("  w.grad = 5: one backward() call, line 8: loss.backward()", 40))
      w.grad = 5: one backward() call, line
        8: loss.backward()
    """
    width = max(width, _NARROWEST)
    lines: list[str] = []
    for line in text.split("\n"):
        rest = line.lstrip(" ")
        start = " " * (len(line) - len(rest))
        for part in wrap(rest, width - len(start), " " * later) if rest else [""]:
            lines += _broken(start + part, width, start + " " * later)
    return "\n".join(lines)


def _broken(line: str, width: int, start: str) -> Iterator[str]:
    """A line that is too wide for a tensor's numbers in it, which `wrap` keeps together, in parts."""
    while text_width(line) > width:
        at = line.rfind(" ", len(start) + 1, width + 1)
        if at < 0:
            break
        yield line[:at]
        line = start + line[at + 1 :]
    yield line
