"""Draws from PyTorch's generator and records the numbers in `data/random.json`.

Run it with PyTorch installed: `python tests/parity/record_random.py`. A case is a seed and a few draws in a row
from one generator, so that a draw which spends too many or too few random bits shows in the next one. A draw names
a method of our `Generator` and its arguments; `torch_draw` says what that is in PyTorch. Small results are recorded
whole, as bytes; large ones by their SHA-256. Recorded on x86 (not Intel, where PyTorch takes MKL's streams for
`bernoulli_(p)` and `exponential_`).
"""

from __future__ import annotations

import base64
import hashlib
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np

DATA = Path(__file__).with_name("data") / "random.json"
WHOLE_UP_TO = 1024  # bytes

FLOATS = ("float32", "float64", "float16", "bfloat16")
COMPLEX = ("complex64", "complex128")
INTEGERS = ("uint8", "int8", "int16", "int32", "int64")
UNSIGNED = ("uint16", "uint32", "uint64")

# Arguments that may be arrays, written as [dtype, values].
ARRAYS = ("p", "weights", "rates", "counts", "concentration")

Draw = tuple[str, dict[str, Any]]


def draw(method: str, **arguments: Any) -> Draw:
    return method, arguments


def cases() -> list[tuple[int, list[Draw]]]:
    """Seeds, each with the draws that follow it."""
    table: list[list[Draw]] = []
    for dtype in (*FLOATS, *COMPLEX):
        table += [
            [draw("uniform", shape=[5], dtype=dtype), draw("uniform", shape=[2, 3], dtype=dtype, low=-1.3, high=2.9)],
            [draw("uniform", shape=[3, 7], dtype=dtype, low=2.0, high=2.0), draw("uniform", shape=[1], dtype=dtype)],
            [
                draw("normal", shape=[3], dtype=dtype),
                draw("normal", shape=[], dtype=dtype),
                draw("normal", shape=[5], dtype=dtype, mean=1.5, std=0.3),
            ],
            [
                draw("normal", shape=[3], dtype=dtype),
                draw("normal", shape=[16], dtype=dtype),
                draw("normal", shape=[2], dtype=dtype),
            ],
            [
                draw("normal", shape=[4, 5], dtype=dtype, mean=-2.0, std=3.7),
                draw("normal", shape=[3, 11], dtype=dtype),
                draw("uniform", shape=[2], dtype=dtype),
            ],
            [draw("normal", shape=[5, 7], dtype=dtype, contiguous=False), draw("normal", shape=[4], dtype=dtype)],
        ]
    for dtype in FLOATS:
        table += [
            [
                draw("log_normal", shape=[5], dtype=dtype),
                draw("log_normal", shape=[20], dtype=dtype, mean=0.2, std=0.5),
            ],
            [draw("exponential", shape=[5], dtype=dtype), draw("exponential", shape=[20], dtype=dtype, rate=1.7)],
            [draw("cauchy", shape=[5], dtype=dtype), draw("cauchy", shape=[20], dtype=dtype, median=0.7, sigma=2.2)],
            [
                draw("integers", low=-5, high=1000, shape=[20], dtype=dtype),
                draw("any_integers", shape=[9], dtype=dtype),
            ],
            [draw("integers", low=3, high=None, shape=[20], dtype=dtype), draw("uniform", shape=[2], dtype=dtype)],
        ]
    for dtype in (*FLOATS, *INTEGERS):
        table += [[draw("geometric", shape=[25], dtype=dtype, p=0.2), draw("any_integers", shape=[3], dtype=dtype)]]
    for dtype in (*FLOATS, *INTEGERS, "bool"):
        table += [
            [draw("bernoulli", p=0.3, shape=[25], dtype=dtype), draw("any_integers", shape=[12], dtype=dtype)],
            [
                draw("bernoulli", p=["float32", [0.1, 0.5, 0.9, 1.0, 0.0]], shape=[4, 5], dtype=dtype),
                draw("uniform", shape=[2], dtype="float32"),
            ],
            [
                draw("bernoulli", p=["float64", [0.1, 0.5, 0.9, 1.0, 0.0]], shape=[4, 5], dtype=dtype),
                draw("uniform", shape=[2], dtype="float32"),
            ],
        ]
    for dtype in ("float16", "bfloat16"):
        table += [[draw("bernoulli", p=[dtype, [0.1, 0.5, 0.9]], shape=[4, 3], dtype=dtype)]]
    for dtype in (*INTEGERS, *UNSIGNED, "bool"):
        table += [
            [draw("integers", low=0, high=2, shape=[9], dtype=dtype), draw("uniform", shape=[2], dtype="float32")],
            [draw("integers", low=0, high=None if dtype != "uint64" else 2**62, shape=[9], dtype=dtype)],
        ]
    for low, high in (
        (0, 10),
        (-7, 7),
        (0, 2**28 - 1),
        (0, 2**28),
        (5, 2**31),
        (0, 2**32),
        (-(2**40), 2**50),
        (-(2**63), 2**63 - 1),
        (-(2**63), None),
        (-3, None),
        (2**63 - 5, 2**63 - 1),
    ):
        table += [
            [
                draw("integers", low=low, high=high, shape=[3, 4], dtype="int64"),
                draw("integers", low=0, high=9, shape=[3], dtype="int64"),
            ]
        ]
    for dtype, low, high in (
        ("float16", 0, 65504),
        ("float16", -2049, 4099),
        ("bfloat16", 0, 1000),
        ("bfloat16", -1027, 70001),
        ("float32", 0, 2**24 + 3),
        ("float32", -(2**63), None),
        ("float64", -(2**60), 2**60 + 1),
        ("bfloat16", -(2**63), None),
        ("float64", -(2**63), None),
        ("float32", 16777217, 33554435),
        ("int8", -128, 128),
        ("int32", -(2**31), 2**31),
    ):
        table += [[draw("integers", low=low, high=high, shape=[12], dtype=dtype)]]
    for n in (0, 1, 2, 3, 10, 100):
        table += [[draw("permutation", n=n), draw("uniform", shape=[2], dtype="float32")]]
    weights = [0.5, 0.1, 0.0, 3.0, 1.4, 0.3]
    for dtype in ("float32", "float64", "bfloat16"):
        for rows in (weights, [weights, weights[::-1]]):
            table += [
                [
                    draw("multinomial", weights=[dtype, rows], count=1),
                    draw("multinomial", weights=[dtype, rows], count=3),
                ],
                [
                    draw("multinomial", weights=[dtype, rows], count=20, replacement=True),
                    draw("uniform", shape=[2], dtype=dtype),
                ],
            ]
    for dtype in ("float32", "float64"):
        table += [
            [
                draw("poisson", rates=[dtype, [0.0, 0.3, 4.0, 9.9, 10.0, 55.5, 1000.0]]),
                draw("uniform", shape=[2], dtype=dtype),
            ],
            [draw("poisson", rates=[dtype, [3.0] * 40]), draw("poisson", rates=[dtype, [30.0] * 40])],
            [
                draw(
                    "binomial",
                    counts=[dtype, [0.0, 5.0, 10.0, 100.0, 100.0, 50.0, 1000.0, 7.0]],
                    p=[dtype, [0.5, 0.2, 1.0, 0.3, 0.9, 0.01, 0.999, 0.0]],
                ),
                draw("uniform", shape=[2], dtype=dtype),
            ],
            [
                draw("binomial", counts=[dtype, [100.0] * 40], p=[dtype, [0.4] * 40]),
                draw("binomial", counts=[dtype, [9.0] * 40], p=[dtype, [0.6] * 40]),
            ],
            [
                draw("gamma", concentration=[dtype, [0.3, 1.0, 2.5, 30.0, 0.0, 0.9]]),
                draw("normal", shape=[2], dtype=dtype),
            ],
        ]
    # Large fills: whole chunks, a part chunk, a part block.
    table += [
        [draw("uniform", shape=[200_001], dtype="float32"), draw("uniform", shape=[70_000], dtype="float64")],
        [draw("uniform", shape=[200_001], dtype="float32", low=-3.0, high=0.1)],
        [
            draw("normal", shape=[200_003], dtype="float32", mean=0.5, std=1.7),
            draw("normal", shape=[99_999], dtype="bfloat16"),
        ],
        [draw("integers", low=-4, high=1003, shape=[150_000], dtype="int64"), draw("permutation", n=100_000)],
        [
            draw("integers", low=-4, high=2**40, shape=[150_000], dtype="int64"),
            draw("bernoulli", p=0.5, shape=[100_000], dtype="float32"),
        ],
    ]
    # Blocks from here and there in the twister's 624 words, and across their end.
    for dtype in ("float32", "float16", "bfloat16"):
        sizes = (16, 17, 3, 64, 31, 100, 16, 90, 130, 48, 160, 25, 32, 200, 16)
        table.append([draw("normal", shape=[n], dtype=dtype, std=1.0 if n % 3 else 0.7) for n in sizes])
    return [(seed * 7919, draws) for seed, draws in enumerate(table)]


