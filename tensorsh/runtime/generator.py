"""PyTorch's random generator: the streams of numbers that PyTorch's CPU kernels make of the Mersenne Twister.

A stream is a method that gives a new C-contiguous NumPy array and moves the generator exactly as far as PyTorch's
kernel does, so that the next call, whatever it is, agrees as well. Who fills an existing array asks `memory_order`
in which order PyTorch would visit it. Dtypes are those of `runtime.dtype`; errors carry PyTorch's text.

Where PyTorch takes other streams on some processors (MKL's `bernoulli_(p)` and `exponential_` on Intel), this is
the stream of all the others.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from tensorsh.runtime import dtype as dtypes
from tensorsh.runtime.c_arithmetic import LIBRARY_LIMIT, Array, fused_multiply_add, library
from tensorsh.runtime.twister import Twister, singles_of

if TYPE_CHECKING:
    from tensorsh.runtime.dtype import dtype as DType

Shape = tuple[int, ...]

# From this width on PyTorch spends 64 bits on an integer, to keep the skew of the remainder below 5 %.
_WIDE_RANGE = 1 << 28

_DIGITS = {"float16": 11, "bfloat16": 8, "float32": 24, "float64": 53}
_LARGEST = {
    "float16": 65504.0, "bfloat16": 3.3895313892515355e38,
    "float32": 3.4028234663852886e38, "float64": 1.7976931348623157e308,
}  # fmt: skip
# Dtypes that PyTorch has few kernels for.
_UNSIGNED = ("uint16", "uint32", "uint64")


# So many are quicker one by one: elements that change places, pairs of normal numbers.
_FEW_SWAPPED, _FEW_PAIRS = 300, 16
_AHEAD = 300  # up to so many words are made normal numbers of together with those that come after


class Generator(Twister):
    """A source of random numbers with PyTorch's streams; PyTorch's `torch.Generator`.

    A new one has PyTorch's default seed. The generator that a session starts with is seeded by `seed()` instead, as
    PyTorch's default generator is.

    >>> from tensorsh.runtime.dtype import float32
    >>> Generator().manual_seed(0).uniform((3,), float32)
    array([0.4962566 , 0.7682218 , 0.08847743], dtype=float32)
    """

    __slots__ = ("_normal_words", "_normals")
    __module__ = "torch._C"

    def __init__(self, device: object = None) -> None:
        super().__init__(device)
        # Normal numbers, and the words that they were made of: `_made_ahead`.
        self._normal_words: Array | None = None
        self._normals = np.empty((2, 0), np.float32)

    # Continuous distributions

    def uniform(self, shape: Shape, dtype: DType, low: float = 0.0, high: float = 1.0) -> Array:
        """Uniform numbers of [low, high), of a floating or complex dtype: `rand`, `uniform_`."""
        if dtype.is_complex:
            return _as_complex(self.uniform((*shape, 2), dtype.to_real(), low, high), dtype)
        _check_floating(dtype, "check_uniform_bounds")
        low, high = float(low), float(high)
        moved = low != 0.0 or high != 1.0
        if moved:
            _check_uniform_bounds(low, high, dtype)
        count = math.prod(shape)
        if dtype is dtypes.float64:
            numbers = self.doubles(count)
            if moved:
                numbers = fused_multiply_add(numbers, high - low, low)
        else:
            numbers = self.singles(count)
            if moved:
                low32, high32 = np.float32(low), np.float32(high)
                numbers = (numbers.astype(np.float64) * float(high32 - low32) + float(low32)).astype(np.float32)
        numbers = _cast(numbers, dtype)
        if moved or dtype.half:
            # The rounding may have reached the upper bound, which is no part of the range.
            bounds = np.array([low, high]).astype(np.float32 if dtype.half else np.float64).astype(dtype.array_dtype)
            numbers[numbers == bounds[1]] = bounds[0]
        return numbers.reshape(shape)

    def normal(self, shape: Shape, dtype: DType, mean: float = 0.0, std: float = 1.0, contiguous: bool = True) -> Array:
        """Normal numbers, of a floating or complex dtype: `randn`, `normal_`.

        PyTorch makes 16 or more in blocks of 16 if the tensor that they are for is contiguous, else in pairs of which
        the generator keeps the second one for the next call. For a complex dtype, `std` is that of the whole number.
        """
        if not std >= 0.0:
            raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
        count = math.prod(shape)
        if count == 0:
            return np.empty(shape, dtype.array_dtype)
        if dtype.is_complex:
            parts = self.normal((*shape, 2), dtype.to_real(), mean, std / math.sqrt(2.0), contiguous)
            return _as_complex(parts, dtype)
        _check_floating(dtype, "normal_kernel_cpu")
        if count < 16 or not contiguous:
            numbers = fused_multiply_add(self._paired_normals(count, dtype is dtypes.float64), float(std), float(mean))
        else:
            numbers = self._block_normals(count, dtype, float(mean), float(std))
        return _cast(numbers, dtype).reshape(shape)

    def _paired_normals(self, count: int, exact: bool) -> Array:
        """Standard normal numbers in float64, two from two uniform ones; an odd last one is kept for the next call."""
        kept = self.take_kept_normal() if count else None
        found = [] if kept is None else [kept]
        pairs = (count - len(found) + 1) // 2
        uniform = self.doubles(2 * pairs)
        odd = len(found) + 2 * pairs > count
        # NumPy's functions do for what is rounded to 32 bits or fewer. The number that is kept is exact whatever the dtype: a state
        # that holds it may be compared or carried on in float64.
        if pairs > (LIBRARY_LIMIT if exact else _FEW_PAIRS):
            normal = np.concatenate([found, _pair_normals(uniform.reshape(pairs, 2)).ravel()])
            if odd:
                self.keep_normal(_exact_pairs(uniform[-2:].tolist())[1])
            return normal[:count]
        found += _exact_pairs(uniform.tolist())
        if odd:
            self.keep_normal(found.pop())
        return np.array(found, np.float64)

    def _block_normals(self, count: int, dtype: DType, mean: float, std: float) -> Array:
        from tensorsh.runtime import box_muller

        block = box_muller.BLOCK
        whole = count - count % block
        # The last 16 numbers are made afresh, those that the last whole block holds included.
        drawn = count if whole == count else (whole if dtype.half else count) + block
        if dtype is not dtypes.float64 and drawn <= _AHEAD:
            numbers = self._made_ahead(whole, count, drawn)
            box_muller.scale(numbers, mean, std)
        else:
            uniform, transform = self.singles, box_muller.single
            if dtype is dtypes.float64:
                uniform, transform = self.doubles, box_muller.double
            numbers = uniform(drawn)
            if whole != count:
                numbers[whole : whole + block] = numbers[-block:]
                numbers = numbers[: whole + block]
            transform(numbers, mean, std)
        if whole == count:
            return numbers
        numbers[count - block : count] = numbers[whole:]
        return numbers[:count].copy()

    def _made_ahead(self, whole: int, count: int, drawn: int) -> Array:
        """The blocks of `_block_normals`, standard normal.

        On 16 words NumPy takes nearly as long as on the 624 that the engine makes at once: so all are transformed when the first are
        drawn, from whatever word the next blocks may start.
        """
        from tensorsh.runtime import box_muller

        self.hold(drawn)
        block, half = box_muller.BLOCK, box_muller.HALF
        if self._normal_words is not self._block:
            self._normal_words, self._normals = self._block, box_muller.pairs(singles_of(self._block))
        start, end = self._at, self._at + drawn
        numbers = np.empty(whole if whole == count else whole + block, np.float32)
        blocks = numbers.reshape(-1, 2, half)
        blocks[: whole // block] = self._normals[:, start : start + whole].reshape(2, -1, block)[:, :, :half].swapaxes(0, 1)
        if whole != count:
            blocks[-1] = self._normals[:, end - block : end - half]
        self._at = end
        return numbers

    def log_normal(self, shape: Shape, dtype: DType, mean: float = 1.0, std: float = 2.0) -> Array:
        """Numbers whose logarithm is normal with `mean` and `std`: `log_normal_`."""
        if not std > 0.0:
            raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std:g}")
        count = math.prod(shape)
        if count == 0:
            return np.empty(shape, dtype.array_dtype)
        _check_floating(dtype, "log_normal_cpu")
        exact = dtype is dtypes.float64
        normal = fused_multiply_add(self._paired_normals(count, exact), float(std), float(mean))
        with np.errstate(over="ignore"):
            numbers = np.exp(normal) if not exact or normal.max() > 709.0 else library("exp", normal)
        return _cast(numbers, dtype).reshape(shape)

    def exponential(self, shape: Shape, dtype: DType, rate: float = 1.0) -> Array:
        """Exponentially distributed numbers with the given rate: `exponential_`."""
        if not rate > 0.0:
            raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={rate:g}")
        count = math.prod(shape)
        if count == 0:
            return np.empty(shape, dtype.array_dtype)
        if dtype.name not in _DIGITS:
            raise RuntimeError(
                "Exponential distribution is a continuous probability distribution. "
                f"dtype must be a floating point but you specified {dtype.title}"
            )
        numbers = -1.0 / rate * self._function_for(dtype)("log1p", -self.doubles(count))
        return _cast(numbers, dtype).reshape(shape)

    def cauchy(self, shape: Shape, dtype: DType, median: float = 0.0, sigma: float = 1.0) -> Array:
        """Cauchy-distributed numbers: `cauchy_`."""
        if not sigma > 0.0:
            raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma:g}")
        if dtype.name not in _DIGITS:
            raise RuntimeError(
                "Cauchy distribution is a continuous probability distribution. "
                f"dtype must be a floating point but you specified {dtype.cpp_name}"
            )
        angle = math.pi * (self.doubles(math.prod(shape)) - 0.5)
        numbers = fused_multiply_add(self._function_for(dtype)("tan", angle), float(sigma), float(median))
        return _cast(numbers, dtype).reshape(shape)

    @staticmethod
    def _function_for(dtype: DType) -> Callable[[str, Array], Array]:
        """NumPy's functions do for what is then rounded to 32 bits or fewer."""
        return library if dtype is dtypes.float64 else _numpy_function

    # Discrete distributions

    def bernoulli(self, p: float | Array, shape: Shape, dtype: DType) -> Array:
        """Ones with probability `p`, zeros otherwise.

        A number `p` is PyTorch's `bernoulli_(p)` and the mask of dropout; an array, broadcast to `shape`, its
        `bernoulli(p)`. The two spend their random bits differently.
        """
        count = math.prod(shape)
        kernel = "bernoulli_tensor_cpu_self_" if isinstance(p, np.ndarray) else "bernoulli_scalar_cpu_"
        if dtype.is_complex or dtype.name in _UNSIGNED:
            raise NotImplementedError(f"\"{kernel}\" not implemented for '{dtype.title}'")
        if not isinstance(p, np.ndarray):
            if not 0.0 <= p <= 1.0:
                raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p:g}")
            return self.below(p, count).astype(dtype.array_dtype).reshape(shape)
        _check_floating(dtypes.of_array(p), "bernoulli_tensor_cpu_p_")
        if not ((p >= 0) & (p <= 1)).all():
            raise RuntimeError(
                "Expected p_in >= 0 && p_in <= 1 to be true, but got false.  "
                "(Could this error message be improved?  If so, please report an enhancement request to PyTorch.)"
            )
        if p.dtype == np.float64:
            hit = self.doubles(count).reshape(shape) < p
        else:
            hit = self.singles(count).reshape(shape) < p.astype(np.float32, copy=False)
        return hit.astype(dtype.array_dtype)

    def geometric(self, shape: Shape, dtype: DType, p: float) -> Array:
        """The number of trials up to the first success, of probability `p` each: `geometric_`."""
        if not 0.0 < p < 1.0:
            raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p:g}")
        if dtype.is_complex or dtype is dtypes.bool_ or dtype.name in _UNSIGNED:
            raise NotImplementedError(f"\"geometric_cpu\" not implemented for '{dtype.title}'")
        with np.errstate(divide="ignore"):
            numbers = np.ceil(np.log(self.doubles(math.prod(shape))) / math.log1p(-p))
        return _cast(numbers, dtype).reshape(shape)

    def integers(self, low: int, high: int | None, shape: Shape, dtype: DType) -> Array:
        """Integers of [low, high), or from `low` to the largest of the dtype: `randint`, `random_(from, to)`.

        For a floating dtype the bounds move inwards to numbers that it can hold, and the largest one is 2 to the power
        of its digits.
        """
        digits = _DIGITS.get(dtype.name)
        if high is None and low == -(2**63):
            return self._all_integers(shape, dtype)
        if high is not None:
            if low >= high:
                raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
            if digits is not None:
                low, high = _representable_low(low, dtype), _representable_high(high, dtype)
                if low >= high:
                    raise RuntimeError(
                        "random_ expects 'from' casted to dtype to be less than 'to' casted to dtype, "
                        f"but got from={low} >= to={high}"
                    )
            last = high - 1
        elif digits is not None:
            low, last = _representable_low(low, dtype), 1 << digits
            if low >= last:
                raise RuntimeError(
                    "random_ expects 'from' casted to dtype to be less than or equal to 'to_inc' casted to dtype, "
                    f"but got from={low} > to_inc={last}"
                )
        else:
            # PyTorch's largest uint64 wraps to -1 here and is then out of bounds.
            last = -1 if dtype is dtypes.uint64 else _integer_bounds(dtype)[1]
        _check_integer_bounds(low, last, dtype)
        return self._in_range(last - low + 1, low, shape, dtype)

    def _in_range(self, width: int, low: int, shape: Shape, dtype: DType) -> Array:
        if width >= _WIDE_RANGE:

            def chunk(count: int) -> Array:
                words = self.wide_words(count)
                numbers = words - words // np.uint64(width) * np.uint64(width)
                numbers += np.uint64(low % 2**64)
                return _cast(numbers.view(np.int64), dtype)
        else:

            divisor = np.array(width, np.uint32)

            def chunk(count: int) -> Array:
                words = self.words(count).astype(np.uint32)
                words -= words // divisor * divisor  # quicker than NumPy's remainder
                numbers = words.astype(np.int64)
                if low:
                    numbers += low
                return _cast(numbers, dtype)

        return self.in_chunks(math.prod(shape), dtype.array_dtype, chunk).reshape(shape)

    def _all_integers(self, shape: Shape, dtype: DType) -> Array:
        if dtype.name not in ("int64", "float64", "float32", "bfloat16"):
            raise RuntimeError("random_full_64_bits_range_kernel_cpu handles only int64, double, float and bfloat16")
        return _cast(self.wide_words(math.prod(shape)).view(np.int64), dtype).reshape(shape)

    def any_integers(self, shape: Shape, dtype: DType) -> Array:
        """Integers of 0 up to the dtype's largest, for a floating one 2 to the power of its digits: `random_()`."""
        if dtype.is_complex or dtype.name in _UNSIGNED:
            raise NotImplementedError(f"\"random_kernel_cpu\" not implemented for '{dtype.title}'")
        count = math.prod(shape)
        wide = dtype is dtypes.int64 or dtype is dtypes.float64
        words = self.wide_words(count) if wide else self.words(count)
        digits = _DIGITS.get(dtype.name)
        if digits is not None:
            words %= np.uint64((1 << digits) + 1)
        else:
            words &= np.uint64(_integer_bounds(dtype)[1])
        return _cast(words.view(np.int64), dtype).reshape(shape)

    def permutation(self, n: int) -> Array:
        """A random order of 0 … n - 1, int64: `randperm`.

        PyTorch walks `i` upwards and swaps place `i` with a random place from `i` on. What lies at a place when its
        turn comes was left there by the last step that swapped it: a forest of steps, whose roots pointer jumping
        finds.
        """
        if n < 2:
            return np.arange(n)
        step = np.arange(n - 1)
        other = step + self.words(n - 1).view(np.int64) % (n - step)
        if n <= _FEW_SWAPPED:
            places = list(range(n))
            for i, j in enumerate(other.tolist()):
                places[i], places[j] = places[j], places[i]
            return np.array(places)
        # carried[i]: what lies at place i when its turn comes. The last of repeated assignments stands.
        carried = np.arange(n)
        moving = np.flatnonzero(other != step)
        carried[other[moving]] = moving
        while True:
            further = carried[carried]
            if np.array_equal(further, carried):
                break
            carried = further
        # Step i takes what the latest earlier step with the same target left there, or else the target's own number.
        key = other << 32 | step
        key.sort()
        target, order = key >> 32, key & 0xFFFFFFFF
        taken = target.copy()
        repeated = target[1:] == target[:-1]
        taken[1:][repeated] = carried[order[:-1][repeated]]
        result = np.empty(n, np.int64)
        result[order] = taken
        result[n - 1] = carried[n - 1]
        return result

    def multinomial(self, weights: Array, count: int, replacement: bool = False) -> Array:
        """`count` indices, int64, drawn by the weights of a vector or of each row of a matrix: `multinomial`."""
        if weights.ndim not in (1, 2):
            raise RuntimeError("prob_dist must be 1 or 2 dim")
        dtype = dtypes.of_array(weights)
        if dtype.name not in _DIGITS:
            raise RuntimeError(f"multinomial only supports floating-point dtypes for input, got: {dtype.title}")
        if count <= 0:
            raise RuntimeError("cannot sample n_sample <= 0 samples")
        categories = weights.shape[-1]
        if not replacement and count > categories:
            raise RuntimeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
        if categories > 1 << 24:
            raise RuntimeError("number of categories cannot exceed 2^24")
        if weights.size == 0:
            return np.empty((*weights.shape[:-1], count), np.int64)
        wide = weights.astype(np.float32) if dtype.half else weights
        race = count == 1 or not replacement
        negative, endless = not bool((wide >= 0).all()), not bool((wide < np.inf).all())
        if race and (negative or endless):
            raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
        if negative:
            raise RuntimeError("invalid multinomial distribution (encountering probability entry < 0)")
        if endless:
            raise RuntimeError("invalid multinomial distribution (encountering probability entry = infinity or NaN)")
        if not bool((wide.sum(-1) > 0).all()):
            raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
        return self._winners(wide, count, dtype) if race else self._draw_with_replacement(wide, count)

    def _winners(self, weights: Array, count: int, dtype: DType) -> Array:
        # The largest of weight / exponential number: Gumbel's trick without its logarithms.
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            scores = weights / self.exponential(weights.shape, dtype).astype(weights.dtype)
        scores = _cast(scores, dtype).astype(weights.dtype)
        if count == 1:
            return scores.argmax(-1, keepdims=True)
        return np.argsort(-scores, axis=-1, kind="stable")[..., :count]

    def poisson(self, rates: Array) -> Array:
        """A Poisson number for each of `rates`, in their dtype: `poisson`."""
        from tensorsh.runtime import rejection

        dtype = dtypes.of_array(rates)
        _check_floating(dtype, "poisson_cpu")
        return _cast(rejection.poisson(self, rates.astype(np.float64)), dtype)

    def binomial(self, counts: Array, p: Array) -> Array:
        """The number of successes in `counts` trials of probability `p` each, in the dtype of `counts`: `binomial`."""
        from tensorsh.runtime import rejection

        dtype = dtypes.of_array(counts)
        _check_floating(dtype, "binomial_cpu", half=False)
        return _cast(rejection.binomial(self, counts, p), dtype)

    def gamma(self, concentration: Array) -> Array:
        """A gamma number of scale 1 for each concentration, in their dtype: `_standard_gamma`."""
        from tensorsh.runtime import rejection

        dtype = dtypes.of_array(concentration)
        _check_floating(dtype, "gamma_cpu", half=False)
        return _cast(rejection.gamma(self, concentration), dtype)

    def _draw_with_replacement(self, weights: Array, count: int) -> Array:
        rows = weights.reshape(-1, weights.shape[-1])
        cumulative = np.cumsum(rows, axis=1, dtype=rows.dtype)
        cumulative /= cumulative[:, -1:].copy()
        cumulative[:, -1] = 1
        numbers = self.doubles(len(rows) * count).reshape(-1, count)
        found = [np.searchsorted(c.astype(np.float64), u) for c, u in zip(cumulative, numbers, strict=True)]
        return np.array(found, np.int64).reshape(*weights.shape[:-1], count)


