"""Text in lines that fit a screen: what has no room goes on below, further in."""

from __future__ import annotations

from tensorsh.display.errors import wrap

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
    lines: list[str] = []
    for line in text.split("\n"):
        rest = line.lstrip(" ")
        start = " " * (len(line) - len(rest))
        first, *others = wrap(rest, max(width, _NARROWEST) - len(start), " " * later) if rest else [""]
        lines += [start + first, *(start + other for other in others)]
    return "\n".join(lines)
