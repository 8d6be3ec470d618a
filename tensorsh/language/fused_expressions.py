"""The lines of hot expressions (`fused_code`). A function that gives None leaves the node to its closure, and has written nothing."""

from __future__ import annotations

from typing import Any

from tensorsh.language import attributes, column_meets_row, limits, nodes
from tensorsh.language.attributes import HOST_CALLABLES
from tensorsh.language.calling import call_0, call_1, call_2, call_3, call_value
from tensorsh.language.compile_calls import blame_call
from tensorsh.language.compile_operators import BINARY, COMPARE, COMPARE_NESTED, LONG_CHAIN, SMALL, constant_of, fold
from tensorsh.language.context import MISSING, blame_if_new
from tensorsh.language.functions import Builtin
from tensorsh.language.fused_code import NAMES, Roles, Writer, writes
from tensorsh.language.namespace import Namespace

LONG = 20  # elements of a display or arguments of a call
CALLS = ("call_0", "call_1", "call_2", "call_3")
# What compares values that hold values, by the sign.
NESTED_ORDER = {"==": "equal", "!=": "unequal", "<": "less", "<=": "at_most", ">": "greater", ">=": "at_least"}
NESTED_SEARCH = {"in": "contains", "not in": "lacks"}
COMPARISONS = {**NESTED_ORDER, **NESTED_SEARCH}
NAMES.update({name: COMPARE_NESTED[sign] for sign, name in COMPARISONS.items()})
NAMES.update({"call_0": call_0, "call_1": call_1, "call_2": call_2, "call_3": call_3, "call_value": call_value})

# Whether a value is of a type that the host compares and hashes at once, whatever it holds (`nesting`).
PLAIN = "(type({0}) is int or type({0}) not in NESTED)"

# What an operation on the texts `a` and `b` is; those of `limits` only where they have something to do.
NEAR = f"{-limits.MAX_BITS} < {{a}} < {limits.MAX_BITS}"
SAFE_PRODUCT = f"type({{a}}) is float or type({{a}}) is int is type({{b}}) and {NEAR}"
A_IS_PLAIN = PLAIN.format("{a}")
OPERATIONS: dict[str, str] = {
    **{sign: f"{{a}} {sign} {{b}}" for sign in (*BINARY, *COMPARE)},
    **{sign: f"{{a}} {sign} {{b}} if {A_IS_PLAIN} else {name}({{a}}, {{b}})" for sign, name in NESTED_ORDER.items()},
    **{
        sign: f"{{a}} {sign} {{b}} if {A_IS_PLAIN} and type({{b}}) is not range else {name}({{a}}, {{b}})"
        for sign, name in NESTED_SEARCH.items()
    },
    "*": f"{{a}} * {{b}} if {SAFE_PRODUCT} else multiply({{a}}, {{b}})",
    "%": "{a} % {b} if type({a}) is int or type({a}) is float else modulo({a}, {b})",
    "**": "power({a}, {b})",
    "<<": "shift_left({a}, {b})",
}


def place_of(writer: Writer, identifier: str) -> str:
    """Where a variable lives: a slot of the frame, a cell in it, or the globals."""
    scope = writer.context.scope
    variable = scope.find(identifier)
    if variable is None:
        return f"values[{identifier!r}]"
    slot = f"frame[{scope.slot(variable)}]"
    return f"{slot}.value" if variable.captured else slot


def stored(writer: Writer, identifier: str) -> None:
    """Note that a variable has a value from here on."""
    variable = writer.context.scope.find(identifier)
    if variable is not None and not variable.deleted and not variable.captured:
        writer.bound.add(variable)


@writes(nodes.Constant)
def constant(writer: Writer, node: nodes.Constant, at: int) -> str:
    return writer.constant(node.value)


@writes(nodes.Name)
def name(writer: Writer, node: nodes.Name, at: int) -> str:
    variable = writer.context.scope.find(node.id)
    place = place_of(writer, node.id)
    if variable is None:
        environment = writer.context.environment
        builtin = environment.builtins.get(node.id, MISSING)
        if builtin is not MISSING:
            otherwise = writer.named("k", builtin)
        else:
            otherwise = f"{writer.named('c', writer.context.expression(node))}(frame)"
        writer.line(f"{writer.on_stack(at)} = {place} if {node.id!r} in values else {otherwise}")
        return f"t{at}"
    if variable.captured or variable.rebound:
        # What is computed from here on may change it.
        writer.line(f"{writer.on_stack(at)} = {place}")
        place = f"t{at}"
    if variable not in writer.bound and (variable.captured or variable.deleted or not variable.parameter):
        writer.line(f"if {place} is UNBOUND: {writer.named('c', writer.context.expression(node))}(frame)")  # which raises
    return place


