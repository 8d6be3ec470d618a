"""The examples in the operators' docstrings print what they say."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest

from tensorsh import torch
from tensorsh.ops.index import FAMILIES
from tensorsh.ops.registry import OPERATORS

for row in set(FAMILIES.values()):
    import_module(f"tensorsh.ops.{row.partition(' ')[0]}")

EXAMPLES = {
    ".".join(filter(None, key)) + (f".{number}" if number else ""): operator.doc
    for key, overloads in OPERATORS.items()
    for number, operator in enumerate(overloads)
    if ">>> " in operator.doc
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_example(name: str) -> None:
    torch.manual_seed(0)
    example = doctest.DocTestParser().get_doctest(EXAMPLES[name], {"torch": torch}, name, None, None)
    report: list[str] = []
    doctest.DocTestRunner(verbose=False).run(example, out=report.append)
    assert not report, "".join(report)
