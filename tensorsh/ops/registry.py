"""Declaring operators, and finding them.

An operator is declared once, with a decorator over its kernel and a PyTorch schema string:

    @op("mul(Tensor self, Tensor other) -> Tensor", dtype="promote", variants="function method inplace out")
    def mul(self, other, out=None):
        '''Multiplies, element by element. …'''
        return np.multiply(self, other, out)

    @mul.vjp("self")
    def _(grad, other): return grad * conj(other)

Four kinds: `op` (a kernel on arrays that returns new arrays), `view` (a kernel that returns windows on its input's array),
`composite` (tensor code that calls other operators, and needs no derivative), `write` (a kernel that writes to `self`'s array).
`unary` and `binary` are rows for families of simple ones. `backward` declares a gradient that PyTorch computes with an operator of its
own, so that it is one pass over the arrays and has PyTorch's name in the graph of a gradient:

    @backward("threshold_backward(Tensor grad_output, Tensor self, Scalar threshold=0) -> Tensor")
    def threshold_backward(grad_output, self, threshold): return np.where(self <= threshold, 0, grad_output)

    relu.vjp("self")(Call(threshold_backward, "grad result"))

Declaring is cheap: nothing is parsed or generated before an operator is used. Families (the modules of this package) are loaded
when one of their operators is used; `index.py` says which module declares which name.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from copy import copy
from importlib import import_module
from typing import Any, NamedTuple

from tensorsh.ops.schema import Parameter, Schema, parse
from tensorsh.runtime import dtype as dtype_module
from tensorsh.runtime import grad_mode
from tensorsh.runtime import tensor as tensor_module
from tensorsh.runtime.tensor import Tensor

# (namespace, name) -> its overloads, in PyTorch's order. The namespace is "" for torch itself, "nn.functional" …
OPERATORS: dict[tuple[str, str], list[Operator]] = {}

# Every generated wrapper there is, and who is told of each new one: `watching` and `unsigned` put kernels of their own into them.
WRAPPERS: list[Any] = []
BUILT: list[Callable[[Any], None]] = []

# What `factory` adds to a schema.
FACTORY_OPTIONS = (
    "ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, bool? requires_grad=False"
)

# Namespaces that are part of their operators' own names in PyTorch.
PREFIXED = frozenset({"linalg", "fft", "special"})

DIM_NAMES = frozenset({"dim", "dim0", "dim1", "dims"})


class Operator:
    """One overload: its schema, kernel and derivatives. What is derived from them is made on first use.

    `dtype` is the rule for operands and result: None (as the kernel gives), "promote" (operands to a common dtype, which is the
    result's), "float" (the same, integers to the default dtype), "compare" (operands to a common dtype, a bool result), "same"
    (operands must have one dtype, which is the result's; `mismatch` makes the error's text from the dtypes they have); for a
    view, "reinterpret" (the window's dtype is its own, as in `view_as_real`).
    `half` says that 2-byte floats are computed in float32 and rounded once; it follows from the dtype rule unless given. A kernel
    that must round on the way has a parameter `kind`, and gets the dtype in question.
    """

    def __init__(self, text: str, body: Callable[..., Any], kind: str, options: dict[str, Any]) -> None:
        self.text = text
        self.body = body
        self.kind = kind
        self.dtype: str | None = options.pop("dtype", None)
        self.half: bool = options.pop("half", self.dtype in ("promote", "float", "same"))
        self.mismatch: Callable[..., str] | None = options.pop("mismatch", None)
        self.variants: frozenset[str] = frozenset(options.pop("variants", "function method").split())
        self.namespace: str = options.pop("namespace", "")
        self.numbers: str = options.pop(
            "numbers", "other"
        )  # parameters in which a Python number may stand for a tensor
        self.differentiable: bool = options.pop("differentiable", self.dtype != "compare")
        self.wrap_dims: int | None = options.pop("wrap_dims", 0)  # how many more dimensions than self's `dim` may count
        # The grad_fn's name where it is not the operator's; or (name, name where an argument is given, that argument); or a
        # function from arguments (its parameters) to the name.
        self.node: str | tuple[str, str, str] | Callable[..., str] | None = options.pop("node", None)
        # The grad_fn's name where a derivative's formula gives a number for `other`. PyTorch's formulas call the overload for a
        # Scalar there; Python code has its numbers wrapped in tensors.
        self.node_in_formula: str | None = options.pop("node_in_formula", None)
        # Whether a composite is C++ in PyTorch, so that the numbers in it are named as in a formula.
        self.scalars: bool = options.pop("scalars", False)
        self.refuses: dict[int, str | Exception] = options.pop(
            "refuses", {}
        )  # kind of dtype -> PyTorch's kernel name, or error
        self.check: Callable[..., None] | None = options.pop(
            "check", None
        )  # raises if arguments (its parameters) do not fit
        self.alone: bool = options.pop("alone", False)  # whether the tensors may all be given as numbers: `torch.add(1, 2)`
        self.check_mixed: Callable[..., None] | None = options.pop(
            "check_mixed", None
        )  # the same, called if dtypes differ
        # Whether a Python number must fit the integers that it is computed with; else it wraps around.
        self.fits: bool = options.pop("fits", False)
        self.wraps: str = options.pop("wraps", "")  # a tensor for which a number may stand, which is made one
        self.apart: frozenset[str] = frozenset(options.pop("apart", "").split())  # tensors that keep out of promotion
        self.keeps_integers: str | None = options.pop(
            "keeps_integers", None
        )  # under "float": the argument that says so
        self.constant_outputs = frozenset(options.pop("constant_outputs", "").split())  # outputs that carry no gradient
        self.takes_arrays: bool = options.pop("takes_arrays", False)
        self.varargs_option: bool | None = options.pop("varargs", None)
        # The kernel of Python's operator, where the arguments that it does not give are trivial: `np.add` for `a + b`.
        self.plain: Callable[..., Any] | None = options.pop("plain", None)
        # Whether each element of the result depends on the elements of the operands at its place, and on no others.
        self.elementwise: bool = options.pop("elementwise", False)
        self.family: str = options.pop("family", None) or body.__module__
        if options:
            raise TypeError(f"unknown option {next(iter(options))!r} in the declaration of {text}")
        self.doc: str = body.__doc__ or ""
        self.formulas: dict[str, Callable[..., Any]] = {}
        self._schema: Schema | None = None
        self._made: dict[str, Any] = {}
        self.node_maker: Callable[..., Any] | None = None  # made when the operator is first recorded
        head = text[: text.index("(")]
        self.name = head.partition(".")[0]
        OPERATORS.setdefault((self.namespace, self.name), []).append(self)

    def vjp(self, inputs: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Declare the gradient of `inputs` (one name, or several with commas for a formula that returns a tuple).

        The formula's parameters say what it uses, and so what is saved: `grad`, inputs, `result` (or outputs by name), other
        arguments, `needs` (which of `inputs` need a gradient), `grads` or `arrived` (of several outputs). `NAME_shape`, `NAME_strides` (in
        bytes) and `NAME_dtype` save what describes an input (a list of it for a list of tensors) and leave the input itself free.
        """

        def declare(formula: Callable[..., Any]) -> Callable[..., Any]:
            self.formulas[inputs] = formula
            return formula

        return declare

    @property
    def schema(self) -> Schema:
        if self._schema is None:
            self._schema = parse(self.text)
        return self._schema

    @property
    def overload(self) -> str:
        return self.schema.overload

    @property
    def public_name(self) -> str:
        """PyTorch's own name, in messages, `grad_fn` and named results: `torch.linalg.svd` is `linalg_svd`."""
        return f"{self.namespace}_{self.name}" if self.namespace in PREFIXED else self.name

    @property
    def arguments(self) -> tuple[Parameter, ...]:
        """The parameters of the Python function: the schema's, and `out` where there is an `out=` form."""
        if "out" in self.variants:
            kind = "Tensor[]?" if len(self.schema.returns) > 1 else "Tensor?"
            return (*self.schema.parameters, Parameter(kind, "out", None, True))
        return self.schema.parameters

    def parameter(self, name: str) -> Parameter:
        return next(p for p in self.arguments if p.name == name)

    @property
    def takes_self(self) -> int:
        parameters = self.schema.parameters
        return int(bool(parameters) and parameters[0].name == "self")

    @property
    def varargs(self) -> bool:
        """Whether the sizes may be given as separate arguments: `x.view(2, 3)`. PyTorch's rule: they are the only ones."""
        if self.varargs_option is not None:
            return self.varargs_option
        positional = [p for p in self.schema.parameters if not p.keyword_only]
        return len(positional) == 1 + self.takes_self and positional[-1].type == "int[]"

    @property
    def gathered(self) -> str:
        """The parameter whose parts may be given as separate arguments: sizes or, where declared, tensors."""
        return next(p.name for p in self.schema.parameters if p.type.startswith("int[") or p.type == "Tensor[]")

    def takes_number(self, name: str) -> bool:
        return self.dtype not in (None, "same") and name in self.numbers.split() and self.parameter(name).is_tensor

    def saves(self, name: str) -> bool:
        """Whether any derivative uses the value called `name`."""
        return any(name in formula_names(formula) for formula in self.formulas.values())

    def made(self, form: str) -> Any:
        """A callable derived from this declaration: form `function`, `method`, `inplace`, `operator`."""
        found = self._made.get(form)
        if found is None:
            from tensorsh.ops.codegen import build

            found = self._made[form] = build(self, form)
        return found

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return (self._made.get("function") or self.made("function"))(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<operator {self.text}>"


class Call(NamedTuple):
    """A formula that calls an operator with what `asked` names, in order: an argument, `result` or `grad`."""

    operator: Operator
    asked: str

    def __call__(self, *args: Any) -> Any:
        return self.operator(*args)


def formula_names(formula: Callable[..., Any]) -> tuple[str, ...]:
    """The parameter names of a formula."""
    if type(formula) is Call:
        return tuple(formula.asked.split())
    code = formula.__code__
    return code.co_varnames[: code.co_argcount]


def _declarer(kind: str) -> Callable[..., Callable[[Callable[..., Any]], Operator]]:
    def declare(text: str, **options: Any) -> Callable[[Callable[..., Any]], Operator]:
        return lambda body: Operator(text, body, kind, options)

    return declare


op = _declarer("op")
view = _declarer("view")
composite = _declarer("composite")
write = _declarer("write")


def backward(text: str, **options: Any) -> Callable[[Callable[..., Any]], Operator]:
    """The gradient of an operator's input as an operator, which scripts do not see.

    It is linear in its first argument, the gradient that arrives: its derivative by that is itself, unless another is declared.
    """

    def declare(body: Callable[..., Any]) -> Operator:
        made = Operator(text, body, "op", {"variants": "", "half": True, **options})
        gradient, *others = formula_names(body)
        made.vjp(gradient)(Call(made, " ".join(["grad", *others])))
        return made

    return declare


def factory(text: str, **options: Any) -> Callable[[Callable[..., Any]], Operator]:
    """A tensor from nothing, or (with a `self`) like another one. The kernel gets the schema's arguments and `dtype` (None if it
    may choose), and returns an array; `dtype`, `device`, `layout`, `pin_memory` and `requires_grad` are added to the schema.
    """
    head, arrow, returns = text.partition(" -> ")
    star = "" if "*," in head else "*, "
    options.setdefault("variants", "function")
    full = f"{head[:-1]}{'' if head.endswith('()') else ', '}{star}{FACTORY_OPTIONS}){arrow}{returns}"
    return lambda body: Operator(full, body, "factory", {"differentiable": False, **options})


def unary(
    name: str, kernel: Callable[..., Any], vjp: Callable[..., Any] | None = None, *, doc: str = "", dtype: str = "float",
    variants: str = "function method inplace out", **options: Any,
) -> Operator:  # fmt: skip
    """A row for an operator on one tensor: its kernel, and its derivative's formula."""
    return _row(
        f"{name}(Tensor self) -> Tensor",
        kernel,
        {"self": vjp},
        doc,
        {"dtype": dtype, "variants": variants, "elementwise": True, **options},
    )


def binary(
    name: str, kernel: Callable[..., Any], vjp: tuple[Callable[..., Any], Callable[..., Any]] | None = None, *,
    doc: str = "", dtype: str = "promote", variants: str = "function method inplace out", **options: Any,
) -> Operator:  # fmt: skip
    """A row for an operator on two tensors."""
    formulas = {"self": None, "other": None} if vjp is None else {"self": vjp[0], "other": vjp[1]}
    return _row(
        f"{name}(Tensor self, Tensor other) -> Tensor",
        kernel,
        formulas,
        doc,
        {"dtype": dtype, "variants": variants, "elementwise": True, **options},
    )


def alias(
    name: str, target: str, *, namespace: str = "", target_namespace: str = "", variants: str | None = None
) -> None:
    """Another name for an operator that the same family declares: `multiply` for `mul`."""
    from tensorsh.ops.engine import camel

    for own in list(OPERATORS[target_namespace, target]):
        made = copy(own)
        made.text = f"{name}{own.text[len(target) :]}"
        made.name, made.namespace = name, namespace
        made.family = sys._getframe(1).f_globals["__name__"]
        if variants is not None:
            made.variants = frozenset(variants.split())
        made.node = own.node or f"{camel(own.public_name.lstrip('_'))}Backward0"
        made._schema, made._made, made.node_maker = None, {}, None
        OPERATORS.setdefault((namespace, name), []).append(made)


def _row(
    text: str, kernel: Callable[..., Any], formulas: dict[str, Any], doc: str, options: dict[str, Any]
) -> Operator:
    # A ufunc does not know which of our modules declares it.
    made = Operator(text, kernel, "op", {"family": sys._getframe(2).f_globals["__name__"], **options})
    made.doc = doc
    made.formulas = {name: formula for name, formula in formulas.items() if formula is not None}
    return made


# --- finding ------------------------------------------------------------------------------------------------------------


def overloads(name: str, namespace: str = "") -> list[Operator]:
    """The overloads of a name, their family loaded; empty if there is no such operator."""
    found = OPERATORS.get((namespace, name))
    if found is None:
        from tensorsh.ops.index import FAMILIES

        entry = FAMILIES.get(f"{namespace}.{name}" if namespace else name)
        if entry is None:
            return []
        import_module(f"tensorsh.ops.{entry.partition(' ')[0]}")
        found = OPERATORS.get((namespace, name), [])
    return found


# The in-place forms that PyTorch has as functions too, `torch.exp_(x)`; the others are methods alone.
IN_PLACE_FUNCTIONS = frozenset("""
    abs_ acos_ acosh_ addmv_ alpha_dropout_ arccos_ arccosh_ arcsin_ arcsinh_ arctan_ arctanh_ asin_ asinh_ atan_
    atanh_ ceil_ celu_ clamp_ clamp_max_ clamp_min_ clip_ cos_ cosh_ deg2rad_ detach_ dropout_ embedding_renorm_
    erf_ erfc_ exp2_ exp_ expm1_ feature_alpha_dropout_ feature_dropout_ fix_ floor_ frac_ gcd_ i0_ index_put_
    lcm_ ldexp_ log10_ log1p_ log2_ log_ logit_ nan_to_num_ neg_ negative_ rad2deg_ reciprocal_ relu_ round_
    rsqrt_ selu_ sigmoid_ sin_ sinc_ sinh_ sqrt_ square_ tan_ tanh_ threshold_ trunc_ xlogy_ zero_
""".split())


def function(name: str, namespace: str = "") -> Any:
    """The public function of this name, or None. `relu_` is the in-place form of `relu`."""
    found = [o for o in overloads(name, namespace) if "function" in o.variants]
    if found:
        return _callable(found, "function")
    if name in IN_PLACE_FUNCTIONS and not namespace:
        found = [o for o in overloads(name[:-1]) if {"inplace", "function"} <= o.variants]
        if found:
            return _in_place_function(found)
    return None


def _in_place_function(found: list[Operator]) -> Any:
    """The in-place form as a function; a method's first argument is known to be a tensor, and this one's is not."""
    method = _callable(found, "inplace")

    def call(*args: Any, **kwargs: Any) -> Any:
        if args and type(args[0]) is Tensor:
            return method(*args, **kwargs)
        if not args and type(kwargs.get("input")) is Tensor:
            return method(kwargs.pop("input"), **kwargs)
        from tensorsh.ops.arguments import misfit

        raise misfit(found[0], "function in place", args, kwargs)

    call.__name__ = call.__qualname__ = method.__name__
    call.__module__, call.__doc__ = "torch", method.__doc__
    call.operator = found[0]  # type: ignore[attr-defined]
    return call


def method(name: str) -> Any:
    """The method of this name, or None. `add_` is the in-place form of `add`."""
    found = [o for o in overloads(name) if "method" in o.variants]
    if found:
        return _callable(found, "method")
    if name.endswith("_") and not name.endswith("__"):
        found = [o for o in overloads(name[:-1]) if "inplace" in o.variants]
        if found:
            return _callable(found, "inplace")
    return None


def _callable(found: list[Operator], form: str) -> Any:
    if len(found) == 1:
        return found[0].made(form)
    from tensorsh.ops.codegen.overloads import overloaded

    return overloaded(found, form)


def index_names(variant: str, namespace: str = "") -> list[str]:
    """Every public name with a variant (`function` or `method`), from the index: nothing is loaded."""
    from tensorsh.ops.index import FAMILIES

    found = []
    mark = variant[0]
    for path, entry in FAMILIES.items():
        space, _, name = path.rpartition(".")
        marks = entry.partition(" ")[2]
        if space == namespace and mark in marks:
            found.append(name)
            in_place = f"{name}_"
            if "i" in marks and (variant == "method" or (in_place in IN_PLACE_FUNCTIONS and not namespace)):
                found.append(in_place)
    return found


def load_all() -> None:
    """Load every family."""
    from tensorsh.ops.index import FAMILIES

    for family in sorted({entry.partition(" ")[0] for entry in FAMILIES.values()}):
        import_module(f"tensorsh.ops.{family}")


class _Deferred:
    """A method that has not been asked for yet. A `__getattr__` of Tensor would do the same, and slow every attribute down."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, tensor: Tensor | None, owner: type[Tensor]) -> Any:
        setattr(Tensor, self.name, method(self.name))
        return getattr(owner if tensor is None else tensor, self.name)


def _install_methods() -> None:
    for name in index_names("method"):
        if name not in Tensor.__dict__:
            setattr(Tensor, name, _Deferred(name))


_install_methods()

# Python's operators: special method -> (operator, whether the operands are swapped).
SPECIAL_METHODS = {
    "__add__": "add", "__sub__": "sub", "__mul__": "mul", "__truediv__": "true_divide", "__floordiv__": "floor_divide",
    "__mod__": "remainder", "__pow__": "pow", "__matmul__": "matmul", "__and__": "bitwise_and", "__or__": "bitwise_or",
    "__xor__": "bitwise_xor", "__lshift__": "bitwise_left_shift", "__rshift__": "bitwise_right_shift",
    "__eq__": "eq", "__ne__": "ne", "__lt__": "lt", "__le__": "le", "__gt__": "gt", "__ge__": "ge",
    "__neg__": "neg", "__invert__": "_invert", "__abs__": "abs", "__pos__": "positive",
}  # fmt: skip

# Commutative ones swap nothing; the others name the operator that takes the operands in the written order.
REFLECTED_METHODS = {
    "__radd__": "add", "__rmul__": "mul", "__rand__": "bitwise_and", "__ror__": "bitwise_or", "__rxor__": "bitwise_xor",
    "__rsub__": "rsub", "__rtruediv__": "_rdiv", "__rdiv__": "_rdiv", "__rfloordiv__": "_rfloor_divide", "__rmod__": "_rremainder",
    "__rpow__": "_rpow", "__rmatmul__": "_rmatmul", "__rlshift__": "_rlshift", "__rrshift__": "_rrshift",
}  # fmt: skip

INPLACE_METHODS = {
    "__iadd__": "add", "__isub__": "sub", "__imul__": "mul", "__itruediv__": "div", "__ifloordiv__": "floor_divide",
    "__imod__": "remainder", "__ipow__": "pow", "__iand__": "bitwise_and", "__ior__": "bitwise_or",
    "__ixor__": "bitwise_xor", "__ilshift__": "bitwise_left_shift", "__irshift__": "bitwise_right_shift",
}  # fmt: skip


def _install(special: str, name: str, form: str) -> None:
    """A stand-in that makes the real special method when it is first needed, and then is gone."""

    def stand_in(self: Tensor, *args: Any) -> Any:
        from tensorsh.ops.codegen.overloads import special_method

        real = special_method(overloads(name), form, special)
        setattr(Tensor, special, real)
        return real(self, *args)

    stand_in.__name__ = special
    setattr(Tensor, special, stand_in)


for _table, _form in ((SPECIAL_METHODS, "operator"), (REFLECTED_METHODS, "operator"), (INPLACE_METHODS, "inplace")):
    for _special, _name in _table.items():
        _install(_special, _name, _form)


def _inference(change: str) -> Callable[[], None]:
    def run() -> None:
        getattr(import_module("tensorsh.ops.inference"), change)()

    return run


def _view_edge(window: Tensor) -> Any:
    return import_module("tensorsh.ops.strided").view_edge(window)


def _met_unsigned() -> None:
    import_module("tensorsh.ops.unsigned").install()


dtype_module.met_unsigned = _met_unsigned
tensor_module.view_edge = _view_edge
grad_mode.mark = (_inference("enter"), _inference("leave"))
