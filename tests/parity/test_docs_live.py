"""The examples in the operators' docs, run by an installed PyTorch: it prints what they say."""

from __future__ import annotations

import pytest

from tests.ops.test_docs import doc_of, failures, public

real = pytest.importorskip("torch")

# Functions whose names only methods have in PyTorch.
OURS = {"cauchy", "exponential", "geometric", "log_normal", "uniform"}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", sorted(set(public()) - OURS))
def test_pytorch_prints_what_examples_say(path: str) -> None:
    assert not failures(doc_of(path), path, real)
