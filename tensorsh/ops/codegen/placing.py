"""The head of every wrapper: arguments placed, their types checked, negative dims counted from the end."""

from __future__ import annotations

from tensorsh.ops import arguments
from tensorsh.ops.codegen.writer import Writer
from tensorsh.ops.registry import DIM_NAMES, Operator
from tensorsh.ops.schema import REQUIRED, Parameter


def forms_out(op: Operator, form: str) -> bool:
    """Whether a form of the operator takes `out=`."""
    return "out" in op.variants and form == "function"


def gathers(op: Operator, form: str) -> bool:
    """Whether separate arguments are put together: in `x.view(2, 3)` and `zeros(2, 3)`, but not in `torch.reshape(x, 2, 3)`."""
    return op.varargs and form != "inplace" and not (form == "function" and op.takes_self)


def write_header(write: Writer) -> None:
    op, form = write.op, write.form
    parameters = op.schema.parameters
    if form == "operator":
        write(f"def operator({', '.join(p.name for p in parameters[:2])}):", 0)
        for parameter in parameters[2:]:
            write(f"{parameter.name} = {_default(write, parameter)}")
        return
    if gathers(op, form):
        _gather(write)
        return
    positional: list[str] = []
    keyword: list[str] = []
    for parameter in parameters:
        (keyword if parameter.keyword_only else positional).append(f"{parameter.name}={_default(write, parameter)}")
    if forms_out(op, form):
        keyword.append("out=None")
    write(f"def call({', '.join([*positional, '*_extra', *keyword, '**_unknown'])}):", 0)
    tests = ["_extra", "_unknown", *[f"{p.name} is REQUIRED" for p in parameters if p.default is REQUIRED]]
    given = [f"'{p.name}': {p.name}" for p in parameters]
    if forms_out(op, form):
        given.append("'out': out")
    write(f"if {' or '.join(tests)}:")
    write(f"_values = REBIND(OP, METHOD, {{{', '.join(given)}}}, _extra, _unknown)", 2)
    write("return call(**_values)", 2)


def _default(write: Writer, parameter: Parameter) -> str:
    """The name under which the generated text finds a parameter's default."""
    name = f"DEFAULT_{parameter.name}"
    write.names[name] = parameter.default
    return name


def _gather(write: Writer) -> None:
    """The head of a wrapper whose sizes (or tensors) may come as separate arguments."""
    op, form = write.op, write.form
    sizes = op.gathered
    others = [p for p in op.schema.parameters if p.name not in ("self", sizes)]
    keyword = [f"{parameter.name}={_default(write, parameter)}" for parameter in others]
    if forms_out(op, form):
        keyword.append("out=None")
    first = "self=REQUIRED, " if op.takes_self else ""
    write(f"def call({first}*{sizes}, {''.join(f'{k}, ' for k in keyword)}**_unknown):", 0)
    own = f"((self, *{sizes}) if self is not REQUIRED else ())" if op.takes_self else sizes
    absent = " or self is REQUIRED" if op.takes_self else ""
    item = "Tensor" if op.parameter(sizes).is_tensor_list else "int"
    write.names["FALLBACK"] = None
    write.names[f"TO_{sizes}"] = arguments.CONVERTERS[arguments.base_type(op.parameter(sizes).type)]
    empty = "" if op.parameter(sizes).is_tensor_list else f" or not {sizes}"
    write(f"_unusual = _unknown{empty}{absent}")
    write(f"for _item in {sizes}:")
    write(f"if type(_item) is not {item}: _unusual = True", 2)
    write(f"if _unusual and len({sizes}) == 1 and isinstance({sizes}[0], (tuple, list)) and not (_unknown{absent}):")
    write(f"for _item in {sizes}[0]:", 2)
    write(f"if type(_item) is not {item}: break", 3)
    write(f"else: {sizes}, _unusual = tuple({sizes}[0]), False", 2)
    write("if _unusual:")
    # Another overload may take what is not a size: `x.view(torch.int32)`.
    other_kind = f"type({sizes}[0]) is not {item} and not isinstance({sizes}[0], (tuple, list))"
    write(f"if FALLBACK is not None and (_unknown or not {sizes} or {other_kind}):", 2)
    write(f"return FALLBACK(*{own}, **_unknown)", 3)
    write(f"if _unknown{empty}{absent}:", 2)
    write(f"_values = BIND(OP, METHOD, {own}, _unknown)", 3)
    given = [f"'{p.name}': {p.name}" for p in others] + (["'out': out"] if forms_out(op, form) else [])
    write(f"_values = {{{', '.join(given)}{', ' if given else ''}**_values}}", 3)
    write(f"{sizes} = _values.pop('{sizes}')", 3)
    self_ = "_values.pop('self'), " if op.takes_self else ""
    write(f"return call({self_}{sizes}, **_values)", 3)
    write(f"if len({sizes}) == 1 and type({sizes}[0]) is not Tensor: {sizes} = {sizes}[0]", 2)
    write(f"{sizes} = TO_{sizes}({sizes}, OP, '{sizes}', {1 if form == 'method' or not op.takes_self else 2}, METHOD)", 2)