# Operators


@writes(nodes.BinOp)
def binary(writer: Writer, node: nodes.BinOp, at: int) -> str | None:
    folded = fold(node)
    if folded is not MISSING:
        return writer.constant(folded)
    length, first = 0, node.left
    while isinstance(first, nodes.BinOp):
        length, first = length + 1, first.left
    return None if length > LONG_CHAIN else operation(writer, node, node.left, node.op, node.right, at)


@writes(nodes.Compare)
def compare(writer: Writer, node: nodes.Compare, at: int) -> str | None:
    return None if len(node.ops) > 1 else operation(writer, node, node.left, node.ops[0], node.comparators[0], at)


def operation(writer: Writer, node: nodes.expr, left: nodes.expr, sign: str, right: nodes.expr, at: int) -> str:
    roles = writer.enter(node)
    fixed = constant_of(right)
    if fixed is not MISSING:
        roles["right"] = writer.value(right, at)
    read = writer.kept if sign == "*" and fixed is MISSING else writer.value  # whose text names its operands more than once
    a = roles["left"] = read(left, at)
    b = roles["right"] = read(right, at + (a == f"t{at}"))
    if sign == "*" and type(fixed) in (int, float) and abs(fixed) < SMALL and type(constant_of(left)) not in (str, bytes):
        text = f"{a} * {b}"
    elif sign in COMPARISONS and fixed is not MISSING and type(fixed) is not range:
        text = f"{a} {sign} {b}"
    else:
        text = OPERATIONS[sign].format(a=a, b=b)
    if fixed is MISSING and sign not in ("in", "not in", "is", "is not") and column_meets_row.wanted(writer.context, node):
        settled = writer.named("settled", False)
        plain = BINARY[sign] if sign in BINARY else COMPARE_NESTED[sign]

        def settle() -> None:
            writer.names[settled] = True

        watch = writer.named("w", column_meets_row.watched(writer.context, node, left, right, plain, settle))
        text = f"({text}) if {settled} else {watch}({a}, {b})"
    writer.line(f"{writer.on_stack(at)} = {text}")
    writer.leave()
    return f"t{at}"


@writes(nodes.UnaryOp)
def unary(writer: Writer, node: nodes.UnaryOp, at: int) -> str:
    folded = constant_of(node)
    if folded is not MISSING:
        return writer.constant(folded)
    roles = writer.enter(node)
    a = roles["operand"] = writer.value(node.operand, at)
    writer.line(f"{writer.on_stack(at)} = {node.op} {a}")
    writer.leave()
    return f"t{at}"


def condition(writer: Writer, node: nodes.expr, at: int, word: str = "if") -> None:
    """Write the head of an `if` that tests `node`."""
    text = writer.value(node, at)
    writer.enter(node)["value"] = text
    writer.line(f"{word} {text}:")
    writer.leave()


@writes(nodes.BoolOp)
def boolean(writer: Writer, node: nodes.BoolOp, at: int) -> str | None:
    if len(node.values) > 3 or writer.indent > 40:
        return None
    word = "if" if node.op == "and" else "if not"
    before = set(writer.bound)
    writer.kept(node.values[0], at)
    for earlier, part in zip(node.values, node.values[1:], strict=False):
        writer.enter(earlier)["value"] = f"t{at}"
        writer.line(f"{word} t{at}:")
        writer.leave()
        writer.indent += 1
        writer.kept(part, at)
    writer.indent -= len(node.values) - 1
    writer.bound = before
    return f"t{at}"


@writes(nodes.IfExp)
def conditional(writer: Writer, node: nodes.IfExp, at: int) -> str | None:
    if writer.indent > 40:
        return None
    condition(writer, node.test, at)
    for part, head in ((node.body, None), (node.orelse, "else:")):
        if head is not None:
            writer.line(head)
        writer.indent += 1
        writer.line(f"{writer.on_stack(at)} = {writer.value(part, at)}")
        writer.indent -= 1
    return f"t{at}"


# Attributes, subscripts and calls


@writes(nodes.Attribute)
def attribute(writer: Writer, node: nodes.Attribute, at: int) -> str | None:
    if not is_plain_name(node.attr):
        return None
    roles = writer.enter(node)
    a = roles["value"] = writer.kept(node.value, at)
    known, find = finder(writer, node.attr)
    writer.line(f"{a} = {a}.{node.attr} if type({a}) is {known} else {find}({a})")
    writer.leave()
    return a


def is_plain_name(identifier: str) -> bool:
    """Whether the host reads an attribute by the name that it has in the source."""
    return identifier.isascii() and identifier.isidentifier()


