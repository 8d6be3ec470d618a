"""The streams of `Generator` beside PyTorch's own: random draws in a row, large fills, and states that travel."""

from __future__ import annotations

import importlib.util
import random
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from tensorsh.runtime import dtype as dtypes
from tensorsh.runtime.generator import Generator, memory_order

torch = pytest.importorskip("torch")


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem + "_for_live", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


HERE = Path(__file__).parent
record_random = _load(HERE / "record_random.py")
draw = _load(HERE.parent / "runtime" / "test_generator.py").draw


def _random_draw(choose: random.Random) -> tuple[str, dict[str, Any]]:
    method = choose.choice(
        [
            "uniform",
            "normal",
            "log_normal",
            "exponential",
            "cauchy",
            "geometric",
            "bernoulli",
            "integers",
            "any_integers",
        ]
        + ["permutation", "multinomial", "poisson", "binomial", "gamma"]
    )
    floating = choose.choice(record_random.FLOATS)
    wide = choose.choice(record_random.FLOATS[:2])
    shape = choose.choice([[], [0, 3], [choose.randint(1, 15)], [choose.randint(1, 40), choose.randint(1, 40)], [3000]])
    arguments: dict[str, Any] = {"shape": shape, "dtype": floating}
    if method == "permutation":
        return method, {"n": choose.randint(0, 3000)}
    if method == "multinomial":
        weights = [[choose.random() for _ in range(choose.randint(1, 1) + 12)] for _ in range(3)]
        replacement = choose.random() < 0.5
        return method, {"weights": [wide, weights], "count": choose.randint(1, 12), "replacement": replacement}
    if method == "poisson":
        return method, {"rates": [wide, [choose.choice([1, 30, 1000]) * choose.random() for _ in range(50)]]}
    if method == "binomial":
        counts = [float(choose.choice([1, 10, 1000])) * choose.randint(0, 9) for _ in range(50)]
        return method, {"counts": [wide, counts], "p": [wide, [choose.random() for _ in range(50)]]}
    if method == "gamma":
        return method, {"concentration": [wide, [choose.choice([0.5, 3, 100]) * choose.random() for _ in range(50)]]}
    if method in ("uniform", "normal") and choose.random() < 0.2:
        arguments["dtype"] = choose.choice(record_random.COMPLEX)
    if method == "uniform":
        low = choose.uniform(-5, 5)
        arguments |= choose.choice([{}, {"low": low, "high": low + choose.random()}])
    elif method in ("normal", "log_normal"):
        arguments |= choose.choice([{}, {"mean": choose.uniform(-2, 2), "std": choose.uniform(0.1, 2)}])
    elif method == "exponential":
        arguments |= choose.choice([{}, {"rate": choose.uniform(0.1, 4)}])
    elif method == "cauchy":
        arguments |= choose.choice([{}, {"median": choose.uniform(-2, 2), "sigma": choose.uniform(0.1, 2)}])
    elif method == "geometric":
        arguments |= {
            "p": choose.uniform(0.05, 0.95),
            "dtype": choose.choice([*record_random.FLOATS, "int64", "int32"]),
        }
    elif method == "bernoulli":
        arguments |= {"p": choose.random(), "dtype": choose.choice([*record_random.FLOATS, "bool", "uint8"])}
    elif method == "integers":
        bits = choose.choice([4, 20, 28, 40, 62])
        low = choose.randint(-(2**bits), 2**bits)
        arguments |= {"low": low, "high": low + choose.randint(1, 2**bits), "dtype": "int64"}
    elif method == "any_integers":
        arguments["dtype"] = choose.choice([*record_random.FLOATS, *record_random.INTEGERS, "bool"])
    return method, arguments


@pytest.mark.parametrize("seed", range(100))
def test_random_draws_in_a_row(seed: int) -> None:
    choose = random.Random(seed)
    ours, theirs = Generator().manual_seed(seed), torch.Generator().manual_seed(seed)
    for _ in range(12):
        method, arguments = _random_draw(choose)
        found = draw(ours, method, arguments)
        expected = record_random.torch_draw(torch, theirs, method, arguments)
        assert found.dtype == expected.dtype, (method, arguments)
        np.testing.assert_array_equal(found, expected, err_msg=f"{method} {arguments}")
        np.testing.assert_array_equal(
            ours.get_state(), theirs.get_state().numpy(), err_msg=f"after {method} {arguments}"
        )


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("uniform", {"shape": [1_000_003], "dtype": "float32"}),
        ("uniform", {"shape": [1_000_003], "dtype": "float64", "low": -1.0, "high": 0.3}),
        ("normal", {"shape": [1_000_003], "dtype": "float32"}),
        ("normal", {"shape": [1_000_003], "dtype": "float32", "mean": 3.0, "std": 0.01}),
        ("normal", {"shape": [1_000_003], "dtype": "float16"}),
        ("normal", {"shape": [1_000_003], "dtype": "float32", "contiguous": False}),
        ("exponential", {"shape": [1_000_003], "dtype": "float32"}),
        ("cauchy", {"shape": [1_000_003], "dtype": "float32"}),
        ("integers", {"low": 0, "high": 1000, "shape": [1_000_003], "dtype": "int64"}),
        ("integers", {"low": 0, "high": 10**12, "shape": [1_000_003], "dtype": "int64"}),
        ("permutation", {"n": 1_000_003}),
    ],
)
def test_large_draws(method: str, arguments: dict[str, Any]) -> None:
    found = draw(Generator().manual_seed(5), method, arguments)
    expected = record_random.torch_draw(torch, torch.Generator().manual_seed(5), method, arguments)
    np.testing.assert_array_equal(found, expected)


def test_large_float64_normals_are_within_two_units_in_the_last_place() -> None:
    """Beyond `LIBRARY_LIMIT` NumPy's logarithm stands in for the C library's."""
    found = Generator().manual_seed(5).normal((200_000,), dtypes.float64)
    expected = torch.empty(200_000, dtype=torch.float64).normal_(generator=torch.Generator().manual_seed(5)).numpy()
    np.testing.assert_array_max_ulp(found, expected, maxulp=2)


@pytest.mark.parametrize("axes", [(0, 1, 2), (2, 0, 1), (1, 2, 0), (0, 2, 1)])
def test_strided_tensors_are_filled_along_the_memory(axes: tuple[int, int, int]) -> None:
    ours, theirs = np.zeros((4, 5, 12), np.float32), torch.zeros(4, 5, 12)
    window, tensor = ours.transpose(axes)[:, ::2, 1:], theirs.permute(axes)[:, ::2, 1:]
    view = memory_order(window)
    view[...] = Generator().manual_seed(8).normal(view.shape, dtypes.float32, contiguous=False)
    tensor.normal_(generator=torch.Generator().manual_seed(8))
    np.testing.assert_array_equal(ours, theirs.numpy())


def test_states_travel_to_pytorch_and_back() -> None:
    ours, theirs = Generator().manual_seed(21), torch.Generator()
    ours.normal((3,), dtypes.float32)
    theirs.set_state(torch.from_numpy(ours.get_state()))
    np.testing.assert_array_equal(
        ours.normal((9,), dtypes.float64), torch.randn(9, dtype=torch.float64, generator=theirs)
    )
    ours.set_state(theirs.get_state().numpy())
    np.testing.assert_array_equal(ours.words(1000) % 7, torch.randint(7, (1000,), generator=theirs).numpy())
