"""Record what PyTorch prints for the programs in `tests/transcripts/`.

    .venv/bin/python tests/parity/record_transcripts.py [NAME ...]

A transcript file holds short programs, parted by lines that start with `---` and may go on with a title. A program is a
session of Python's prompt: statements after `>>> ` and `... `, and under each the text that PyTorch gave, which this script
writes anew. A program may also stand there as plain source, without prompts; it becomes a session. An error shows as the last
line of its traceback, a warning as its category and text, and addresses as `0x…`.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

TRANSCRIPTS = Path(__file__).parents[1] / "transcripts"
Step = tuple[str, str]  # a statement's source, what it gave


def plain(text: str) -> str:
    """`text` without what differs from run to run."""
    return re.sub(r"(cannot import name .*) \(.*\)", r"\1", re.sub(r"0x[0-9a-f]+", "0x…", text))


def programs(text: str) -> Iterator[tuple[str, list[Step]]]:
    """The title line and the steps of each program of a transcript file."""
    title, lines = "", list[str]()
    for line in [*text.splitlines(), "---"]:
        if line.startswith("---"):
            if lines:
                yield title, steps(lines)
            title, lines = line, []
        else:
            lines.append(line)


def steps(lines: list[str]) -> list[Step]:
    if not any(line.startswith(">>> ") for line in lines):
        return [(statement, "") for statement in statements("\n".join(lines))]
    found: list[Step] = []
    for line in lines:
        if line.startswith(">>> "):
            found.append((line[4:], ""))
        elif line == "..." or line.startswith("... "):
            found[-1] = (found[-1][0] + "\n" + line[4:], "")
        else:
            found[-1] = (found[-1][0], found[-1][1] + line + "\n")
    return found


def statements(source: str) -> list[str]:
    """The statements of `source`; those that share a line stay together."""
    lines = source.splitlines()
    found: list[tuple[int, int]] = []
    for node in ast.parse(source).body:
        first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])
        last = node.end_lineno or first
        found.append((found.pop()[0], last) if found and first == found[-1][1] else (first, last))
    return ["\n".join(lines[first - 1 : last]) for first, last in found]


def shown(title: str, done: list[Step]) -> str:
    text = title + "\n" if title else ""
    for source, output in done:
        first, *rest = source.split("\n")
        text += f">>> {first}\n" + "".join(f"... {line}".rstrip() + "\n" for line in rest) + output
    return text


def record(program: list[Step]) -> list[Step]:
    import torch

    torch.manual_seed(0)
    torch.set_default_dtype(torch.float32)
    torch.set_printoptions(profile="default", sci_mode=None)
    torch.set_grad_enabled(True)
    torch.set_warn_always(True)
    names = {"torch": torch, "__name__": "__main__"}
    return [(source, give(source, names)) for source, _ in program]


def give(source: str, names: dict[str, object]) -> str:
    """What a statement gives in Python: printed text, the value's repr, warnings, and the error's last line."""
    written = io.StringIO()

    def show(message: Warning | str, category: type[Warning], *_: object, **__: object) -> None:
        written.write(f"{category.__name__}: {first_part(str(message))}\n")

    with redirect_stdout(written), warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.showwarning = show
        try:
            for node in ast.parse(source).body:
                exec(compile(ast.Interactive([node]), "<input>", "single"), names)
        except Exception as error:
            written.write(f"{type(error).__name__}: {error}".rstrip(": ") + "\n")
    return plain(written.getvalue())


def first_part(message: str) -> str:
    """A warning without the place in PyTorch's own source that some end with."""
    return re.sub(r" \((Triggered|function) .*", "", message, flags=re.S)


def main(names: list[str]) -> None:
    for path in sorted(TRANSCRIPTS.glob("*.txt")):
        if names and path.stem not in names:
            continue
        done = [(title, record(program)) for title, program in programs(path.read_text(encoding="utf-8"))]
        blocks = [shown(title or "---", one) for title, one in done]
        path.write_text("".join(blocks), encoding="utf-8")
        print(f"{path.name}: {len(done)} programs")


if __name__ == "__main__":
    main(sys.argv[1:])