def memory_order(array: Array) -> Array:
    """A view of `array` whose C order is the order in which PyTorch's serial kernels visit it: along the memory.

    >>> memory_order(np.zeros((2, 3)).T).shape
    (2, 3)
    """
    return array.transpose(sorted(range(array.ndim), key=lambda axis: -array.strides[axis]))


def _pair_normals(uniform: Array) -> Array:
    """Box–Muller on rows of two uniform float64 numbers, the angle first."""
    angle = 2.0 * math.pi * uniform[:, 0]
    radius = np.sqrt(-2.0 * np.log1p(-uniform[:, 1]))
    pairs = np.empty_like(uniform)
    pairs[:, 0] = radius * np.cos(angle)
    pairs[:, 1] = radius * np.sin(angle)
    return pairs


def _exact_pairs(uniform: list[float]) -> list[float]:
    """The same of numbers in a row, with the C library's functions; the quicker way for few."""
    pairs = []
    for angle, other in zip(uniform[::2], uniform[1::2], strict=True):
        radius = math.sqrt(-2.0 * math.log1p(-other))
        angle *= 2.0 * math.pi
        pairs += [radius * math.cos(angle), radius * math.sin(angle)]
    return pairs


def _numpy_function(name: str, x: Array) -> Array:
    return getattr(np, name)(x)


