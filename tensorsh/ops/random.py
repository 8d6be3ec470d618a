"""Random tensors: `rand`, `randn`, `randint`, `randperm`, `normal`, `bernoulli`, `multinomial` …, and `uniform_` and its kin.

The numbers are those of `runtime.generator`, of the generator in force unless `generator=` names one. An operator that fills a
tensor goes through its memory in PyTorch's order, and so gives PyTorch's numbers whatever the strides.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tensorsh.ops.creation import check_size, like
from tensorsh.ops.registry import factory, op, write
from tensorsh.runtime import dtype as dt
from tensorsh.runtime.dtype import BOOL, COMPLEX
from tensorsh.runtime.dtype import dtype as DType
from tensorsh.runtime.generator import Generator, memory_order
from tensorsh.runtime.state import current
from tensorsh.runtime.tensor import Tensor

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]


def _source(generator: Generator | None) -> Generator:
    return current().generator if generator is None else generator


def _fill(array: Array, draw: Callable[[Shape], Array]) -> Array:
    """Fill an array with what `draw` gives for a shape, in the order of its memory."""
    window = array if array.flags.c_contiguous else memory_order(array)
    window[...] = draw(window.shape)
    return array


# --- of a size ----------------------------------------------------------------------------------------------------------


@factory("rand(int[] size, *, Generator? generator=None) -> Tensor", variants="function out", varargs=True)
def rand(size: Shape, generator: Generator | None, dtype: DType | None) -> Array:
    """Uniform numbers of [0, 1).

    >>> _ = torch.manual_seed(0)
    >>> torch.rand(3)
    tensor([0.4963, 0.7682, 0.0885])
    """
    check_size(size)
    return _source(generator).uniform(size, dtype or current().default_dtype)


@factory("randn(int[] size, *, Generator? generator=None) -> Tensor", variants="function out", varargs=True)
def randn(size: Shape, generator: Generator | None, dtype: DType | None) -> Array:
    """Standard normal numbers.

    >>> _ = torch.manual_seed(0)
    >>> torch.randn(3)
    tensor([ 1.5410, -0.2934, -2.1788])
    """
    check_size(size)
    return _source(generator).normal(size, dtype or current().default_dtype)


@factory("randint(int high, int[] size, *, Generator? generator=None) -> Tensor", variants="function out")
def randint(high: int, size: Shape, generator: Generator | None, dtype: DType | None) -> Array:
    """Integers of [low, high), int64 unless another dtype is asked for; `low` is 0 if not given.

    >>> _ = torch.manual_seed(0)
    >>> torch.randint(10, (2, 2))
    tensor([[4, 9],
            [3, 0]])
    """
    return _randint(0, high, size, generator, dtype)


def _randint(low: int, high: int, size: Shape, generator: Generator | None, dtype: DType | None) -> Array:
    check_size(size)
    return _source(generator).integers(low, high, size, dtype or dt.int64)


factory("randint.low(int low, int high, int[] size, *, Generator? generator=None) -> Tensor", variants="function out")(
    _randint
).doc = randint.doc


@factory("randperm(int n, *, Generator? generator=None) -> Tensor", variants="function out", varargs=False)
def randperm(n: int, generator: Generator | None, dtype: DType | None) -> Array:
    """The numbers 0 … n - 1 in a random order, int64 unless another dtype is asked for.

    >>> _ = torch.manual_seed(0)
    >>> torch.randperm(5)
    tensor([4, 0, 1, 3, 2])
    """
    kind = dtype or dt.int64
    check_size((n,))
    exact = {dt.float16: 2049, dt.bfloat16: 257, dt.float32: 16777217, dt.float64: 9007199254740993}.get(kind)
    if kind.kind in (BOOL, COMPLEX):
        raise NotImplementedError(f"\"randperm\" not implemented for '{kind.title}'")
    if exact is not None and n > exact:
        raise RuntimeError(f"n cannot be greater than {exact} for {kind.title} type.")
    if exact is None and n - 1 > np.iinfo(kind.array_dtype).max:
        raise RuntimeError(f"value cannot be converted to type {kind.c_name} without overflow")
    return _source(generator).permutation(n).astype(kind.array_dtype, copy=False)


# --- like another tensor ------------------------------------------------------------------------------------------------


@factory("rand_like(Tensor self, *, Generator? generator=None, MemoryFormat? memory_format=None) -> Tensor")
def rand_like(self: Array, generator: Generator | None, memory_format: Any, dtype: DType) -> Array:
    """Uniform numbers of [0, 1), of the shape and dtype of `self`.

    >>> torch.rand_like(torch.ones(2, 3)).shape
    torch.Size([2, 3])
    """
    made = like(self, dtype.array_dtype, memory_format)
    return _fill(made, lambda shape: _source(generator).uniform(shape, dtype))


@factory("randn_like(Tensor self, *, Generator? generator=None, MemoryFormat? memory_format=None) -> Tensor")
def randn_like(self: Array, generator: Generator | None, memory_format: Any, dtype: DType) -> Array:
    """Standard normal numbers, of the shape and dtype of `self`.

    >>> torch.randn_like(torch.ones(2, 3)).shape
    torch.Size([2, 3])
    """
    made = like(self, dtype.array_dtype, memory_format)
    contiguous = made.flags.c_contiguous
    return _fill(made, lambda shape: _source(generator).normal(shape, dtype, contiguous=contiguous))


@factory("randint_like(Tensor self, int high, *, Generator? generator=None, MemoryFormat? memory_format=None) -> Tensor")
def randint_like(self: Array, high: int, generator: Generator | None, memory_format: Any, dtype: DType) -> Array:
    """Integers of [low, high), of the shape and dtype of `self`; `low` is 0 if not given.

    >>> torch.randint_like(torch.ones(2, 3), 10).dtype
    torch.float32
    """
    return _randint_like(self, 0, high, generator, memory_format, dtype)


def _randint_like(
    self: Array, low: int, high: int, generator: Generator | None, memory_format: Any, dtype: DType
) -> Array:
    made = like(self, dtype.array_dtype, memory_format)
    return _fill(made, lambda shape: _source(generator).integers(low, high, shape, dtype))


factory(
    "randint_like.low_dtype(Tensor self, int low, int high, *, Generator? generator=None, MemoryFormat? memory_format=None)"
    " -> Tensor"
)(_randint_like).doc = randint_like.doc


# --- with parameters from tensors ---------------------------------------------------------------------------------------


def _added(numbers: Array, mean: Array) -> Array:
    return np.add(numbers, mean).astype(numbers.dtype, copy=False)


@op("normal.Tensor_Tensor(Tensor mean, Tensor std, *, Generator? generator=None) -> Tensor", variants="function out",
    node="NormalBackward3")  # fmt: skip
def normal(mean: Array, std: Array, generator: Generator | None) -> Array:
    """Normal numbers with the given means and standard deviations, each a number or a tensor, or with both numbers and a size.

    RuntimeError if a standard deviation is negative.

    >>> _ = torch.manual_seed(0)
    >>> torch.normal(2.0, 3.0, size=(1, 4))
    tensor([[ 6.6230,  1.1197, -4.5364,  3.7053]])
    """
    _check_deviations(std)
    shape = np.broadcast_shapes(mean.shape, std.shape)
    numbers = _source(generator).normal(shape, dt.of_array(mean))
    return _added(np.multiply(numbers, std).astype(numbers.dtype, copy=False), mean)


@op("normal.Tensor_float(Tensor mean, float std=1, *, Generator? generator=None) -> Tensor", variants="function out",
    node="NormalBackward1")  # fmt: skip
def _normal_around(mean: Array, std: float, generator: Generator | None) -> Array:
    return _added(_source(generator).normal(mean.shape, dt.of_array(mean), 0.0, std), mean)


@op("normal.float_Tensor(float mean, Tensor std, *, Generator? generator=None) -> Tensor", variants="function out",
    node="NormalBackward2")  # fmt: skip
def _normal_spread(mean: float, std: Array, generator: Generator | None) -> Array:
    _check_deviations(std)
    numbers = _source(generator).normal(std.shape, dt.of_array(std))
    return _added(np.multiply(numbers, std), np.asarray(mean, numbers.dtype))


@factory("normal.float_float(float mean, float std, int[] size, *, Generator? generator=None) -> Tensor", variants="function out")
def _normal_sized(mean: float, std: float, size: Shape, generator: Generator | None, dtype: DType | None) -> Array:
    check_size(size)
    return _source(generator).normal(size, dtype or current().default_dtype, mean, std)


def _check_deviations(std: Array) -> None:
    if std.dtype.kind == "c":
        raise RuntimeError("normal expects standard deviation to be non-complex")
    if not (std >= 0).all():
        raise RuntimeError("normal expects all elements of std >= 0.0")


@normal.vjp("mean")
@_normal_around.vjp("mean")
def _(grad, mean_shape):
    return grad.new_zeros(mean_shape)


@normal.vjp("std")
@_normal_spread.vjp("std")
def _(grad, std_shape):
    return grad.new_zeros(std_shape)


@op("bernoulli(Tensor self, *, Generator? generator=None) -> Tensor", variants="function method out")
def bernoulli(self: Array, generator: Generator | None) -> Array:
    """Ones with the probabilities that `self` holds, or with the one probability `p`; zeros elsewhere.

    >>> torch.bernoulli(torch.ones(3))
    tensor([1., 1., 1.])
    """
    return _source(generator).bernoulli(self, self.shape, dt.of_array(self))


@op("bernoulli.p(Tensor self, float p, *, Generator? generator=None) -> Tensor")
def _bernoulli_like(self: Array, p: float, generator: Generator | None) -> Array:
    return _source(generator).bernoulli(p, self.shape, dt.of_array(self))


def _check_multinomial(out: Any) -> None:
    if isinstance(out, Tensor) and out._dtype is not dt.int64:
        raise RuntimeError(f"multinomial expects Long tensor out, got: {out._dtype.title}")


@op("multinomial(Tensor self, int num_samples, bool replacement=False, *, Generator? generator=None) -> Tensor",
    variants="function method out", differentiable=False, check=_check_multinomial)  # fmt: skip
def multinomial(self: Array, num_samples: int, replacement: bool, generator: Generator | None) -> Array:
    """`num_samples` indices, int64, drawn by the weights of a vector, or of each row of a matrix.

    >>> torch.multinomial(torch.tensor([0., 10., 0.]), 3, replacement=True)
    tensor([1, 1, 1])
    """
    return _source(generator).multinomial(self, num_samples, replacement)


@op("poisson(Tensor self, Generator? generator=None) -> Tensor", variants="function")
def poisson(self: Array, generator: Generator | None) -> Array:
    """A Poisson number for each rate in `self`.

    >>> torch.poisson(torch.zeros(3))
    tensor([0., 0., 0.])
    """
    return _source(generator).poisson(self)


@op("binomial(Tensor count, Tensor prob, Generator? generator=None) -> Tensor", variants="function")
def binomial(count: Array, prob: Array, generator: Generator | None) -> Array:
    """The number of successes in `count` trials of probability `prob` each; shapes broadcast.

    >>> torch.binomial(torch.tensor([10., 20.]), torch.ones(2))
    tensor([10., 20.])
    """
    if count.dtype != prob.dtype:
        raise RuntimeError(
            f"Found dtype {dt.of_array(prob).title} but expected {dt.of_array(count).title}"
        )
    count, prob = np.broadcast_arrays(count, prob)
    return _source(generator).binomial(count, prob)


@binomial.vjp("count")
def _(grad, count_shape):
    return grad.new_zeros(count_shape)


@binomial.vjp("prob")
def _(grad, prob_shape):
    return grad.new_zeros(prob_shape)


@op("_standard_gamma(Tensor self, Generator? generator=None) -> Tensor", variants="function", differentiable=False)
def _standard_gamma(self: Array, generator: Generator | None) -> Array:
    """A gamma number of scale 1 for each concentration in `self`."""
    return _source(generator).gamma(self)


# --- in place -----------------------------------------------------------------------------------------------------------


@write("uniform_(Tensor(a!) self, float from_=0, float to=1, *, Generator? generator=None) -> Tensor(a!)", variants="method")
def uniform_(self: Array, from_: float, to: float, generator: Generator | None) -> None:
    """Fill with uniform numbers of [from, to).

    >>> torch.zeros(2).uniform_(3, 3)
    tensor([3., 3.])
    """
    _fill(self, lambda shape: _source(generator).uniform(shape, dt.of_array(self), from_, to))


@write("normal_(Tensor(a!) self, float mean=0, float std=1, *, Generator? generator=None) -> Tensor(a!)", variants="method")
def normal_(self: Array, mean: float, std: float, generator: Generator | None) -> None:
    """Fill with normal numbers.

    >>> torch.ones(2).normal_(3, 0)
    tensor([3., 3.])
    """
    contiguous = self.flags.c_contiguous
    _fill(self, lambda shape: _source(generator).normal(shape, dt.of_array(self), mean, std, contiguous))


@write("log_normal_(Tensor(a!) self, float mean=1, float std=2, *, Generator? generator=None) -> Tensor(a!)", variants="method")
def log_normal_(self: Array, mean: float, std: float, generator: Generator | None) -> None:
    """Fill with numbers whose logarithm is normal.

    >>> _ = torch.manual_seed(0)
    >>> torch.zeros(3).log_normal_()
    tensor([5.9263e+01, 1.5116e+00, 3.4819e-02])
    """
    _fill(self, lambda shape: _source(generator).log_normal(shape, dt.of_array(self), mean, std))


@write("exponential_(Tensor(a!) self, float lambd=1, *, Generator? generator=None) -> Tensor(a!)", variants="method")
def exponential_(self: Array, lambd: float, generator: Generator | None) -> None:
    """Fill with exponentially distributed numbers of the rate `lambd`.

    >>> _ = torch.manual_seed(0)
    >>> torch.zeros(3).exponential_()
    tensor([3.5083, 1.2304, 0.6150])
    """
    _fill(self, lambda shape: _source(generator).exponential(shape, dt.of_array(self), lambd))


@write("cauchy_(Tensor(a!) self, float median=0, float sigma=1, *, Generator? generator=None) -> Tensor(a!)", variants="method")
def cauchy_(self: Array, median: float, sigma: float, generator: Generator | None) -> None:
    """Fill with Cauchy-distributed numbers.

    >>> _ = torch.manual_seed(0)
    >>> torch.zeros(3).cauchy_()
    tensor([10.5977,  0.7648, -0.1283])
    """
    _fill(self, lambda shape: _source(generator).cauchy(shape, dt.of_array(self), median, sigma))


@write("geometric_(Tensor(a!) self, float p, *, Generator? generator=None) -> Tensor(a!)", variants="method")
def geometric_(self: Array, p: float, generator: Generator | None) -> None:
    """Fill with the number of trials up to the first success of probability `p`.

    >>> _ = torch.manual_seed(0)
    >>> torch.zeros(3).geometric_(0.5)
    tensor([1., 1., 2.])
    """
    _fill(self, lambda shape: _source(generator).geometric(shape, dt.of_array(self), p))


@write("bernoulli_.Tensor(Tensor(a!) self, Tensor p, *, Generator? generator=None) -> Tensor(a!)", variants="method",
       node="BernoulliBackward1")  # fmt: skip
def _bernoulli_each(self: Array, p: Array, generator: Generator | None) -> None:
    window = memory_order(self)
    try:
        p = np.broadcast_to(p, self.shape)
    except ValueError:
        raise _not_expandable(p, self.shape) from None
    axes = sorted(range(self.ndim), key=lambda axis: -self.strides[axis])
    window[...] = _source(generator).bernoulli(p.transpose(axes), window.shape, dt.of_array(self))


def _not_expandable(p: Array, shape: Shape) -> RuntimeError:
    dim = next(d for d in range(-1, -len(shape) - 1, -1) if p.shape[d] not in (1, shape[d]))
    return RuntimeError(
        f"The expanded size of the tensor ({shape[dim]}) must match the existing size ({p.shape[dim]}) at non-singleton "
        f"dimension {dim % len(shape)}.  Target sizes: {list(shape)}.  Tensor sizes: {list(p.shape)}"
    )


@write("bernoulli_.float(Tensor(a!) self, float p=0.5, *, Generator? generator=None) -> Tensor(a!)", variants="method",
       node="BernoulliBackward2")  # fmt: skip
def bernoulli_(self: Array, p: float, generator: Generator | None) -> None:
    """Fill with ones of probability `p`, a number or a tensor of them, and zeros elsewhere.

    >>> torch.zeros(3).bernoulli_(1.0)
    tensor([1., 1., 1.])
    """
    _fill(self, lambda shape: _source(generator).bernoulli(p, shape, dt.of_array(self)))


@write("random_.from(Tensor(a!) self, int from_, int? to, *, Generator? generator=None) -> Tensor(a!)", variants="method",
       node="RandomBackward0")  # fmt: skip
def _random_between(self: Array, from_: int, to: int | None, generator: Generator | None) -> None:
    _fill(self, lambda shape: _source(generator).integers(from_, to, shape, dt.of_array(self)))


@write("random_.to(Tensor(a!) self, int to, *, Generator? generator=None) -> Tensor(a!)", variants="method",
       node="RandomBackward1")  # fmt: skip
def _random_below(self: Array, to: int, generator: Generator | None) -> None:
    _fill(self, lambda shape: _source(generator).integers(0, to, shape, dt.of_array(self)))


@write("random_(Tensor(a!) self, *, Generator? generator=None) -> Tensor(a!)", variants="method", node="RandomBackward2")
def random_(self: Array, generator: Generator | None) -> None:
    """Fill with integers: of [from, to), of [0, to), or of everything that the dtype holds exactly from 0 on.

    >>> _ = torch.manual_seed(0)
    >>> torch.zeros(3).random_(10)
    tensor([4., 9., 3.])
    >>> torch.zeros(3, dtype=torch.uint8).random_()
    tensor([192,  67, 251], dtype=torch.uint8)
    """
    _fill(self, lambda shape: _source(generator).any_integers(shape, dt.of_array(self)))


def _filled_anew(kernel: Callable[..., None]) -> Callable[..., Array]:
    """The kernel that fills a new array of the shape of `self` rather than `self`."""

    def fill(self: Array, *arguments: Any) -> Array:
        made = like(self, self.dtype)
        kernel(made, *arguments)
        return made

    return fill


for _write, _given in ((uniform_, ""), (log_normal_, ""), (exponential_, ""), (cauchy_, ""), (geometric_, ", 0.5")):
    _text = _write.text.replace("_(Tensor(a!)", "(Tensor", 1).replace("Tensor(a!)", "Tensor")
    _made = op(_text, variants="function", family=__name__)(_filled_anew(_write.body))
    _sentence = _write.doc.replace("Fill with", "A tensor of the shape and dtype of `self` with").partition("\n")[0]
    _made.doc = f"""{_sentence}

    >>> torch.{_made.name}(torch.ones(2){_given}).shape
    torch.Size([2])
    """
    _made.vjp("self")(lambda grad: grad.new_zeros(grad.shape))


def _nothing(grad):
    return grad.new_zeros(grad.shape)


# The numbers do not depend on what is written over, or in a way that has no derivative.
for _operator in (
    bernoulli, _bernoulli_like, poisson, uniform_, normal_, log_normal_, exponential_, cauchy_, geometric_,
    _bernoulli_each, bernoulli_, _random_between, _random_below, random_,
):  # fmt: skip
    _operator.vjp("self")(_nothing)


@_bernoulli_each.vjp("p")
def _(grad, p_shape):
    return grad.new_zeros(p_shape)


_random_between.doc = _random_below.doc = random_.doc
_bernoulli_each.doc = bernoulli_.doc
_normal_around.doc = _normal_spread.doc = _normal_sized.doc = normal.doc
_bernoulli_like.doc = bernoulli.doc