def finder(writer: Writer, wanted: str, kinds: frozenset[type] | None = None) -> tuple[str, str]:
    """Names for the type for which the host's own attribute is right, as far as that is known, and for the lookup that finds it out.
    With `kinds`, the attribute must also be of one of these types."""
    known, names = writer.named("kind", None), writer.names

    def find(value: Any) -> Any:
        if type(value) is Namespace and wanted in value.values:
            return value.values[wanted]
        result = attributes.lookup(value, wanted)
        if attributes.is_plain(type(value), wanted) and (kinds is None or type(result) in kinds):
            names[known] = type(value)
        return result

    return known, writer.named("find", find)


@writes(nodes.Subscript)
def subscript(writer: Writer, node: nodes.Subscript, at: int) -> str:
    roles = writer.enter(node)
    if constant_of(node.slice) is not MISSING:
        roles["index"] = writer.value(node.slice, at)
    a = roles["value"] = writer.value(node.value, at)
    i = roles["index"] = writer.value(node.slice, at + (a == f"t{at}"))
    writer.line(f"{writer.on_stack(at)} = {item(a, i, node.slice)}")
    writer.leave()
    return f"t{at}"


def item(owner: str, index: str, node: nodes.expr) -> str:
    """The text that gives an item; `node` is the index."""
    text = f"{owner}[{index}]"
    return text if isinstance(node, nodes.Constant) else f"{text} if {PLAIN.format(index)} else get_item({owner}, {index})"


@writes(nodes.Slice)
def slice_(writer: Writer, node: nodes.Slice, at: int) -> str:
    parts = []
    for number, part in enumerate((node.lower, node.upper, node.step)):
        parts.append("None" if part is None else writer.value(part, at + number))
    writer.line(f"{writer.on_stack(at)} = slice({', '.join(parts)})")
    return f"t{at}"


@writes(nodes.Call)
def call(writer: Writer, node: nodes.Call, at: int) -> str | None:
    names = [str(pair.arg) for pair in node.keywords if pair.arg is not None and is_plain_name(pair.arg)]
    spreads = len(names) < len(node.keywords) or any(isinstance(argument, nodes.Starred) for argument in node.args)
    if spreads or len(node.args) > LONG:
        return None
    roles = writer.enter(node, tell_call)
    method = node.func.attr if isinstance(node.func, nodes.Attribute) and is_plain_name(node.func.attr) else None
    if isinstance(node.func, nodes.Attribute) and method is not None:
        f, above = receiver(writer, node.func, at, roles), at + 2
    else:
        f = roles["func"] = writer.value(node.func, at)
        above = at + (f == f"t{at}")
    args: list[str] = []
    keywords: dict[str, str] = {}
    roles["args"] = args
    if names:
        roles["keywords"] = keywords
    for argument in node.args:
        args.append(writer.value(argument, above))
        above += args[-1] == f"t{above}"
    for name, pair in zip(names, node.keywords, strict=True):
        keywords[name] = writer.value(pair.value, above)
        above += keywords[name] == f"t{above}"
    given = ", ".join([*args, *[f"{name}={value}" for name, value in keywords.items()]])
    # What the host may hash or print is measured first, by the functions that call any value.
    open_ended = bool(args) and constant_of(node.args[0]) is MISSING
    callee = f"(t{at}.{method} if {f} is UNBOUND else {f})" if method is not None and open_ended else f
    if keywords or len(args) >= len(CALLS):
        pairs = ", ".join([f"{name!r}: {value}" for name, value in keywords.items()])
        text = f"call_value({callee}, [{', '.join(args)}], {{{pairs}}})"
    else:
        text = f"{CALLS[len(args)]}({', '.join([callee, *args])})"
    if method is not None:
        text = f"t{at}.{method}({given}) if {f} is UNBOUND{f' and {PLAIN.format(args[0])}' if open_ended else ''} else {text}"
    elif isinstance(node.func, nodes.Name) and writer.context.scope.find(node.func.id) is None:
        builtin = writer.context.environment.builtins.get(node.func.id)
        if type(builtin) is Builtin or isinstance(builtin, type):
            host = builtin.function if type(builtin) is Builtin else attributes.callable_of(builtin)
            printed = f" and type({args[0]}) not in PRINTED" if builtin is str and open_ended else ""
            text = f"{writer.named('host', host)}({given}) if {f} is {writer.named('k', builtin)}{printed} else {text}"
    writer.line(f"{writer.on_stack(at)} = {text}")
    writer.leave()
    return f"t{at}"


