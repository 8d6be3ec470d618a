"""Record the names that PyTorch has and tensorsh does not: `tensorsh/language/absent.txt`, for the hint under an AttributeError.

    .venv/bin/python tests/parity/record_absent.py
"""

from __future__ import annotations

import types
import warnings
from pathlib import Path
from typing import Any

import torch

import tensorsh.torch as ours

TARGET = Path(__file__).parents[2] / "tensorsh" / "language" / "absent.txt"
SPACES = ("", "nn", "nn.functional", "autograd", "autograd.functional", "autograd.graph", "linalg", "special", "fft", "cuda", "backends",
          "testing", "random", "signal.windows", "version")  # fmt: skip


def attribute(value: Any, path: str) -> Any:
    for part in path.split(".") if path else ():
        value = getattr(value, part)
    return value


def has(value: Any, name: str) -> bool:
    try:
        getattr(value, name)
    except AttributeError:
        return False
    except Exception:
        pass
    return True


def is_own(name: str, value: Any) -> bool:
    """Whether a name of a module is PyTorch's, and no module or type that it imports."""
    if name.startswith("_") or value is torch or name == "TYPE_CHECKING":
        return False
    module = value.__name__ if isinstance(value, types.ModuleType) else getattr(value, "__module__", None) or "torch"
    return module.partition(".")[0] in ("torch", "builtins")


def main() -> None:
    warnings.simplefilter("ignore")
    lines = []
    for path in SPACES:
        theirs = attribute(torch, path)
        try:
            mine = attribute(ours, path)
        except AttributeError:
            continue
        names = [name for name in dir(theirs) if is_own(name, getattr(theirs, name)) and not has(mine, name)]
        lines.append(" ".join([f"torch.{path}".rstrip("."), *names]))
    tensor = ours.ones(1)
    names = [name for name in dir(torch.Tensor) if not name.startswith("_") and not has(tensor, name)]
    lines.append(" ".join(["Tensor", *names]))
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
