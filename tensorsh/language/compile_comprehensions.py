"""Comprehensions and generator expressions.

A list, set or dict comprehension runs in the frame of its owner, on slots of its own, which are emptied at the end so
that nothing outlives it. A generator expression has its own frame and is a host generator, so that it is lazy; its
first iterable is evaluated at once, as in Python.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tensorsh.language import iterators, nodes
from tensorsh.language.compile_operators import local_slot, truth
from tensorsh.language.compile_targets import store
from tensorsh.language.context import Closure, Context, blame, blame_if_new, expression
from tensorsh.language.functions import HOT_TURNS, Cell, Frame
from tensorsh.language.nesting import HASHED, hashable
from tensorsh.language.sentinels import UNBOUND


@expression(nodes.ListComp)
def list_comprehension(context: Context, node: nodes.ListComp) -> Closure:
    inner = context.inside(context.symbols.of(node))
    element = inner.expression(node.elt)
    slot = local_slot(inner, node.generators[0].target)
    if len(node.generators) > 1 or len(node.generators[0].ifs) > 1 or slot is None:
        return collect(context, node, list, lambda result: _appender(result, element))
    generator = node.generators[0]
    first = context.expression(generator.iter)
    condition = truth(inner, generator.ifs[0]) if generator.ifs else None
    turns = 0
    hot: Any = None

    def run_one(frame: Frame) -> list[Any]:
        nonlocal turns, hot
        result: list[Any] = []
        iterator = walk(first(frame), generator)
        try:
            if hot is None:
                for frame[slot] in iterator:
                    if condition is None or condition(frame):
                        result.append(element(frame))
                    turns += 1
                    if turns >= HOT_TURNS:
                        break
                else:
                    return result
                from tensorsh.language.fused_statements import fuse_comprehension

                hot = hot or fuse_comprehension(context, node)
            hot(frame, iterator, result)
        except Exception as error:
            blame_if_new(error, generator.iter)
            raise
        finally:
            frame[slot] = UNBOUND
        return result

    return run_one


def _appender(result: list[Any], element: Closure) -> Callable[[Frame], None]:
    append = result.append
    return lambda frame: append(element(frame))


@expression(nodes.SetComp)
def set_comprehension(context: Context, node: nodes.SetComp) -> Closure:
    element = context.inside(context.symbols.of(node)).expression(node.elt)

    def adder(result: set[Any]) -> Callable[[Frame], None]:
        def add(frame: Frame) -> None:
            item = element(frame)
            try:
                result.add(hashable(item) if type(item) in HASHED else item)
            except Exception as error:
                blame(error, node.elt, {"value": item})
                raise

        return add

    return collect(context, node, set, adder)


@expression(nodes.DictComp)
def dict_comprehension(context: Context, node: nodes.DictComp) -> Closure:
    inner = context.inside(context.symbols.of(node))
    key, value = inner.expression(node.key), inner.expression(node.value)

    def setter(result: dict[Any, Any]) -> Callable[[Frame], None]:
        def add(frame: Frame) -> None:
            k = key(frame)
            v = value(frame)
            try:
                result[hashable(k) if type(k) in HASHED else k] = v
            except Exception as error:
                blame(error, node.key, {"key": k, "value": v})
                raise

        return add

    return collect(context, node, dict, setter)


def collect(
    context: Context, node: Any, make: Callable[[], Any], adder: Callable[[Any], Callable[[Frame], None]]
) -> Closure:
    scope = context.symbols.of(node)
    inner = context.inside(scope)
    first = context.expression(node.generators[0].iter)
    loops = [clause(inner, generator) for generator in node.generators]
    cells = tuple(scope.slot(variable) for variable in scope.variables.values() if variable.captured)
    slots = tuple(scope.slot(variable) for variable in scope.variables.values())
    last = len(loops) - 1

    def loop(frame: Frame, level: int, iterable: Any, add: Callable[[Frame], None]) -> None:
        generator, assign, conditions, _ = loops[level]
        for item in walk(iterable, generator):
            assign(frame, item)
            for condition in conditions:
                if not condition(frame):
                    break
            else:
                if level == last:
                    add(frame)
                else:
                    loop(frame, level + 1, loops[level + 1][3](frame), add)

    def run(frame: Frame) -> Any:
        iterable = first(frame)
        result = make()
        for slot in cells:
            frame[slot] = Cell()
        try:
            loop(frame, 0, iterable, adder(result))
        except Exception as error:
            blame_if_new(error, node)
            raise
        finally:
            for slot in slots:
                frame[slot] = UNBOUND
        return result

    return run


def clause(context: Context, node: nodes.comprehension) -> tuple[Any, Any, list[Closure], Closure]:
    conditions = [truth(context, condition) for condition in node.ifs]
    return node, store(context, node.target), conditions, context.expression(node.iter)


def walk(iterable: Any, node: nodes.comprehension | nodes.For) -> Iterator[Any]:
    """An iterator over `iterable`; an error while it is made or moves on is blamed on the text of the iterable."""
    kind = type(iterable)
    if kind is list or kind is range or kind is tuple:
        return iter(iterable)
    try:
        iterator = iter(iterable)
    except Exception as error:
        blame(error, node.iter, {"value": iterable})
        raise
    return iterator


@expression(nodes.GeneratorExp)
def generator_expression(context: Context, node: nodes.GeneratorExp) -> Closure:
    scope = context.symbols.of(node)
    inner = context.inside(scope)
    first = context.expression(node.generators[0].iter)
    loops: list[tuple[Any, Any, list[Closure], Closure]] = []
    outer_slots = tuple(context.scope.slot(variable) for variable in scope.free)
    cells = tuple(scope.slot(variable) for variable in scope.variables.values() if variable.captured)
    locals_count = scope.size - 1 - len(scope.free)
    for number, generator in enumerate(node.generators):
        # The first iterable is not part of the generator's own scope.
        if number:
            loops.append(clause(inner, generator))
        else:
            conditions = [truth(inner, condition) for condition in generator.ifs]
            loops.append((generator, store(inner, generator.target), conditions, first))
    element = inner.expression(node.elt)
    last = len(loops) - 1

    def produce(frame: Frame, level: int, iterator: Iterator[Any]) -> Iterator[Any]:
        _, assign, conditions, _ = loops[level]
        for item in iterator:
            assign(frame, item)
            for condition in conditions:
                if not condition(frame):
                    break
            else:
                if level == last:
                    yield element(frame)
                else:
                    following = loops[level + 1]
                    yield from produce(frame, level + 1, walk(following[3](frame), following[0]))

    def run(frame: Frame) -> Any:
        iterator = walk(first(frame), loops[0][0])
        own: Frame = [None, *[UNBOUND] * locals_count, *[frame[slot] for slot in outer_slots]]
        for slot in cells:
            own[slot] = Cell()
        generator: Any = produce(own, 0, iterator)
        generator.__name__, generator.__qualname__ = "<genexpr>", scope.qualname
        return iterators.nested(generator, iterator)

    return run