def _type_test(op: Operator, parameter: Parameter) -> str | None:
    """The condition under which an argument must be converted (or refused); None if its converter would change nothing."""
    name, base = parameter.name, arguments.base_type(parameter.type)
    optional = parameter.type.endswith("?") or parameter.default is None
    if base in ("any", "Device", "Layout"):
        return None
    if base == "Tensor":
        test = f"type({name}) is not Tensor" + (f" and type({name}) not in NUMBER_KIND" if op.takes_number(name) else "")
    elif base == "bool":
        test = f"{name} is not True and {name} is not False"
    elif base in ("int", "float", "str"):
        test = f"type({name}) is not {base}"
    elif base == "Scalar":
        test = f"type({name}) not in NUMBER_KIND"
    elif base == "ScalarType":
        test = f"(type({name}) is not dtype_type or {name}._array_dtype is None)"  # `to_dtype` makes ready what is met first
    else:
        return f"{name} is not None" if optional else "True"
    return f"{name} is not None and {test}" if optional else test


def write_checks(write: Writer) -> None:
    op, form = write.op, write.form
    method = form != "function"
    ndim = None  # the text that gives the number of dimensions of the first tensor, once there is one
    # Python's operators give only the operands; the rest are defaults.
    parameters = op.schema.parameters[:2] if form == "operator" else op.schema.parameters
    for index, parameter in enumerate(parameters):
        name, kind = parameter.name, parameter.type
        base = arguments.base_type(kind)
        position = 0 if parameter.keyword_only else index + (0 if method else 1)
        write.names[f"TO_{name}"] = arguments.converter(op, parameter)
        convert = f"{name} = TO_{name}({name}, OP, '{name}', {position}, METHOD)"
        optional = kind.endswith("?") or parameter.default is None
        wrapped = name in DIM_NAMES and op.wrap_dims is not None and ndim is not None
        # A lone dim, the most common case, is converted and wrapped in one step below.
        one_dim = wrapped and kind.rstrip("?") == "int[1]"
        # A method is called on a tensor, and `_gather` has checked what it put together.
        known = method and name == "self" or gathers(op, form) and name == op.gathered
        test = None if known else _type_test(op, parameter)
        if test is None:
            pass
        elif form == "operator" and name != "self":
            write(f"if {test}:")
            write(f"try: {convert}", 2)
            write("except TypeError: return NotImplemented", 2)
        elif one_dim:
            write(f"if {test} and type({name}) is not int: {convert}")
        elif base == "int[]" and not kind.startswith("int[]"):  # `int[2]`: a lone number stands for as many
            write(f"if type({name}) is int: {name} = ({name},) * {arguments.lone_count(kind)}")
            write(f"elif {test}: {convert}" if optional else f"else: {convert}")
        elif test == "True":
            write(convert)
        else:
            write(f"if {test}: {convert}")
        if base == "Tensor" and ndim is None and not optional:
            ndim = f"{name}._array.ndim"
        elif base == "Tensor[]" and ndim is None:
            ndim = f"({name}[0]._array.ndim if {name} else 0)"
        if wrapped:
            _wrap(write, parameter, base, f"{ndim} + {op.wrap_dims}" if op.wrap_dims else f"{ndim}", one_dim)


def _wrap(write: Writer, parameter: Parameter, base: str, ndim: str, one_dim: bool) -> None:
    """Dims that may be negative, counted from the front."""
    name = parameter.name
    guard = f"if {name} is not None: " if parameter.type.endswith("?") or parameter.default is None else ""
    if base == "int":
        guard = f"{name} is not None and " if guard else ""
        write(f"if {guard}not 0 <= {name} < {ndim}: {name} = WRAP({name}, {ndim})")
    elif one_dim:
        write(f"if type({name}) is int: {name} = (WRAP({name}, {ndim}),)")
        write(f"elif {name} is not None: {name} = WRAP_DIMS({name}, {ndim})")
    elif base == "int[]":
        write(f"{guard}{name} = WRAP_DIMS({name}, {ndim})")
