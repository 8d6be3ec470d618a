"""Draws tensors and print options, and records what PyTorch prints for them in `data/tensor_text.json`.

Run it with PyTorch installed: `python tests/parity/record_tensor_text.py`. A case holds its elements as bytes, so that
`tests/display/test_tensor_text.py` needs no PyTorch and NaNs, negative zeros and subnormal numbers arrive as they were.
The live test draws from the same distribution without recording.
"""

from __future__ import annotations

import base64
import json
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np

DATA = Path(__file__).with_name("data") / "tensor_text.json"

FLOATS = ("float16", "bfloat16", "float32", "float64", "float8_e4m3fn", "float8_e5m2")
COMPLEX = {"complex64": "float32", "complex128": "float64"}
INTEGERS = ("uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64")
DTYPES = (*FLOATS, *FLOATS[:4], *COMPLEX, *INTEGERS, "bool")
# Dtypes that NumPy lacks travel between it and PyTorch as integers of the same size.
BITS = {"bfloat16": "int16", "float8_e4m3fn": "uint8", "float8_e5m2": "uint8"}
LARGE_SHAPES = ((1001,), (1000,), (30, 34), (6, 200), (7, 9, 20), (501, 2), (1, 1, 1100), (6, 6, 6, 6))
LAYOUTS = ("plain", "transposed", "strided", "expanded")


@dataclass
class Case:
    """One tensor, the circumstances that it is printed in, and the text (empty until PyTorch has printed it)."""

    dtype: str
    shape: list[int]
    pattern: str  # base64 of the elements; repeated until the shape is full
    layout: str = "plain"
    options: dict[str, Any] = field(default_factory=dict)
    default_dtype: str = "float32"
    requires_grad: bool = False
    operation: str = ""
    grad_fn: str | None = None
    text: str = ""

    def array(self) -> np.ndarray:
        """The elements as an array with this case's layout in memory."""
        pattern = np.frombuffer(base64.b64decode(self.pattern), numpy_dtype(self.dtype))
        shape = list(self.shape)
        if self.layout == "transposed":
            return np.resize(pattern, shape[::-1]).transpose()
        if self.layout == "strided" and shape:
            return np.resize(pattern, [*shape[:-1], 2 * shape[-1]])[..., ::2]
        if self.layout == "expanded" and shape:
            return np.broadcast_to(np.resize(pattern, shape[1:]), shape)
        return np.resize(pattern, shape)


def numpy_dtype(name: str) -> np.dtype:
    return np.dtype(getattr(ml_dtypes, name) if name in BITS else name)


def draw(random: np.random.Generator, dtype: str | None = None) -> Case:
    """A case at random: every dtype, shape, layout, print option and kind of value has its share."""
    dtype = dtype or str(random.choice(DTYPES))
    shape = draw_shape(random)
    count = int(np.prod(shape))
    pattern = draw_values(random, dtype, min(max(count, 1), int(random.choice([1, 2, 3, 20, 300, 1000]))))
    case = Case(dtype, shape, base64.b64encode(pattern.tobytes()).decode())
    if random.random() < 0.3:
        case.layout = str(random.choice(LAYOUTS))
    if random.random() < 0.5:
        case.options = draw_options(random)
    if random.random() < 0.25:
        case.default_dtype = str(random.choice(["float64", "float16", "bfloat16"]))
    if dtype in FLOATS or dtype in COMPLEX:
        case.requires_grad = bool(random.random() < 0.4)
        if case.requires_grad and random.random() < 0.6:
            case.operation = str(random.choice(["clone", "view", "index", "squeeze"]))
    return case


def draw_shape(random: np.random.Generator) -> list[int]:
    kind = random.random()
    if kind < 0.08:
        return []
    if kind < 0.16:
        return [int(size) for size in random.integers(0, 3, random.integers(1, 5))]
    if kind < 0.22:  # wide, with and without a summary
        return [*(int(size) for size in random.integers(1, 4, random.integers(0, 3))), int(random.integers(10, 400))]
    if kind < 0.26:  # more than 1,000 elements
        return list(LARGE_SHAPES[random.integers(len(LARGE_SHAPES))])
    rank = int(random.integers(1, 6))
    return [int(size) for size in random.integers(1, (30, 12, 6, 4, 3)[rank - 1] + 1, rank)]


def draw_options(random: np.random.Generator) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if random.random() < 0.2:
        options["profile"] = str(random.choice(["default", "short", "full", "unknown"]))
    if random.random() < 0.5:
        options["precision"] = int(random.choice([0, 1, 2, 3, 5, 6, 8, 12, 17]))
    if random.random() < 0.5:
        options["threshold"] = [0, 1, 5, 10, 50, 200, float("inf")][random.integers(7)]
    if random.random() < 0.5:
        options["edgeitems"] = int(random.integers(0, 6))
    if random.random() < 0.5:
        options["linewidth"] = int(random.choice([1, 10, 20, 33, 40, 60, 79, 81, 100, 120, 200, 1000]))
    if random.random() < 0.4:
        options["sci_mode"] = bool(random.random() < 0.5)
    return options


