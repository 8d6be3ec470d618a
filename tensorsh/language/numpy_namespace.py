"""`numpy`: the everyday part, each name listed, with NumPy's own functions behind it.

Left out on purpose: whatever reads or writes files, takes a function or text to evaluate, makes object arrays or windows on
memory that no array owns (`load`, `fromfile`, `vectorize`, `frompyfunc`, `as_strided`, `ndarray(buffer=…)`), and settings of the
whole process. `numpy.random`'s old interface draws from a state that belongs to the program.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from tensorsh.language import limits
from tensorsh.language.attributes import register
from tensorsh.language.functions import Builtin
from tensorsh.language.namespace import Namespace
from tensorsh.language.nesting import hashable

if TYPE_CHECKING:
    from tensorsh.language.environment import Environment

CREATION = (
    "arange", "array", "asarray", "ascontiguousarray", "copy", "diag", "diagflat", "empty", "empty_like", "eye",
    "full", "full_like", "geomspace", "identity", "indices", "linspace", "logspace", "meshgrid", "ones", "ones_like",
    "tri", "tril", "triu", "vander", "zeros", "zeros_like",
)  # fmt: skip
SHAPES = (
    "append", "argwhere", "array_split", "atleast_1d", "atleast_2d", "atleast_3d", "broadcast_arrays",
    "broadcast_shapes", "broadcast_to", "column_stack", "concatenate", "delete", "diagonal", "dsplit", "dstack",
    "expand_dims", "flip", "fliplr", "flipud", "hsplit", "hstack", "insert", "matrix_transpose", "moveaxis", "ndim",
    "pad", "permute_dims", "ravel", "repeat", "reshape", "resize", "roll", "rollaxis", "rot90", "shape", "size",
    "split", "squeeze", "stack", "swapaxes", "tile", "transpose", "unravel_index", "ravel_multi_index", "vsplit",
    "vstack",
)  # fmt: skip
ARITHMETIC = (
    "abs", "absolute", "acos", "acosh", "add", "angle", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2",
    "arctanh", "around", "asin", "asinh", "atan", "atan2", "atanh", "bitwise_and", "bitwise_not", "bitwise_or",
    "bitwise_xor", "cbrt", "ceil", "clip", "conj", "conjugate", "copysign", "cos", "cosh", "deg2rad", "degrees",
    "divide", "divmod", "equal", "exp", "exp2", "expm1", "fabs", "fix", "float_power", "floor", "floor_divide",
    "fmax", "fmin", "fmod", "frexp", "gcd", "greater", "greater_equal", "heaviside", "hypot", "i0", "imag", "invert",
    "isclose", "iscomplex", "isfinite", "isinf", "isnan", "isneginf", "isposinf", "isreal", "lcm", "ldexp",
    "left_shift", "less", "less_equal", "log", "log10", "log1p", "log2", "logaddexp", "logaddexp2", "logical_and",
    "logical_not", "logical_or", "logical_xor", "maximum", "minimum", "mod", "modf", "multiply", "nan_to_num",
    "negative", "nextafter", "not_equal", "positive", "pow", "power", "rad2deg", "radians", "real", "reciprocal",
    "remainder", "right_shift", "rint", "round", "sign", "signbit", "sin", "sinc", "sinh", "sqrt", "square",
    "subtract", "tan", "tanh", "true_divide", "trunc", "unwrap",
)  # fmt: skip
REDUCTIONS = (
    "all", "allclose", "amax", "amin", "any", "argmax", "argmin", "array_equal", "average", "bincount", "corrcoef",
    "count_nonzero", "cov", "cumprod", "cumsum", "diff", "digitize", "ediff1d", "gradient", "histogram", "interp",
    "max", "mean", "median", "min", "nanmax", "nanmean", "nanmedian", "nanmin", "nanstd", "nansum", "nanvar",
    "percentile", "prod", "ptp", "quantile", "std", "sum", "trapezoid", "var", "convolve", "correlate",
)  # fmt: skip
SELECTION = (
    "argpartition", "argsort", "choose", "compress", "extract", "flatnonzero", "in1d", "intersect1d", "isin", "ix_",
    "lexsort", "nonzero", "partition", "put", "put_along_axis", "searchsorted", "select", "setdiff1d", "setxor1d",
    "sort", "take", "take_along_axis", "tril_indices", "triu_indices", "union1d", "unique", "where", "copyto",
    "fill_diagonal",
)  # fmt: skip
PRODUCTS = ("cross", "dot", "einsum", "inner", "kron", "matmul", "outer", "tensordot", "trace", "vdot", "vecdot")
POLYNOMIALS = ("polyadd", "polyder", "polyfit", "polyint", "polymul", "polysub", "polyval", "roots")
QUESTIONS = (
    "array2string", "array_repr", "array_str", "can_cast", "isscalar", "issubdtype", "iscomplexobj", "isrealobj",
    "may_share_memory", "min_scalar_type", "promote_types", "result_type", "shares_memory",
)  # fmt: skip
FUNCTIONS = tuple(
    name
    for name in (
        *CREATION, *SHAPES, *ARITHMETIC, *REDUCTIONS, *SELECTION, *PRODUCTS, *POLYNOMIALS, *QUESTIONS,
    )
    if hasattr(np, name)
)  # fmt: skip
CONSTANTS = ("e", "euler_gamma", "inf", "nan", "newaxis", "pi")
SCALARS = (
    "bool_", "bool", "byte", "cdouble", "complex128", "complex64", "csingle", "double", "float16", "float32",
    "float64", "half", "int16", "int32", "int64", "int8", "intc", "int_", "intp", "long", "longlong", "short",
    "single", "ubyte", "uint", "uint16", "uint32", "uint64", "uint8", "uintc", "uintp", "ulong", "ulonglong",
    "ushort", "str_",
)  # fmt: skip
KINDS = ("complexfloating", "floating", "generic", "inexact", "integer", "number", "signedinteger", "unsignedinteger")
TYPES = ("dtype", "errstate", "finfo", "iinfo", "ndarray")
LINEAR_ALGEBRA = (
    "cholesky", "cond", "cross", "det", "diagonal", "eig", "eigh", "eigvals", "eigvalsh", "inv", "lstsq", "matmul",
    "matrix_norm", "matrix_power", "matrix_rank", "matrix_transpose", "multi_dot", "norm", "outer", "pinv", "qr",
    "slogdet", "solve", "svd", "svdvals", "tensorinv", "tensorsolve", "trace", "vecdot", "vector_norm",
)  # fmt: skip
FOURIER = (
    "fft", "fft2", "fftfreq", "fftn", "fftshift", "hfft", "ifft", "ifft2", "ifftn", "ifftshift", "ihfft", "irfft",
    "irfft2", "irfftn", "rfft", "rfft2", "rfftfreq", "rfftn",
)  # fmt: skip
RANDOM = (
    "beta", "binomial", "bytes", "chisquare", "choice", "dirichlet", "exponential", "f", "gamma", "geometric",
    "gumbel", "laplace", "logistic", "lognormal", "multinomial", "multivariate_normal", "normal", "pareto",
    "permutation", "poisson", "power", "rand", "randint", "randn", "random", "random_sample", "rayleigh", "sample",
    "seed", "shuffle", "standard_cauchy", "standard_exponential", "standard_gamma", "standard_normal", "standard_t",
    "triangular", "uniform", "vonmises", "wald", "weibull", "zipf",
)  # fmt: skip
GENERATOR = tuple(
    name
    for name in (*RANDOM, "integers", "permuted")
    if name not in ("rand", "randint", "randn", "random_sample", "sample", "seed")
)

VALUE = (
    "T", "all", "any", "argmax", "argmin", "argsort", "clip", "conj", "conjugate", "copy", "cumprod", "cumsum",
    "diagonal", "dtype", "flatten", "imag", "item", "itemsize", "max", "mean", "min", "nbytes", "ndim", "nonzero",
    "prod", "ravel", "real", "repeat", "reshape", "round", "searchsorted", "shape", "size", "squeeze", "std",
    "strides", "sum", "swapaxes", "take", "tobytes", "tolist", "trace", "transpose", "var",
)  # fmt: skip
ARRAY = (*VALUE, "argpartition", "choose", "compress", "dot", "fill", "flags", "flat", "mT", "partition", "put", "sort")
SCALAR = (*VALUE, "as_integer_ratio", "bit_count", "is_integer", "hex")
DTYPE = ("byteorder", "char", "isnative", "itemsize", "kind", "name", "num", "shape", "str", "type")
FLAGS = ("aligned", "c_contiguous", "contiguous", "f_contiguous", "owndata", "writeable")
FINFO = (
    "bits", "dtype", "eps", "epsneg", "max", "maxexp", "min", "minexp", "nexp", "nmant", "precision", "resolution",
    "smallest_normal", "smallest_subnormal", "tiny",
)  # fmt: skip
IINFO = ("bits", "dtype", "kind", "max", "min")

NO_OBJECTS = "arrays of objects are not available in tensorsh"


def _room(rows: int, columns: int | None) -> None:
    np.empty((rows, rows if columns is None else columns), np.bool_)


# Functions that make a mask, in steps that each need memory: where there is none for the mask, NumPy is not asked. Each takes the
# arguments of its function.
ROOM: dict[Any, Callable[..., Any]] = {
    np.tri: lambda N, M=None, *_, **__: _room(N, M),  # noqa: N803 - NumPy's own names
    np.tril: lambda m, *_, **__: np.empty(np.shape(m)[-2:], np.bool_),
    np.triu: lambda m, *_, **__: np.empty(np.shape(m)[-2:], np.bool_),
    np.tril_indices: lambda n, k=0, m=None: _room(n, m),
    np.triu_indices: lambda n, k=0, m=None: _room(n, m),
}


def checked(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, refusing functions as arguments and arrays of objects as arguments or results."""

    def run(*args: Any, **kwargs: Any) -> Any:
        for argument in (*args, *kwargs.values()):
            if is_object_type(argument):
                raise TypeError(NO_OBJECTS)
            if type(argument) is range:
                limits.check_finite(argument)
            hashable(argument)  # NumPy looks some arguments up
        if function in ROOM:
            ROOM[function](*args, **kwargs)
        result = function(*args, **kwargs)
        if is_object_type(result) if isinstance(result, np.dtype) else _holds_objects(result):
            raise TypeError(NO_OBJECTS)
        return result

    return run


