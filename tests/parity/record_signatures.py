"""Record the Python signatures of PyTorch's operators that have several: `tensorsh/ops/signatures.txt`.

    .venv/bin/python tests/parity/record_signatures.py

PyTorch names them itself, when a call fits none.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from tensorsh.ops.registry import overloads
from tensorsh.ops.signatures import OPTIONS, as_method

TARGET = Path(__file__).parents[2] / "tensorsh" / "ops" / "signatures.txt"


def signatures(function: Any) -> tuple[str, ...]:
    """The signatures of a function that has several; nothing for others."""
    try:
        function(*[object()] * 40)
    except TypeError as error:
        text = str(error)
        if "expected one of:" in text:
            return tuple(line[3:] for line in text.split("\n") if line.startswith(" * "))
        if "invalid combination" in text:
            return (text.split("but expected ")[1],)
    except Exception:
        pass
    return ()


def main() -> None:
    groups: dict[tuple[str, ...], list[str]] = {}
    own = dict[str, tuple[str, ...]]()
    for name in sorted(n for n in dir(torch) if not n.startswith("_") and overloads(n)):
        own[name] = signatures(getattr(torch, name))
        if own[name]:
            groups.setdefault(own[name], []).append(name)
    tensor = torch.ones(2)
    for name in sorted(n for n in dir(torch.Tensor) if not n.startswith("_") and callable(getattr(torch.Tensor, n, None))):
        if overloads(name) or overloads(name.rstrip("_")):
            found = signatures(getattr(tensor, name))
            if found and found != as_method(own.get(name.rstrip("_"), ())):
                groups.setdefault(found, []).append(f".{name}")
    lines = []
    for texts, names in groups.items():
        lines += [" ".join(names), *[f"    {text.replace(OPTIONS, '…')}" for text in texts]]
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
