"""uint16, uint32 and uint64, for which PyTorch has few kernels (what each operator does is in tests/transcripts/unsigned.txt)."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tensorsh import torch
from tensorsh.ops import registry, unsigned
from tensorsh.ops.watching import Observer, watch


def run(source: str) -> str:
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    return done.stdout


def test_other_programs_do_not_load_the_guard() -> None:
    program = "import sys; from tensorsh import torch; x = torch.ones(3).to(torch.uint8) + 1; print('tensorsh.ops.unsigned' in sys.modules)"
    assert run(program) == "False\n"


@pytest.mark.parametrize(
    "first",
    ["torch.zeros(1, dtype=torch.uint32)", "torch.from_numpy(np.zeros(1, np.uint64))", "torch.ones(1).to(torch.uint16)",
     "torch.ones(1, dtype=torch.int32).view(torch.uint32)"],
)  # fmt: skip
def test_the_first_such_tensor_guards_operators_in_use_and_new_ones(first: str) -> None:
    program = f"""
import numpy as np
from tensorsh import torch
torch.ones(2) + 1
x = {first}
for call in (lambda: x + 1, lambda: -x):
    try: call()
    except NotImplementedError as error: print(error)
"""
    kind = {"uint16": "UInt16", "uint32": "UInt32", "uint64": "UInt64"}[next(k for k in ("uint16", "uint32", "uint64") if k in first)]
    assert run(program) == f"\"add_stub\" not implemented for '{kind}'\n\"neg_cpu\" not implemented for '{kind}'\n"


def test_shapes_that_do_not_fit_are_refused_first() -> None:
    x = torch.ones(2, dtype=torch.uint16)
    with pytest.raises(RuntimeError, match="must match the size"):
        x + torch.ones(3, dtype=torch.uint16)


def test_a_refused_write_writes_nothing() -> None:
    x = torch.ones(2, dtype=torch.uint16)
    with pytest.raises(NotImplementedError):
        x += 1
    with pytest.raises(NotImplementedError):
        x.masked_fill_(x == 1, 5)
    assert x.tolist() == [1, 1]


def test_watched_operators_are_guarded_and_stay_so() -> None:
    x = torch.ones(2, dtype=torch.uint16)
    with watch(Observer()), pytest.raises(NotImplementedError):
        torch.gcd(x, x)
    with pytest.raises(NotImplementedError):
        torch.gcd(x, x)


def test_the_table_names_operators_and_arguments_that_exist() -> None:
    for name, rows in unsigned._table().items():
        namespace, _, short = name.rpartition(".")
        found = registry.overloads(short, namespace)
        assert found, name
        arguments = {p.name for op in found for p in op.schema.parameters} | {"dtype"}
        for row in rows:
            assert {c.partition("=")[0] for c in row.conditions} <= arguments | {"0d", "1d", "empty"}, (name, row)
