"""Huge sizes, given as a number to a function that makes or divides a tensor: each is refused at once, with a clear error."""

from __future__ import annotations

import faulthandler
from collections.abc import Iterator

import pytest

from tensorsh.session import Session, TensorshError

# More than any machine has, and less than 64 bits hold.
REFUSED = r"""
torch.tril_indices(10**9, 10**9)
torch.triu_indices(10**9, 10**9)
torch.tril_indices(10**18, 10**18)
torch.triu_indices(10**18, 10**18, -10**18)
torch.combinations(torch.arange(30), 10**9)
torch.combinations(torch.arange(30), 15)
torch.cartesian_prod(*[torch.arange(1000)] * 9)
torch.vander(torch.arange(1000), 10**14)
torch.nn.functional.one_hot(torch.tensor([1]), 10**15)
torch.nn.functional.one_hot(torch.tensor([10**15]))
torch.bincount(torch.tensor([10**15]))
torch.bincount(torch.tensor([1]), minlength=10**15)
torch.arange(10**15)
torch.arange(0, 1, 1e-15)
torch.linspace(0, 1, 10**15)
torch.logspace(0, 1, 10**15)
torch.eye(10**9)
torch.zeros(10**15)
torch.full((10**15,), 1)
torch.rand(10**15)
torch.randperm(10**15)
torch.ones(2).repeat(10**15)
torch.ones(2).tile((10**8, 10**8))
torch.ones(1).expand(10**15).contiguous()
torch.ones(1).expand(10**15) + 1
torch.repeat_interleave(torch.ones(3), 10**15)
torch.nn.functional.pad(torch.ones(2), (10**15, 0))
torch.kron(torch.ones(10**5), torch.ones(1).expand(10**10))
torch.histc(torch.ones(3), bins=10**15)
torch.bartlett_window(10**15)
torch.hann_window(10**15)
torch.fft.fft(torch.ones(3), n=10**15)
torch.diag_embed(torch.ones(3), 10**9)
torch.zeros(3).resize_(10**15)
torch.ones(1).expand(10**9).unbind()
torch.ones(1).expand(10**9).split(1)
torch.ones(0).chunk(10**9)
torch.ones(3).tensor_split(10**9)
torch.ones(1).expand(10**9).tolist()
torch.ones(10**9, 0).tolist()
torch.ones(1).expand(10**9, 10**9).tril()
torch.linalg.multi_dot([torch.ones(2, 2)] * 3000)
"""


@pytest.fixture(autouse=True)
def no_test_hangs() -> Iterator[None]:
    faulthandler.dump_traceback_later(60, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.mark.parametrize("source", REFUSED.strip().splitlines())
def test_a_huge_size_is_refused(source: str) -> None:
    with pytest.raises(TensorshError) as caught:
        Session().run(source)
    assert caught.value.type_name in ("RuntimeError", "MemoryError", "ValueError")
    assert any(
        words in str(caught.value)
        for words in ("memory", "tensorsh stops at", "overflow", "too big", "Unable to allocate")
    ), caught.value


# Huge numbers, but a small result.
SMALL = {
    "torch.tril_indices(10**18, 10**18, 2 - 10**18)": "[[999999999999999998, 999999999999999999, 999999999999999999], [0, 0, 1]]",
    "torch.triu_indices(10**18, 10**18, 10**18 - 2)": "[[0, 0, 1], [999999999999999998, 999999999999999999, 999999999999999999]]",
    "torch.tril_indices(2, 10**18)": "[[0, 1, 1], [0, 0, 1]]",
    "torch.triu_indices(10**18, 2)": "[[0, 0, 1], [0, 1, 1]]",
    "torch.tril_indices(10**18, 0)": "[[], []]",
    "torch.triu_indices(2, 2, -2**63)": "[[0, 0, 1, 1], [0, 1, 0, 1]]",
    "torch.combinations(torch.arange(1), 65)": "[]",
    "torch.combinations(torch.ones(1), 65, with_replacement=True).sum(1)": "[65.0]",
}


@pytest.mark.parametrize(("source", "expected"), list(SMALL.items()))
def test_a_small_part_of_something_huge_is_made(source: str, expected: str) -> None:
    assert Session().run(f"print(({source}).tolist())") == expected + "\n"
