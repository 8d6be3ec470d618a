"""Pasted sessions: the prompts and the output taken away, so that what was typed there can run here.

A text is taken for a session only if its first line has a prompt: `>>> `, `In [5]: ` or this shell's own. Then every
line without a prompt is output.
"""

from __future__ import annotations

import re

_FIRST = re.compile(r"[ \t]*(?:>>>|In ?\[\d*\]:)(?: |$)")
_NEXT = re.compile(r"[ \t]*\.{3,}:?(?: |$)")


def typed_text(pasted: str) -> str:
    """The code in a pasted text: without prompts and output if it is a session, without common indentation.

    >>> typed_text(">>> x = 1\\n>>> x\\n1\\n")
    'x = 1\\nx\\n'
    """
    text = pasted.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    first = next((line for line in lines if line.strip()), "")
    if not _FIRST.match(first):
        return _dedented(text)
    kept: list[str] = []
    in_statement = False
    for line in lines:
        prompt = _FIRST.match(line) or (_NEXT.match(line) if in_statement else None)
        in_statement = prompt is not None
        if prompt:
            kept.append(line[prompt.end() :])
    return "\n".join(kept) + "\n" if kept else ""


def _dedented(text: str) -> str:
    """The text without the indentation that all of its lines have, if its first one is indented."""
    lines = text.split("\n")
    if not text[:1].isspace() or not text.strip():
        return text
    margin = min(len(line) - len(line.lstrip(" \t")) for line in lines if line.strip())
    return "\n".join(line[margin:] for line in lines)