def _cast(numbers: Array, dtype: DType) -> Array:
    """To the dtype as C++ casts: by way of float32 to a 2-byte float, by way of int64 from a float to an integer."""
    target = dtype.array_dtype
    if numbers.dtype is target:
        return numbers
    if dtype.half:
        numbers = numbers.astype(np.float32, copy=False)
    elif numbers.dtype == np.float64 and not dtype.is_floating_point:
        numbers = numbers.astype(np.int64)
    return numbers.astype(target)


def _as_complex(parts: Array, dtype: DType) -> Array:
    return parts.view(dtype.array_dtype)[..., 0]


def _check_floating(dtype: DType, kernel: str, half: bool = True) -> None:
    if dtype.name not in _DIGITS or (dtype.half and not half):
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{dtype.title}'")


def _check_uniform_bounds(low: float, high: float, dtype: DType) -> None:
    largest = _LARGEST[dtype.name]
    for name, bound in (("from", low), ("to", high)):
        if not -largest <= bound <= largest:
            raise RuntimeError(f"{name} is out of bounds for {dtype.cpp_name}")
    if low > high:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={high:g}")
    if high - low > largest:
        raise RuntimeError(
            f"uniform_ expects to-from <= std::numeric_limits<{dtype.title}>::max(), but found to={high:g} and "
            f"from={low:g} which result in to-from to exceed the limit"
        )


