"""The lines of hot statements (`fused_code`), and the functions that a body, a loop or a comprehension becomes.

A function that gives False leaves the statement to its closure, and has written nothing.
"""

from __future__ import annotations

from tensorsh.language import nodes
from tensorsh.language.chained_writes import may_lose
from tensorsh.language.compile_operators import SMALL, constant_of
from tensorsh.language.compile_statements import in_place_call
from tensorsh.language.compile_targets import CHAINED, store
from tensorsh.language.context import Closure, Context
from tensorsh.language.fused_code import Writer, writes
from tensorsh.language.fused_expressions import (
    PLAIN,
    SAFE_PRODUCT,
    collect,
    condition,
    item,
    place_of,
    stored,
    tell_if_new,
)

LONG_LADDER = 6


def fuse_body(context: Context, body: tuple[nodes.stmt, ...]) -> Closure:
    """The body of a function: takes the frame, gives what the function returns."""
    writer = Writer(context, "frame", returns=True)
    for statement in body:
        writer.statement(statement)
    return writer.function()


def fuse_expression(context: Context, node: nodes.expr) -> Closure:
    """The expression of a lambda."""
    writer = Writer(context, "frame", returns=True)
    writer.line(f"return {writer.value(node, 0)}")
    return writer.function()


def fuse_for(context: Context, node: nodes.For) -> Closure:
    """The rest of a `for` loop: takes the frame and the iterator, gives None or a signal."""
    writer = Writer(context, "frame, iterator")
    loop(writer, node, "iterator")
    return writer.function()


def fuse_while(context: Context, node: nodes.While) -> Closure:
    writer = Writer(context, "frame")
    if not while_statement(writer, node):
        return context.statement(node)
    return writer.function()


def fuse_comprehension(context: Context, node: nodes.ListComp) -> Closure:
    """The rest of a list comprehension: takes the frame, the iterator and the list."""
    writer = Writer(context, "frame, iterator, t0")
    writer.enter(node.generators[0].iter, tell_if_new)
    collect(writer, node, 0, "iterator")
    writer.leave()
    return writer.function()


# Simple statements


@writes(nodes.Expr)
def expression_statement(writer: Writer, node: nodes.Expr) -> bool:
    if (writer.context.echoes and not node.hidden) or in_place_call(writer.context, node.value):
        return False
    writer.where(node)
    writer.value(node.value, 0)
    return True


@writes(nodes.Pass, nodes.Global, nodes.Nonlocal)
def nothing(writer: Writer, node: nodes.stmt) -> bool:
    writer.where(node)
    return True


@writes(nodes.Assign)
def assign(writer: Writer, node: nodes.Assign) -> bool:
    target = node.targets[0]
    if len(node.targets) > 1:
        return False
    writer.where(node)
    if isinstance(target, nodes.Name):
        writer.put(f"{place_of(writer, target.id)} =", node.value)
        stored(writer, target.id)
        return True
    value = writer.value(node.value, 0)
    if isinstance(target, nodes.Subscript) and not (isinstance(target.value, CHAINED) and may_lose(target.value)):
        above = int(value == "t0")
        roles = writer.enter(target)
        roles["assigned"] = value
        a = roles["value"] = writer.value(target.value, above)
        i = roles["index"] = writer.value(target.slice, above + (a == f"t{above}"))
        if isinstance(target.slice, nodes.Constant):
            writer.line(f"{a}[{i}] = {value}")
        else:
            writer.line(f"if {PLAIN.format(i)}: {a}[{i}] = {value}")
            writer.line(f"else: set_item({a}, {i}, {value})")
        writer.leave()
    else:
        unpack(writer, target, value)
    return True


def unpack(writer: Writer, target: nodes.expr, value: str) -> None:
    """Assign to several names at once, or to anything by its closure."""
    elements = target.elts if isinstance(target, (nodes.Tuple, nodes.List)) else ()
    names = [element.id for element in elements if isinstance(element, nodes.Name)]
    if not names or len(names) < len(elements):
        writer.line(f"{writer.named('c', store(writer.context, target))}(frame, {value})")
        return
    writer.enter(target)["assigned"] = value
    count = len(names)
    items = f"{value} if type({value}) is tuple and len({value}) == {count} else unpack({value}, {count})"
    writer.line(", ".join([place_of(writer, name) for name in names]) + f", = {items}")
    writer.leave()
    for name in names:
        stored(writer, name)


