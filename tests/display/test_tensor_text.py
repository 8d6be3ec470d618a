"""The text of tensors against what PyTorch printed, recorded by `tests/parity/record_tensor_text.py`."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from tensorsh.display.print_options import DEFAULTS, get_printoptions, printoptions, set_printoptions
from tensorsh.display.tensor_text import array_text
from tensorsh.display.text import named_result_text, repr_of, str_of
from tensorsh.runtime import state
from tensorsh.runtime.autograd import Node
from tensorsh.runtime.dtype import BY_NAME
from tensorsh.runtime.tensor import Tensor

DATA = Path(__file__).parents[1] / "parity" / "data" / "tensor_text.json"
RECORDED = json.loads(DATA.read_text())


@pytest.fixture(autouse=True)
def fresh_state():
    with state.use(state.State()):
        yield


def array_of(case: dict[str, Any]) -> np.ndarray:
    name = case["dtype"]
    pattern = np.frombuffer(base64.b64decode(case["pattern"]), np.dtype(getattr(ml_dtypes, name, name)))
    return np.resize(pattern, case["shape"])


def tensor_of(case: dict[str, Any]) -> Tensor:
    tensor = Tensor._fresh(array_of(case), BY_NAME[case["dtype"]])
    tensor._requires_grad = case["requires_grad"]
    if case["grad_fn"] is not None:
        tensor._grad_fn = type("Operation", (Node,), {"title": case["grad_fn"]})()
    return tensor


def text_of(case: dict[str, Any], array: np.ndarray) -> str:
    with printoptions(**case["options"]):
        return array_text(
            array,
            dtype=f"torch.{case['dtype']}",
            default_dtype=f"torch.{case['default_dtype']}",
            requires_grad=case["requires_grad"],
            grad_fn=case["grad_fn"],
            options=get_printoptions(),
        )


@pytest.mark.parametrize("case", RECORDED, ids=[f"{i}-{case['dtype']}" for i, case in enumerate(RECORDED)])
def test_prints_what_pytorch_printed(case):
    assert text_of(case, array_of(case)) == case["text"]


def test_a_tensor_reads_the_state_in_force():
    for case in RECORDED:
        with state.use(state.State()), printoptions(**case["options"]):
            state.current().default_dtype = BY_NAME[case["default_dtype"]]
            tensor = tensor_of(case)
            assert [repr(tensor), str(tensor), repr_of(tensor), str_of(tensor)] == [case["text"]] * 4


@pytest.mark.parametrize("dtype", sorted({case["dtype"] for case in RECORDED}))
def test_the_order_in_memory_does_not_show(dtype):
    cases = [case for case in RECORDED if case["dtype"] == dtype]
    texts = [text_of(case, np.asfortranarray(array_of(case)).reshape(case["shape"])) for case in cases]
    assert texts == [case["text"] for case in cases]


# Texts of PyTorch 2.13, for people to read.
READABLE = [
    (np.float32([1, 2, 3]), {}, "tensor([1., 2., 3.])"),
    (np.float32([1, 2.5, -3]), {}, "tensor([ 1.0000,  2.5000, -3.0000])"),
    (np.float32([1, np.inf, np.nan, -np.inf]), {}, "tensor([1., inf, nan, -inf])"),
    (np.float32([1e-5, 1]), {}, "tensor([1.0000e-05, 1.0000e+00])"),
    (np.float32([-0.0, 1]), {}, "tensor([-0., 1.])"),
    (np.float32(3.14159), {}, "tensor(3.1416)"),
    (np.zeros((0, 3), np.float32), {}, "tensor([], size=(0, 3))"),
    (np.array([True, False]), {}, "tensor([ True, False])"),
    (np.complex64([1 + 2j, 3 - 4.5j]), {}, "tensor([1.+2.0000j, 3.-4.5000j])"),
    (np.arange(10), {"threshold": 5}, "tensor([0, 1, 2,  ..., 7, 8, 9])"),
    (np.float32([1.12345]), {"precision": 2}, "tensor([1.12])"),
    (np.float32([1, 2]), {"sci_mode": True}, "tensor([1.0000e+00, 2.0000e+00])"),
    (np.arange(6).reshape(2, 3), {"linewidth": 14}, "tensor([[0, 1,\n         2],\n        [3, 4,\n         5]])"),
]


@pytest.mark.parametrize(("array", "options", "text"), READABLE, ids=[row[2] for row in READABLE])
def test_readable_examples(array, options, text):
    assert array_text(array, dtype=f"torch.{array.dtype}", options={**DEFAULTS, **options}) == text


PRINT_OPTIONS = [
    ([], [4, 1000, 3, 80, None]),
    ([{"profile": "short"}], [2, 1000, 2, 80, None]),
    ([{"profile": "full"}], [4, float("inf"), 3, 80, None]),
    ([{"profile": "full"}, {"profile": "default"}], [4, 1000, 3, 80, None]),
    ([{"profile": "none such"}], [4, 1000, 3, 80, None]),
    ([{"profile": "short", "precision": 7}], [7, 1000, 2, 80, None]),
    ([{"linewidth": 40}, {"edgeitems": 1}], [4, 1000, 1, 40, None]),
    ([{"sci_mode": True}], [4, 1000, 3, 80, True]),
    ([{"sci_mode": True}, {"precision": 3}], [3, 1000, 3, 80, None]),
    ([{"precision": 0, "threshold": 0, "edgeitems": 0, "linewidth": 0, "sci_mode": False}], [0, 0, 0, 0, False]),
]


@pytest.mark.parametrize(("steps", "expected"), PRINT_OPTIONS)
def test_set_printoptions(steps, expected):
    for step in steps:
        set_printoptions(**step)
    assert get_printoptions() == dict(zip(DEFAULTS, expected, strict=True))


def test_printoptions_restores_after_an_error():
    set_printoptions(precision=3, sci_mode=False)
    before = get_printoptions()
    with pytest.raises(KeyError), printoptions(precision=9, sci_mode=True):
        raise KeyError
    assert get_printoptions() == before


def test_options_belong_to_the_state():
    set_printoptions(precision=1)
    with state.use(state.State()):
        assert get_printoptions()["precision"] == 4


@pytest.mark.parametrize(
    ("value", "as_repr", "as_str"),
    [
        ("a\n", "'a\\n'", "a\n"),
        (1.0, "1.0", "1.0"),
        (None, "None", "None"),
        (np.array([1.0, 2.5]), "array([1. , 2.5])", "[1.  2.5]"),
        (np.float32(1.5), "np.float32(1.5)", "1.5"),
        ({"x": np.int64(1)}, "{'x': np.int64(1)}", "{'x': np.int64(1)}"),
    ],
)
def test_other_values(value, as_repr, as_str):
    assert (repr_of(value), str_of(value)) == (as_repr, as_str)


def test_named_result():
    fields = [("values", 2.0), ("indices", 1)]
    assert named_result_text("max", fields) == "torch.return_types.max(\nvalues=2.0,\nindices=1)"