def draw_values(random: np.random.Generator, dtype: str, count: int) -> np.ndarray:
    target = numpy_dtype(dtype)
    if dtype == "bool":
        return random.random(count) < random.choice([0.0, 0.5, 0.9, 1.0])
    if dtype in INTEGERS:
        return draw_integers(random, target, count)
    if dtype in COMPLEX:
        parts = numpy_dtype(COMPLEX[dtype])
        pair = [draw_floats(random, parts, count), draw_floats(random, parts, count)]
        return np.stack(pair, -1).reshape(-1).view(target)
    return draw_floats(random, target, count)


def draw_integers(random: np.random.Generator, target: np.dtype, count: int) -> np.ndarray:
    limits = np.iinfo(target)
    kind = random.integers(4)
    if kind == 0:
        values = random.integers(0, 100, count)
    elif kind == 1:
        return random.integers(limits.min, limits.max, count, dtype=target, endpoint=True)
    elif kind == 2:
        return random.choice(np.array([limits.min, limits.max, 0, 1], target), count)
    else:
        values = random.choice([0, 1, 9, 10, 99, 100, -1, -9, -10, -99], count)
    return values.astype(target)


# The kinds of float values, each drawn equally often: what decides PyTorch's format, and the edges of it.
FLOAT_KINDS: dict[str, Callable[[np.random.Generator, int], Any]] = {
    "ordinary": lambda random, count: random.standard_normal(count),
    "one scale": lambda random, count: random.standard_normal(count) * 10.0 ** random.integers(-12, 13),
    "many scales": lambda random, count: 10.0 ** random.uniform(-8, 8, count),
    "integral": lambda random, count: random.integers(0, 10 ** random.integers(1, 11), count),
    "halves": lambda random, count: random.integers(-4, 5, count) / 2,
    "all the same": lambda random, count: np.full(count, random.standard_normal() * 10.0 ** random.integers(-5, 9)),
    "zeros": lambda random, count: np.zeros(count),
    "not finite": lambda random, count: random.choice([np.inf, np.nan], count),
    "limits of scientific mode": lambda random, count: random.choice(
        [1e-4, 0.99e-4, 1.01e-4, 0.1, 0.1001, 1e8, 1.0001e8, 99999999.0, 1e5, 1e3], count
    ),
    "ratios near 1000": lambda random, count: random.choice([1.0, 999.0, 1000.0, 1001.0, 1.5, 1500.0, 1501.0], count),
    "rounding adds a digit": lambda random, count: random.choice(
        [0.99994, 0.99995, 0.999951, 9.9999, 9.99995, 99.99996, 999.99999, 0.5, 2.5], count
    ),
    "three-digit exponents": lambda random, count: random.choice(
        [1e99, 9.99999e99, 1e100, 1e-99, 9.99999e-100, 1e-100, 1e-308, 5e-324, 1.7e308], count
    ),
}
SPECIALS = (np.inf, -np.inf, np.nan, 0.0, -0.0, 1.0, -1.0, 1e-40, -1e-7)


def draw_floats(random: np.random.Generator, target: np.dtype, count: int) -> np.ndarray:
    if random.random() < 0.08:  # any bit pattern
        return np.frombuffer(random.bytes(count * target.itemsize), target)
    values = FLOAT_KINDS[str(random.choice(list(FLOAT_KINDS)))](random, count)
    if random.random() < 0.5:
        values = values * random.choice([-1.0, 1.0], count)
    if random.random() < 0.3:
        values = np.where(random.random(count) < 0.2, random.choice(SPECIALS, count), values)
    with np.errstate(all="ignore"):
        return values.astype(target)


def torch_tensor(case: Case) -> Any:
    """The PyTorch tensor that `case` describes."""
    import torch

    array = case.array()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about arrays that must not be written to; nobody does
        tensor = torch.from_numpy(array.view(BITS.get(case.dtype, array.dtype)))
    tensor = tensor.view(getattr(torch, case.dtype))
    if case.requires_grad:
        tensor.requires_grad_()
    match case.operation:
        case "clone":
            return tensor.clone()
        case "view":
            return tensor.view(tensor.shape)
        case "index":
            return tensor.unsqueeze(0)[0]
        case "squeeze":
            return tensor.unsqueeze(0).narrow(0, 0, 1).squeeze(0)
    return tensor


def print_with_torch(case: Case) -> Case:
    """Sets `text` and `grad_fn` of `case` to what PyTorch has."""
    import torch

    tensor = torch_tensor(case)
    case.grad_fn = None if tensor.grad_fn is None else type(tensor.grad_fn).__name__
    default_dtype, options = torch.get_default_dtype(), torch._tensor_str.get_printoptions()
    try:
        torch.set_default_dtype(getattr(torch, case.default_dtype))
        torch.set_printoptions(**case.options)
        case.text = repr(tensor)
    finally:
        torch.set_default_dtype(default_dtype)
        torch.set_printoptions(**options)
    return case


def recorded_cases() -> Iterator[Case]:
    """30 cases of each dtype, small enough to be read in the data file, their elements in C order."""
    random = np.random.default_rng(20)
    for dtype in dict.fromkeys(DTYPES):
        found = 0
        while found < 30:
            case = draw(random, dtype)
            case.layout = "plain"
            if len(print_with_torch(case).text) + len(case.pattern) < 2000:
                found += 1
                yield case


def main() -> int:
    rows = [json.dumps(asdict(case)) for case in recorded_cases()]
    DATA.write_text("[\n" + ",\n".join(rows) + "\n]\n")
    print(f"{len(rows)} cases in {DATA}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