@writes(nodes.AugAssign)
def augmented_assign(writer: Writer, node: nodes.AugAssign) -> bool:
    target = node.target
    if isinstance(target, nodes.Name):
        writer.where(node)
        roles = writer.enter(node)
        place = place_of(writer, target.id)
        a = roles["left"] = writer.value(target, 0)
        above = int(a != place)
    elif isinstance(target, nodes.Subscript) and not (isinstance(target.value, CHAINED) and may_lose(target.value)):
        writer.where(node)
        roles = writer.enter(node)
        owner = roles["value"] = writer.kept(target.value, 0)
        index = roles["index"] = writer.kept(target.slice, 1)
        a = writer.on_stack(2)
        writer.line(f"{a} = {item(owner, index, target.slice)}")
        roles["left"] = a
        place, above = f"{owner}[{index}]", 3
    else:
        return False
    b = roles["right"] = writer.value(node.value, above)
    fixed = constant_of(node.value)
    small = type(fixed) in (int, float) and abs(fixed) < SMALL
    if node.op == "+" and not small:
        writer.line(f"{a} += {b} if type({a}) is not list else collectable({b})")
    elif node.op == "*" and not small:
        writer.line(f"if {SAFE_PRODUCT.format(a=a, b=b)}: {a} *= {b}")
        writer.line(f"else: {a} = multiply_in_place({a}, {b})")
    elif node.op in GUARDED:
        writer.line(f"{a} = {GUARDED[node.op]}({a}, {b})")
    else:
        writer.line(f"{a} {node.op}= {b}")
    if a != place:
        writer.line(f"{place} = {a}")
    writer.leave()
    if isinstance(target, nodes.Name):
        stored(writer, target.id)
    return True


GUARDED = {"%": "modulo_in_place", "**": "power_in_place", "<<": "shift_left_in_place"}


@writes(nodes.Return)
def return_statement(writer: Writer, node: nodes.Return) -> bool:
    writer.where(node)
    before = "return" if writer.returns else "frame[0] ="
    if node.value is None:
        writer.line(f"{before} None")
    else:
        writer.put(before, node.value)
    if not writer.returns:
        writer.line("return RETURN")
    return True


# Flow


@writes(nodes.If)
def if_statement(writer: Writer, node: nodes.If) -> bool:
    rung, length = node, 1
    while len(rung.orelse) == 1 and isinstance(rung.orelse[0], nodes.If):
        rung, length = rung.orelse[0], length + 1
    if length > LONG_LADDER:
        return False
    writer.where(node)
    condition(writer, node.test, 0)
    before = set(writer.bound)
    writer.block(node.body)
    if node.orelse:
        after, writer.bound = writer.bound, before
        writer.line("else:")
        writer.block(node.orelse)
        writer.bound &= after
    else:
        writer.bound = before
    return True


@writes(nodes.While)
def while_statement(writer: Writer, node: nodes.While) -> bool:
    if node.orelse:
        return False
    before = set(writer.bound)
    writer.line("while True:")
    writer.indent += 1
    writer.loops += 1
    writer.where(node)
    condition(writer, node.test, 0, "if not")
    writer.line("    break")
    writer.indent -= 1
    writer.block(node.body)
    writer.loops -= 1
    writer.bound = before
    return True


@writes(nodes.For)
def for_statement(writer: Writer, node: nodes.For) -> bool:
    writer.where(node)
    writer.enter(node.iter, tell_if_new)
    iterable = writer.value(node.iter, 0)
    writer.leave()
    loop(writer, node, f"walk({iterable}, {writer.named('n', node)})")
    return True


def loop(writer: Writer, node: nodes.For, iterator: str) -> None:
    before = set(writer.bound)
    writer.enter(node.iter, tell_if_new)
    writer.loops += 1
    if isinstance(node.target, nodes.Name):
        writer.line(f"for {place_of(writer, node.target.id)} in {iterator}:")
        stored(writer, node.target.id)
    else:
        writer.line(f"for item in {iterator}:")
        writer.indent += 1
        unpack(writer, node.target, "item")
        writer.indent -= 1
    writer.block(node.body)
    writer.loops -= 1
    writer.leave()
    writer.bound = before
    if node.orelse:
        writer.line("else:")
        writer.block(node.orelse)
        writer.bound = before


@writes(nodes.Break, nodes.Continue)
def leave_loop(writer: Writer, node: nodes.stmt) -> bool:
    word = "break" if isinstance(node, nodes.Break) else "continue"
    # In the `else` of the loop that is being written, they end a loop around it.
    writer.line(word if writer.loops else f"return {word.upper()}")
    return True