def _integer_bounds(dtype: DType) -> tuple[int, int]:
    if dtype is dtypes.bool_:
        return 0, 1
    if dtype is dtypes.uint64:
        return 0, 2**63 - 1
    largest = (1 << 8 * dtype.itemsize - dtype.is_signed) - 1
    return (-largest - 1 if dtype.is_signed else 0), largest


def _check_integer_bounds(low: int, last: int, dtype: DType) -> None:
    if dtype.is_complex:
        raise RuntimeError("check_random_bounds handles only integral, floating-point and boolean types")
    smallest: float
    largest: float
    if dtype.name in _DIGITS:
        largest = _LARGEST[dtype.name]
        smallest = -largest
    else:
        smallest, largest = _integer_bounds(dtype)
    for name, bound in (("from", low), ("to - 1", last)):
        if not smallest <= bound <= largest:
            raise RuntimeError(f"{name} is out of bounds for {dtype.cpp_name}")


def _representable_low(low: int, dtype: DType) -> int:
    """`low`, moved up where rounding to the dtype would put `low + 1` below it (ATen's `update_from`)."""
    rounded = _rounded(low + 1, dtype)
    if rounded < low:
        return rounded + (1 << abs(low + 1).bit_length() - _DIGITS[dtype.name])
    return low


def _representable_high(high: int, dtype: DType) -> int:
    """`high`, moved down where rounding to the dtype would put `high - 1` at or above it (ATen's `update_to`)."""
    rounded = _rounded(high - 1, dtype)
    if rounded >= high:
        return rounded - (1 << abs(high - 1).bit_length() - _DIGITS[dtype.name])
    return high


def _rounded(number: int, dtype: DType) -> int:
    value = float(_cast(np.array([number], np.int64), dtype)[0])
    # A C++ cast of what int64 cannot hold gives its smallest value on x86.
    return int(value) if -(2.0**63) <= value < 2.0**63 else -(2**63)