def _holds_objects(result: Any) -> bool:
    if isinstance(result, (tuple, list)):
        return any(_holds_objects(part) for part in result)
    return isinstance(result, np.ndarray) and result.dtype.hasobject


def is_object_type(value: Any) -> bool:
    """Whether NumPy could take `value` for a dtype that holds objects, or call it."""
    if isinstance(value, type):
        return not issubclass(value, (np.generic, int, float, complex, str, bytes)) or issubclass(value, np.object_)
    if isinstance(value, np.dtype):
        return value.hasobject
    if isinstance(value, str):
        return value.lstrip("<>=|") in ("O", "object", "object_", "O8")
    return callable(value) and not isinstance(value, np.ndarray) and not hasattr(type(value), "__array__")


def _wrap(name: str, function: Callable[..., Any]) -> Builtin:
    return Builtin(name, checked(function), getattr(function, "__text_signature__", None), function.__doc__)


def make(environment: Environment) -> Namespace:
    """The namespace for one program; only its random state is its own."""
    nested = {
        "linalg": lambda: _nested("numpy.linalg", np.linalg, LINEAR_ALGEBRA),
        "fft": lambda: _nested("numpy.fft", np.fft, FOURIER),
        "random": lambda: _random(),
    }

    def resolve(name: str) -> Any:
        if name in nested:
            return nested[name]()
        if name in functions:
            return _wrap(f"numpy.{name}", getattr(np, name))
        if name == "set_printoptions":
            return Builtin("numpy.set_printoptions", set_printoptions, doc=np.set_printoptions.__doc__)
        return getattr(np, name)

    functions = frozenset(FUNCTIONS)
    return Namespace("numpy", (*FUNCTIONS, *CONSTANTS, *SCALARS, *KINDS, *TYPES, "set_printoptions", *nested), resolve)


