"""Random programs of views, in-place writes, `detach()`, `.data` and NumPy, run here and in an installed PyTorch: `_base`,
`_version`, storages, strides and what the sharing facts say must agree.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tensorsh import Session
from tensorsh.diagnostics.sharing import pair
from tensorsh.runtime.tensor import Tensor

real = pytest.importorskip("torch")

MAKE = [
    "{}.t()",
    "{}[0:1]",
    "{}[:, 1:]",
    "{}[::2]",
    "{}.unsqueeze(0)[0]",
    "{}.detach()",
    "{}.data",
    "{}.clone()",
    "{} + 1",
    "{}.reshape(-1, 1)",
    "{}.expand(2, *{}.shape)[1]",
    "torch.from_numpy({}.numpy())",
    "{}.contiguous()",
    "{}[[0]]",
    "{}.split(1)[0]",
    "{}.view_as({})",
    "{}.permute(1, 0)",
    "{}.narrow(0, 0, 1)",
    "{}.diagonal().unsqueeze(1)",
    "{}.float()",
]
WRITE = [
    "{}.add_(1)",
    "{}[0] = 3",
    "{} += 2",
    "{}.data.mul_(2)",
    "{}.detach().zero_()",
    "{}.numpy()[0] = 5",
    "{}.t()[0] += 1",
]

STEPS = st.lists(st.tuples(st.integers(0, 9), st.booleans(), st.integers(0, 99)), min_size=1, max_size=10)


def lines(choices: list[tuple[int, bool, int]]) -> list[str]:
    made, code = 1, []
    for source, writing, step in choices:
        name = f"v{source % made}"
        if writing:
            code.append(WRITE[step % len(WRITE)].replace("{}", name))
        else:
            code.append(f"v{made} = {MAKE[step % len(MAKE)].replace('{}', name)}")
            made += 1
    return code


def same_memory(one: Any, other: Any) -> bool:
    """Whether the storages lie over each other: one that `from_numpy` makes of an array begins where the array does."""
    (first, length), (second, extent) = ((s.data_ptr(), s.nbytes()) for s in (one.untyped_storage(), other.untyped_storage()))
    return first < second + extent and second < first + length


@settings(max_examples=100, deadline=None)
@given(STEPS)
@pytest.mark.filterwarnings("ignore")
def test_sharing_agrees_with_pytorch(choices: list[tuple[int, bool, int]]) -> None:
    code = ["v0 = torch.arange(12.).view(3, 4).clone()", *lines(choices)]
    theirs: dict[str, Any] = {"torch": real}
    session = Session()
    session.run("import torch")
    for line in code:
        failed = None
        try:
            exec(line, theirs)
        except Exception as error:
            failed = type(error).__name__
        try:
            session.run(line)
            assert failed is None, f"{line}: PyTorch raises {failed}"
        except Exception as error:
            if isinstance(error, AssertionError):
                raise
            assert failed is not None, f"{line}: {error}"
            return
    ours = {name: value for name, value in session.names.items() if isinstance(value, Tensor)}
    for name, mine in ours.items():
        other = theirs[name]
        assert mine._version == other._version, (name, code)
        assert (mine._base is None) == (other._base is None), (name, code)
        np.testing.assert_array_equal(mine._array, other.detach().numpy())
        if not mine.numel():
            continue  # a window on nothing begins anywhere
        # Along a dimension of one element a stride leads nowhere.
        steps = [step for step in zip(mine.stride(), other.stride(), mine.shape, strict=True) if step[2] != 1]
        assert all(step[0] == step[1] for step in steps), (name, code)
        assert mine.storage_offset() == other.storage_offset(), (name, code)
    names = list(ours)
    for a in names:
        for b in names:
            facts = pair(ours[a], ours[b], ours)
            one, other = theirs[a], theirs[b]
            assert facts.same_object == (one is other), (a, b, code)
            assert facts.same_storage == same_memory(one, other), (a, b, code)
            assert (facts.view == "one") == (one._base is other), (a, b, code)
            if one is not other:
                assert (facts.view == "both") == (one._base is not None and one._base is other._base), (a, b, code)
            assert facts.overlap == bool(np.shares_memory(one.detach().numpy(), other.detach().numpy())), (a, b, code)
