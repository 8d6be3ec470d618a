"""Draws tensors and print options, and holds our text against the installed PyTorch's: no difference is allowed."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from record_tensor_text import DTYPES, draw, print_with_torch  # noqa: E402

from tensorsh.display.print_options import get_printoptions, set_printoptions  # noqa: E402
from tensorsh.display.tensor_text import array_text  # noqa: E402
from tensorsh.runtime import state  # noqa: E402

DRAWS_PER_DTYPE = 600  # of 17 dtypes: 10,200 tensors

pytestmark = pytest.mark.torch


@pytest.mark.parametrize("dtype", dict.fromkeys(DTYPES))
def test_no_difference(dtype):
    random = np.random.default_rng(list(dtype.encode()))
    for _ in range(DRAWS_PER_DTYPE):
        case = print_with_torch(draw(random, dtype))
        with state.use(state.State()):
            set_printoptions(**case.options)
            text = array_text(
                case.array(),
                dtype=f"torch.{dtype}",
                default_dtype=f"torch.{case.default_dtype}",
                requires_grad=case.requires_grad,
                grad_fn=case.grad_fn,
                options=get_printoptions(),
            )
        assert text == case.text, case