def receiver(writer: Writer, node: nodes.Attribute, at: int, call: Roles) -> str:
    """Write what finds the method that a call names. A method of the host's is only made by the call itself: the text that is returned is
    `UNBOUND` then, and the value stands below it."""
    roles = writer.enter(node)
    a = roles["value"] = writer.kept(node.value, at)
    known, find = finder(writer, node.attr, HOST_CALLABLES)
    f = writer.on_stack(at + 1)
    writer.line(f"{f} = UNBOUND if type({a}) is {known} else {find}({a})")
    writer.leave()
    call["func"] = f"{a}.{node.attr} if {f} is UNBOUND else {f}"
    return f


def tell_call(error: BaseException, node: nodes.Node, values: dict[str, Any]) -> None:
    assert isinstance(error, Exception)
    blame_call(error, node, values.get("func", MISSING), values.get("args", []), values.get("keywords"))


# Displays, comprehensions and f-strings


@writes(nodes.List, nodes.Tuple)
def display(writer: Writer, node: nodes.List | nodes.Tuple, at: int) -> str | None:
    if len(node.elts) > LONG or any(isinstance(element, nodes.Starred) for element in node.elts):
        return None
    if isinstance(node, nodes.Tuple) and constant_of(node) is not MISSING:
        return writer.constant(constant_of(node))
    texts, above = [], at
    for element in node.elts:
        texts.append(writer.value(element, above))
        above += texts[-1] == f"t{above}"
    inside = ", ".join(texts)
    comma = "," if len(texts) == 1 else ""
    writer.line(f"{writer.on_stack(at)} = " + (f"[{inside}]" if isinstance(node, nodes.List) else f"({inside}{comma})"))
    return f"t{at}"


@writes(nodes.ListComp)
def list_comprehension(writer: Writer, node: nodes.ListComp, at: int) -> str | None:
    scope = writer.context.symbols.of(node)
    generator = node.generators[0]
    if len(node.generators) > 1 or not isinstance(generator.target, nodes.Name) or writer.indent > 12:
        return None
    if any(variable.captured for variable in scope.variables.values()):
        return None
    writer.enter(generator.iter, tell_if_new)
    iterable = writer.value(generator.iter, at)
    writer.line(f"{writer.on_stack(at + 1)} = walk({iterable}, {writer.named('n', generator)})")
    writer.line(f"{writer.on_stack(at)} = []")
    collect(writer, node, at, f"t{at + 1}")
    writer.leave()
    return f"t{at}"


def collect(writer: Writer, node: nodes.ListComp, at: int, iterator: str) -> None:
    """Write the loop that appends to the list `t{at}`."""
    generator = node.generators[0]
    outer, bound = writer.context, set(writer.bound)
    writer.context = outer.inside(outer.symbols.of(node))
    assert isinstance(generator.target, nodes.Name)
    slot = place_of(writer, generator.target.id)
    writer.line(f"for {slot} in {iterator}:")
    stored(writer, generator.target.id)
    writer.indent += 1
    levels = writer.indent
    for test in generator.ifs:
        condition(writer, test, at + 2)
        writer.indent += 1
    writer.line(f"t{at}.append({writer.value(node.elt, at + 2)})")
    writer.indent = levels - 1
    writer.line(f"{slot} = UNBOUND")
    writer.context, writer.bound = outer, bound


def tell_if_new(error: BaseException, node: nodes.Node, values: dict[str, Any]) -> None:
    blame_if_new(error, node)


@writes(nodes.JoinedStr)
def joined(writer: Writer, node: nodes.JoinedStr, at: int) -> str | None:
    specs = []
    for part in node.values:
        if isinstance(part, nodes.FormattedValue):
            spec = "" if part.format_spec is None else literal(part.format_spec)
            if spec is None or len(spec) > 7 or part.conversion != -1:
                return None
            specs.append(spec)
    if not specs or len(node.values) > LONG:
        return None
    texts, above = [], at
    for part in node.values:
        if not isinstance(part, nodes.FormattedValue):
            texts.append(writer.value(part, above))
            continue
        roles = writer.enter(part)
        a = roles["value"] = writer.value(part.value, above)
        given = f"({a}, {specs.pop(0)!r})"
        writer.line(f"{writer.on_stack(above)} = format{given} if type({a}) not in PRINTED else format_value{given}")
        writer.leave()
        texts.append(f"t{above}")
        above += 1
    inside = ", ".join(texts)
    writer.line(f"{writer.on_stack(at)} = ''.join([{inside}])")
    return f"t{at}"


def literal(spec: nodes.JoinedStr) -> str | None:
    """A format specification that is plain text; None for one with fields in it."""
    if all(isinstance(part, nodes.Constant) for part in spec.values):
        return "".join(part.value for part in spec.values if isinstance(part, nodes.Constant))
    return None