def _nested(name: str, module: Any, names: tuple[str, ...]) -> Namespace:
    present = [part for part in names if hasattr(module, part)]
    space = Namespace(name, [*present, *(["LinAlgError"] if module is np.linalg else [])], lambda part: part)
    space.resolve = lambda part: (
        np.linalg.LinAlgError if part == "LinAlgError" else _wrap(f"{name}.{part}", getattr(module, part))
    )
    return space


def _random() -> Namespace:
    state = np.random.RandomState()

    def default_rng(seed: Any = None) -> np.random.Generator:
        """A generator of NumPy's newer kind."""
        return np.random.default_rng(seed)

    def resolve(name: str) -> Any:
        if name == "default_rng":
            return Builtin("numpy.random.default_rng", default_rng, "(seed=None)", default_rng.__doc__)
        return _wrap(f"numpy.random.{name}", getattr(state, name))

    return Namespace("numpy.random", [name for name in RANDOM if hasattr(state, name)] + ["default_rng"], resolve)


def set_printoptions(
    precision: Any = None,
    threshold: Any = None,
    edgeitems: Any = None,
    linewidth: Any = None,
    suppress: Any = None,
    nanstr: Any = None,
    infstr: Any = None,
    sign: Any = None,
    floatmode: Any = None,
) -> None:
    np.set_printoptions(
        precision, threshold, edgeitems, linewidth, suppress, nanstr, infstr, sign=sign, floatmode=floatmode
    )


def _cast(name: str) -> Callable[[Any], Builtin]:
    """`astype` and `view`, with their result checked."""
    return lambda array: Builtin(name, checked(getattr(array, name)), doc=getattr(np.ndarray, name).__doc__)


def _draw(name: str) -> Callable[[Any], Builtin]:
    return lambda generator: _wrap(name, getattr(generator, name))


def _base(array: np.ndarray) -> np.ndarray | None:
    return array.base if isinstance(array.base, np.ndarray) else None


def _set_flat(array: np.ndarray, values: Any) -> None:
    array.flat = values  # type: ignore[misc]


_CASTS = {"astype": _cast("astype"), "view": _cast("view")}
register(
    np.ndarray,
    ARRAY,
    getters={**_CASTS, "base": _base},
    assign=("real", "imag", "shape"),
    setters={"flat": _set_flat},
)
register(np.generic, SCALAR, getters=_CASTS)
register(np.dtype, DTYPE, constructor=checked(np.dtype))
register(np.finfo, FINFO, constructor=checked(np.finfo))
register(np.iinfo, IINFO, constructor=checked(np.iinfo))
register(np.errstate, constructor=checked(np.errstate))
register(type(np.empty(0).flags), FLAGS)
register(type(np.empty(0).flat), ("copy", "index", "coords"))
register(np.random.Generator, getters={name: _draw(name) for name in GENERATOR if hasattr(np.random.Generator, name)})
for _name in SCALARS:
    register(getattr(np, _name), constructor=checked(getattr(np, _name)))
