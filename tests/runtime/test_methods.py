"""Which methods PyTorch has in Python is said twice: for their text, and for what a wrong call of them says."""

from __future__ import annotations

from pathlib import Path

import tensorsh.ops.python_calls
from tensorsh.runtime.methods import PYTHON_METHODS


def test_the_methods_are_those_that_were_recorded() -> None:
    recorded = Path(tensorsh.ops.python_calls.__file__).with_suffix(".txt").read_text(encoding="utf-8")
    found = {line.split(" ")[0] for line in recorded.splitlines() if line.startswith("Tensor.")}
    assert {path.removeprefix("Tensor.") for path in found} == PYTHON_METHODS
