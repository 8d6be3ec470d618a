"""The streams of `Generator` against numbers recorded from PyTorch, and what a generator promises beside them."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tensorsh.runtime import box_muller, c_arithmetic
from tensorsh.runtime import dtype as dtypes
from tensorsh.runtime.generator import Generator, memory_order

RECORDED = Path(__file__).parents[1] / "parity" / "data" / "random.json"
CASES = json.loads(RECORDED.read_text(encoding="utf-8"))


def draw(generator: Generator, method: str, arguments: dict[str, Any]) -> np.ndarray[Any, Any]:
    """The numbers of one recorded draw; 2-byte bfloat16 as float32, since NumPy files hold no bfloat16."""
    given = dict(arguments)
    for name, value in given.items():
        if isinstance(value, list) and value and isinstance(value[0], str):
            given[name] = np.array(value[1], np.float64).astype(dtypes.BY_NAME[value[0]].array_dtype)
    if "dtype" in given:
        given["dtype"] = dtypes.BY_NAME[given["dtype"]]
    if "shape" in given:
        given["shape"] = tuple(given["shape"])
    numbers = getattr(generator, method)(**given)
    return numbers.astype(np.float32) if numbers.dtype.name == "bfloat16" else numbers


def assert_recorded(numbers: np.ndarray[Any, Any], recorded: dict[str, Any]) -> None:
    assert (numbers.dtype.name, list(numbers.shape)) == (recorded["dtype"], recorded["shape"])
    if "sha256" in recorded:
        assert hashlib.sha256(np.ascontiguousarray(numbers).tobytes()).hexdigest() == recorded["sha256"]
        return
    expected = np.frombuffer(base64.b64decode(recorded["bytes"]), numbers.dtype).reshape(numbers.shape)
    np.testing.assert_array_equal(numbers, expected)


@pytest.mark.parametrize("case", CASES, ids=[f"{i}-{case['draws'][0][0]}" for i, case in enumerate(CASES)])
def test_numbers_are_those_of_pytorch(case: dict[str, Any]) -> None:
    generator = Generator().manual_seed(case["seed"])
    for (method, arguments), recorded in zip(case["draws"], case["results"], strict=True):
        assert_recorded(draw(generator, method, arguments), recorded)
    assert hashlib.sha256(generator.get_state().tobytes()).hexdigest() == case["state"]


@pytest.mark.parametrize(
    ("seed", "kept"),
    [(0, 0), (5, 5), (-1, 2**64 - 1), (2**64 - 1, 2**64 - 1), (2**63, 2**63), (-(2**63), 2**63), (np.int64(7), 7)],
)
def test_manual_seed_keeps_64_bits(seed: int, kept: int) -> None:
    assert Generator().manual_seed(seed).initial_seed() == kept


def test_new_generator_has_pytorchs_default_seed() -> None:
    assert Generator().initial_seed() == 67280421310721


def test_stream_depends_on_the_low_32_bits() -> None:
    one, two = Generator().manual_seed(3), Generator().manual_seed(3 + 2**32)
    assert one.words(4).tolist() == two.words(4).tolist()


def test_seed_restarts_from_another_number() -> None:
    generator = Generator()
    first, second = generator.seed(), generator.seed()
    assert first != second
    assert generator.initial_seed() == second


def test_seeding_drops_the_kept_normal() -> None:
    generator = Generator().manual_seed(1)
    first = generator.normal((1,), dtypes.float64)
    generator.manual_seed(1)
    assert generator.normal((1,), dtypes.float64) == first


# Drawn before the state is saved: nothing, a part of the twister's 624 words, all of them, one more; a kept normal.
BEFORE: list[Callable[[Generator], Any]] = [
    lambda g: None,
    lambda g: g.words(5),
    lambda g: g.words(624),
    lambda g: g.words(625),
    lambda g: g.normal((3,), dtypes.float32),
    lambda g: g.set_state(g.get_state()),
]


@pytest.mark.parametrize("before", BEFORE)
def test_state_restores_exactly(before: Callable[[Generator], Any]) -> None:
    generator = Generator().manual_seed(11)
    before(generator)
    state = generator.get_state()
    expected = [generator.normal((3,), dtypes.float64), generator.words(700)]
    for other in (generator.set_state(state), Generator().set_state(state)):
        assert other.initial_seed() == 11
        np.testing.assert_array_equal(other.get_state(), state)
        np.testing.assert_array_equal(other.normal((3,), dtypes.float64), expected[0])
        np.testing.assert_array_equal(other.words(700), expected[1])


def test_saving_the_state_changes_nothing() -> None:
    one, two = Generator().manual_seed(2), Generator().manual_seed(2)
    for _ in range(3):
        one.get_state()
        np.testing.assert_array_equal(one.normal((5,), dtypes.float32), two.normal((5,), dtypes.float32))


def test_cloned_generator_goes_its_own_way() -> None:
    generator = Generator().manual_seed(4)
    generator.words(3)
    clone = generator.clone_state()
    assert clone.words(2).tolist() == generator.words(2).tolist()


def _state(change: Callable[[np.ndarray[Any, Any]], Any]) -> np.ndarray[Any, Any]:
    return np.asarray(change(Generator().get_state()))


ERRORS: list[tuple[Callable[[Generator], Any], type[Exception], str]] = [
    (lambda g: g.manual_seed(2**64), ValueError, "Overflow when unpacking long long"),
    (lambda g: g.manual_seed(-(2**63) - 1), ValueError, "Overflow when unpacking long long"),
    (lambda g: g.manual_seed(1.5), RuntimeError, "manual_seed expected a long, but got float"),  # type: ignore[arg-type]
    (lambda g: g.manual_seed(True), RuntimeError, "manual_seed expected a long, but got bool"),
    (lambda g: g.set_state(np.zeros(3)), TypeError, "RNG state must be a torch.ByteTensor"),
    (
        lambda g: g.set_state(np.zeros(3, np.uint8)),
        RuntimeError,
        "Expected a CPUGeneratorImplState of size 5056 but found the input RNG state size to be 3",
    ),
    (lambda g: g.set_state(_state(lambda s: s * 0)), RuntimeError, "Invalid mt19937 state"),
    (
        lambda g: g.uniform((2,), dtypes.int64),
        NotImplementedError,
        "\"check_uniform_bounds\" not implemented for 'Long'",
    ),
    (
        lambda g: g.uniform((2,), dtypes.float32, 1, 0),
        RuntimeError,
        "uniform_ expects to return a [from, to) range, but found from=1 > to=0",
    ),
    (lambda g: g.uniform((2,), dtypes.float16, 0, 1e6), RuntimeError, "to is out of bounds for c10::Half"),
    (
        lambda g: g.uniform((2,), dtypes.float32, -3e38, 3e38),
        RuntimeError,
        "uniform_ expects to-from <= std::numeric_limits<Float>::max(), but found to=3e+38 and from=-3e+38 "
        "which result in to-from to exceed the limit",
    ),
    (lambda g: g.normal((2,), dtypes.bool_), NotImplementedError, "\"normal_kernel_cpu\" not implemented for 'Bool'"),
    (lambda g: g.normal((2,), dtypes.float32, 0, -1), RuntimeError, "normal expects std >= 0.0, but found std -1"),
    (
        lambda g: g.log_normal((2,), dtypes.float32, 0, 0),
        RuntimeError,
        "log_normal_ expects std > 0.0, but found std=0",
    ),
    (
        lambda g: g.exponential((2,), dtypes.float32, -1),
        RuntimeError,
        "exponential_ expects lambda > 0.0, but found lambda=-1",
    ),
    (
        lambda g: g.exponential((2,), dtypes.int64),
        RuntimeError,
        "Exponential distribution is a continuous probability distribution. "
        "dtype must be a floating point but you specified Long",
    ),
    (
        lambda g: g.cauchy((2,), dtypes.float32, 0, 0),
        RuntimeError,
        "cauchy_ expects sigma > 0.0, but found sigma=0",
    ),
    (
        lambda g: g.cauchy((2,), dtypes.int64),
        RuntimeError,
        "Cauchy distribution is a continuous probability distribution. "
        "dtype must be a floating point but you specified long int",
    ),
    (
        lambda g: g.geometric((2,), dtypes.float32, 1.0),
        RuntimeError,
        "geometric_ expects p to be in (0, 1), but got p=1",
    ),
    (
        lambda g: g.bernoulli(2.0, (2,), dtypes.float32),
        RuntimeError,
        "bernoulli_ expects p to be in [0, 1], but got p=2",
    ),
    (
        lambda g: g.bernoulli(np.array([2.0]), (1,), dtypes.float32),
        RuntimeError,
        "Expected p_in >= 0 && p_in <= 1 to be true, but got false.  "
        "(Could this error message be improved?  If so, please report an enhancement request to PyTorch.)",
    ),
    (
        lambda g: g.integers(3, 3, (2,), dtypes.int64),
        RuntimeError,
        "random_ expects 'from' to be less than 'to', but got from=3 >= to=3",
    ),
    (
        lambda g: g.integers(0, 300, (2,), dtypes.uint8),
        RuntimeError,
        "to - 1 is out of bounds for unsigned char",
    ),
    (
        lambda g: g.integers(0, None, (2,), dtypes.uint64),
        RuntimeError,
        "to - 1 is out of bounds for long unsigned int",
    ),
    (lambda g: g.integers(0, 70000, (2,), dtypes.float16), RuntimeError, "to - 1 is out of bounds for c10::Half"),
    (
        lambda g: g.integers(0, 3, (2,), dtypes.complex64),
        RuntimeError,
        "check_random_bounds handles only integral, floating-point and boolean types",
    ),
    (
        lambda g: g.any_integers((2,), dtypes.uint16),
        NotImplementedError,
        "\"random_kernel_cpu\" not implemented for 'UInt16'",
    ),
    (lambda g: g.multinomial(np.array(1.0), 1), RuntimeError, "prob_dist must be 1 or 2 dim"),
    (
        lambda g: g.multinomial(np.array([1, 1]), 1),
        RuntimeError,
        "multinomial only supports floating-point dtypes for input, got: Long",
    ),
    (lambda g: g.multinomial(np.ones(2), 0), RuntimeError, "cannot sample n_sample <= 0 samples"),
    (
        lambda g: g.multinomial(np.ones(2), 3),
        RuntimeError,
        "cannot sample n_sample > prob_dist.size(-1) samples without replacement",
    ),
    (
        lambda g: g.multinomial(np.array([1.0, -1.0]), 1),
        RuntimeError,
        "probability tensor contains either `inf`, `nan` or element < 0",
    ),
    (
        lambda g: g.multinomial(np.array([1.0, -1.0]), 2, True),
        RuntimeError,
        "invalid multinomial distribution (encountering probability entry < 0)",
    ),
    (
        lambda g: g.multinomial(np.array([1.0, np.inf]), 2, True),
        RuntimeError,
        "invalid multinomial distribution (encountering probability entry = infinity or NaN)",
    ),
    (
        lambda g: g.bernoulli(np.array([1]), (1,), dtypes.float32),
        NotImplementedError,
        "\"bernoulli_tensor_cpu_p_\" not implemented for 'Long'",
    ),
    (
        lambda g: g.bernoulli(0.5, (1,), dtypes.uint16),
        NotImplementedError,
        "\"bernoulli_scalar_cpu_\" not implemented for 'UInt16'",
    ),
    (
        lambda g: g.multinomial(np.zeros(2), 1, True),
        RuntimeError,
        "invalid multinomial distribution (sum of probabilities <= 0)",
    ),
    (
        lambda g: g.poisson(np.array([-1.0])),
        RuntimeError,
        "invalid Poisson rate, expected rate to be non-negative",
    ),
]


@pytest.mark.parametrize(("action", "kind", "text"), ERRORS, ids=[text[:40] for _, _, text in ERRORS])
def test_errors_have_pytorchs_text(action: Callable[[Generator], Any], kind: type[Exception], text: str) -> None:
    with pytest.raises(kind) as caught:
        action(Generator())
    assert str(caught.value) == text


@pytest.mark.parametrize("method", ["uniform", "normal", "exponential", "log_normal", "cauchy", "any_integers"])
def test_an_empty_draw_leaves_the_generator_alone(method: str) -> None:
    generator = Generator().manual_seed(9)
    assert getattr(generator, method)((0, 3), dtypes.float32).shape == (0, 3)
    np.testing.assert_array_equal(generator.get_state(), Generator().manual_seed(9).get_state())


def test_memory_order_follows_the_strides() -> None:
    base = np.arange(24).reshape(2, 3, 4)
    for axes in ((0, 1, 2), (2, 0, 1), (1, 2, 0)):
        assert memory_order(base.transpose(axes)).ravel().tolist() == list(range(24))


def test_fused_multiply_add_rounds_once() -> None:
    from fractions import Fraction

    a = Generator().manual_seed(0).doubles(2000) - 0.5
    for b, c in ((3.7, -0.3), (0.1, 1e-9), (1e10, 1.0), (2.5, 0.0)):
        expected = [float(Fraction(x) * Fraction(b) + Fraction(c)) for x in a.tolist()]
        assert c_arithmetic.fused_multiply_add(a, b, c).tolist() == expected


def test_single_box_muller_is_normal_to_float32_precision() -> None:
    uniform = Generator().manual_seed(0).singles(16 * 4000)
    pairs = uniform.astype(np.float64).reshape(-1, 2, 8)
    radius, angle = np.sqrt(-2 * np.log(1 - pairs[:, 0])), 2 * np.pi * pairs[:, 1]
    box_muller.single(uniform, 0.0, 1.0)
    found = uniform.reshape(-1, 2, 8)
    np.testing.assert_allclose(found[:, 0], radius * np.cos(angle), rtol=0, atol=3e-6)
    np.testing.assert_allclose(found[:, 1], radius * np.sin(angle), rtol=0, atol=3e-6)


def test_seeding_does_not_load_numpys_generators() -> None:
    script = (
        "import sys; from tensorsh.runtime.generator import Generator; Generator().manual_seed(1).seed(); "
        "print('numpy.random' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
