"""The names that PyTorch has and tensorsh does not, so that an AttributeError can tell them from mistyped ones.

`absent.txt` is recorded from PyTorch (tests/parity/record_absent.py): a line for each namespace, its name first.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def _names() -> dict[str, frozenset[str]]:
    lines = Path(__file__).with_name("absent.txt").read_text(encoding="utf-8").splitlines()
    return {line.split()[0]: frozenset(line.split()[1:]) for line in lines}


def note(owner: str, name: str) -> str | None:
    """A sentence about `owner.name` if PyTorch has it; `owner` is a namespace (`torch.linalg`) or `Tensor`."""
    if name not in _names().get(owner, ()):
        return None
    return f"PyTorch has {owner}.{name}; tensorsh does not"