def torch_draw(torch: Any, generator: Any, method: str, arguments: dict[str, Any]) -> np.ndarray[Any, Any]:
    """The numbers that PyTorch draws where our `Generator` has `method(**arguments)`; 2-byte floats as float32."""
    a = dict(arguments)
    given = {name: _tensor(torch, a.pop(name)) for name in ARRAYS if isinstance(a.get(name), list)}
    dtype = getattr(torch, a.pop("dtype", "float32"))
    shape = a.pop("shape", [])
    empty = torch.empty(shape, dtype=dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if method == "uniform":
            result = empty.uniform_(a.get("low", 0.0), a.get("high", 1.0), generator=generator)
        elif method == "normal":
            if not a.get("contiguous", True):
                empty = torch.empty(*shape[:-1], 2 * shape[-1], dtype=dtype)[..., ::2]
            result = empty.normal_(a.get("mean", 0.0), a.get("std", 1.0), generator=generator)
        elif method == "log_normal":
            result = empty.log_normal_(a.get("mean", 1.0), a.get("std", 2.0), generator=generator)
        elif method == "exponential":
            result = empty.exponential_(a.get("rate", 1.0), generator=generator)
        elif method == "cauchy":
            result = empty.cauchy_(a.get("median", 0.0), a.get("sigma", 1.0), generator=generator)
        elif method == "geometric":
            result = empty.geometric_(a["p"], generator=generator)
        elif method == "bernoulli":
            result = empty.bernoulli_(given.get("p", a.get("p")), generator=generator)
        elif method == "integers":
            result = empty.random_(a["low"], a["high"], generator=generator)
        elif method == "any_integers":
            result = empty.random_(generator=generator)
        elif method == "permutation":
            result = torch.randperm(a["n"], generator=generator)
        elif method == "multinomial":
            result = torch.multinomial(given["weights"], a["count"], a.get("replacement", False), generator=generator)
        elif method == "poisson":
            result = torch.poisson(given["rates"], generator=generator)
        elif method == "binomial":
            result = torch.binomial(given["counts"], given["p"], generator=generator)
        elif method == "gamma":
            result = torch._standard_gamma(given["concentration"], generator=generator)
        else:
            raise ValueError(method)
    return (result.float() if result.dtype is torch.bfloat16 else result).contiguous().numpy()


def _tensor(torch: Any, described: list[Any]) -> Any:
    return torch.tensor(described[1], dtype=getattr(torch, described[0]))


def described(numbers: np.ndarray[Any, Any]) -> dict[str, Any]:
    """The numbers in a form that JSON holds: whole if they are few, else by their digest."""
    raw = np.ascontiguousarray(numbers).tobytes()
    form: dict[str, Any] = {"dtype": numbers.dtype.name, "shape": list(numbers.shape)}
    if len(raw) <= WHOLE_UP_TO:
        return form | {"bytes": base64.b64encode(raw).decode("ascii")}
    return form | {"sha256": hashlib.sha256(raw).hexdigest()}


def main() -> None:
    import torch

    rows = []
    for seed, draws in cases():
        generator = torch.Generator().manual_seed(seed)
        results = [described(torch_draw(torch, generator, method, arguments)) for method, arguments in draws]
        state = hashlib.sha256(generator.get_state().numpy().tobytes()).hexdigest()
        rows.append({"seed": seed, "draws": draws, "results": results, "state": state})
    DATA.write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
