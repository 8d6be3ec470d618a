"""PyTorch's Python signatures of the operators that have several, as its errors list them.

`signatures.txt` is recorded from PyTorch (tests/parity/record_signatures.py): a line of names, then the signatures that they share,
indented. `.name` stands for a method whose signatures do not follow from the function's.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

# What all functions that make tensors end with; written `…` in the file.
OPTIONS = (
    "torch.dtype dtype = None, torch.layout layout = None, torch.device device = None, bool pin_memory = False, "
    "bool requires_grad = False"
)


@cache
def _table() -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    names: list[str] = []
    for line in Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").splitlines():
        if line.startswith(" "):
            for name in names:
                table[name] += (line.strip().replace("…", OPTIONS),)
        else:
            names = line.split()
            table.update(dict.fromkeys(names, ()))
    return table


def of_function(name: str) -> tuple[str, ...]:
    """The signatures of `torch.name`; empty for one that has a single signature."""
    return _table().get(name, ())


def of_method(name: str) -> tuple[str, ...]:
    """The same of a tensor's method, or of its in-place form."""
    own = _table().get(f".{name}")
    return as_method(of_function(name)) if own is None else own


def as_method(signatures: tuple[str, ...]) -> tuple[str, ...]:
    """A function's signatures as a method has them: without `input` and `out`."""
    found = dict.fromkeys(_as_method(text) for text in signatures if text.startswith("(Tensor input"))
    return tuple(found)


def _as_method(text: str) -> str:
    parts = [part for part in text[1:-1].split(", ")[1:] if not part.endswith(" out = None")]
    return f"({', '.join(parts[:-1] if parts[-1:] == ['*'] else parts)})"
