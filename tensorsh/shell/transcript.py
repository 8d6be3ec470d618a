"""Pasted sessions: the prompts and the output taken away, so that what was typed there can run here.

Three kinds of text are taken for more than code, by their first line, or by the first after lines that are no code (a terminal's
own prompt, a greeting, prose):

- a session, whose lines have prompts (`>>> `, `In [5]: ` or this shell's own): a line without one is output;
- a printed notebook, whose cells stand below a prompt on a line of its own (`In [5]:`);
- Markdown, whose code stands between fences (three backticks).
"""

from __future__ import annotations

import re

from tensorsh.errors import TensorshError
from tensorsh.language import nodes
from tensorsh.language.parser import completeness, parse

# Web pages write a blank that does not break after In.
_FIRST = re.compile(r"[ \t]*(?:>>>|In[ \xa0]?\[\d*\]:)(?: |$)")
_NEXT = re.compile(r"[ \t]*\.{3,}:?(?: |$)")
_CELL = re.compile(r"[ \t]*In[ \xa0]?\[(?:\d*|None|[ \xa0*])\]:[ \t]*$")
_RESULT = re.compile(r"[ \t]*Out[ \xa0]?\[\d*\]:")
_OF_A_CELL = re.compile(r"^[%!]|\"{3}|'{3}", re.MULTILINE)
_FENCE = re.compile(r"[ \t]*(?:```|~~~)")


def typed_text(pasted: str) -> str:
    """The code in a pasted text: without prompts and output if it is a session, without common indentation.

    >>> typed_text(">>> x = 1\\n>>> x\\n1\\n")
    'x = 1\\nx\\n'
    >>> typed_text("In [1]:\\nx = 1\\nx + 1\\n\\n2\\n")
    'x = 1\\nx + 1\\n'
    """
    text = pasted.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    first = _begin(lines)
    if _FENCE.match(lines[first]):
        return "".join(map(typed_text, _fenced(lines[first:])))
    below = lines[first + 1] if first + 1 < len(lines) else ""
    if _CELL.match(lines[first]) and below.strip() and not _NEXT.match(below):
        return _notebook(lines[first:])
    if _FIRST.match(lines[first]):
        return _session(lines[first:])
    return dedented(text)


def _begin(lines: list[str]) -> int:
    """The line that a text begins with: its first that is not empty, or the first prompt or fence below what is no code."""
    first = next((at for at, line in enumerate(lines) if line.strip()), 0)
    marked = next((at for at, line in enumerate(lines) if _FIRST.match(line) or _FENCE.match(line)), first)
    above = "\n".join(lines[first:marked])
    # An example in a docstring has a prompt too, and commands of a cell are no code either.
    of_a_cell = _OF_A_CELL.search(above) is not None
    return marked if above and not of_a_cell and completeness(above + "\n") == "invalid" else first


def looks_pasted(text: str) -> bool:
    """Whether a text of one line may be more than code."""
    return "\n" in text or _FIRST.match(text) is not None


def dedented(text: str) -> str:
    """The text without the indentation that all of its lines have, if its first one is indented.

    >>> dedented("  if x:\\n    y")
    'if x:\\n  y'
    """
    lines = text.split("\n")
    if not text[:1].isspace() or not text.strip():
        return text
    margin = min(len(line) - len(line.lstrip(" \t")) for line in lines if line.strip())
    return "\n".join(line[margin:] for line in lines)


def _session(lines: list[str]) -> str:
    kept: list[str] = []
    in_statement = False
    for line in lines:
        prompt = _FIRST.match(line) or (_NEXT.match(line) if in_statement else None)
        in_statement = prompt is not None
        if prompt:
            kept.append(line[prompt.end() :])
    return "\n".join(kept) + "\n" if kept else ""


def _fenced(lines: list[str]) -> list[str]:
    """The texts between fences."""
    blocks: list[str] = []
    inside = False
    for line in lines:
        if _FENCE.match(line):
            inside = not inside
            blocks += [""] if inside else []
        elif inside:
            blocks[-1] += line + "\n"
    return blocks


def _notebook(lines: list[str]) -> str:
    """The cells of a printed notebook. Nothing marks where a cell's output begins but an empty line, after which more
    of the cell may come as well: what follows is code as long as it could be, and is more than a value.
    """
    kept: list[str] = []
    cell: list[str] = []
    in_code = False
    for line in lines:
        if _CELL.match(line):
            kept += cell
            cell, in_code = [], True
        elif _RESULT.match(line):
            in_code = False
        elif in_code:
            cell.append(line)
            if not line.strip():
                continue
            if len(cell) > 1 and not cell[-2].strip() and any(text.strip() for text in cell[:-1]):
                in_code = _goes_on("\n".join(cell[:-1]), line)
                cell = cell if in_code else cell[:-1]
    return "\n".join([*kept, *cell]).rstrip("\n") + "\n"


def _goes_on(above: str, line: str) -> bool:
    """Whether a line after an empty one belongs to the code above."""
    if line[:1].isspace() or completeness(above.rstrip("\n") + "\n") == "incomplete":
        return True
    try:
        body = parse(line + "\n" + ("    pass\n" if line.rstrip().endswith(":") else "")).body
    except TensorshError:
        # A statement may go on in the next lines; prose does not even begin as one.
        return completeness(line) == "incomplete" and not line.startswith(("tensor(", "array(", "(", "[", "{"))
    shown = body[0].value if body and isinstance(body[0], nodes.Expr) else None
    calls = isinstance(shown, nodes.Call) and isinstance(shown.func, nodes.Name | nodes.Attribute)
    return shown is None or (calls and not line.startswith(("tensor(", "array(", "torch.Size(")))
