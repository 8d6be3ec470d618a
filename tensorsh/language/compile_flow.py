"""`if`, `while`, `for`, `break`, `continue` and `return` to closures.

A signal other than None ends the block that it comes up in: `BREAK` and `CONTINUE` as far as the loop, `RETURN` as far as the
function, with the value in slot 0 of the frame.
"""

from __future__ import annotations

from typing import Any

from tensorsh.language import nodes
from tensorsh.language.compile_comprehensions import walk
from tensorsh.language.compile_operators import truth, truth_of
from tensorsh.language.compile_statements import suite
from tensorsh.language.compile_targets import store
from tensorsh.language.context import Closure, Context, blame_if_new, statement
from tensorsh.language.functions import HOT_TURNS, Frame
from tensorsh.language.sentinels import BREAK, CONTINUE, RETURN


@statement(nodes.If)
def if_statement(context: Context, node: nodes.If) -> Closure:
    # An `elif` is an `if` alone in the `else`: a long ladder of them is walked, not nested.
    state = context.environment.state
    branches = []
    rung: nodes.If = node
    while True:
        branches.append((rung, truth(context, rung.test), suite(context, rung.body)))
        if len(rung.orelse) == 1 and isinstance(rung.orelse[0], nodes.If):
            rung = rung.orelse[0]
        else:
            break
    otherwise = suite(context, rung.orelse) if rung.orelse else None
    if len(branches) == 1:
        body = branches[0][2]
        value, condition = context.expression(node.test), node.test

        def run_if(frame: Frame) -> Any:
            state.where = node
            result = value(frame)
            if result is True or (result is not False and truth_of(result, condition)):
                return body(frame)
            return None if otherwise is None else otherwise(frame)

        return run_if

    def run_ladder(frame: Frame) -> Any:
        for part, test, body in branches:
            state.where = part
            if test(frame):
                return body(frame)
        return None if otherwise is None else otherwise(frame)

    return run_ladder


@statement(nodes.While)
def while_statement(context: Context, node: nodes.While) -> Closure:
    state = context.environment.state
    value, condition = context.expression(node.test), node.test
    body = suite(context, node.body)
    otherwise = suite(context, node.orelse) if node.orelse else None
    turns = 0
    hot: Closure | None = None

    def run_while(frame: Frame) -> Any:
        nonlocal turns, hot
        while hot is None:
            state.where = node
            result = value(frame)
            if result is False or (result is not True and not truth_of(result, condition)):
                return None if otherwise is None else otherwise(frame)
            signal = body(frame)
            if signal is not None:
                if signal is BREAK:
                    return None
                if signal is RETURN:
                    return signal
            turns += 1
            if turns == HOT_TURNS and otherwise is None:
                from tensorsh.language.fused_statements import fuse_while

                hot = fuse_while(context, node)
        return hot(frame)

    return run_while


@statement(nodes.For)
def for_statement(context: Context, node: nodes.For) -> Closure:
    state = context.environment.state
    iterable = context.expression(node.iter)
    put = store(context, node.target)
    body = suite(context, node.body)
    otherwise = suite(context, node.orelse) if node.orelse else None
    turns = 0
    hot: Any = None

    def run_for(frame: Frame) -> Any:
        nonlocal turns, hot
        state.where = node
        try:
            iterator = walk(iterable(frame), node)
            if hot is not None:
                return hot(frame, iterator)
            for item in iterator:
                put(frame, item)
                signal = body(frame)
                if signal is not None:
                    if signal is BREAK:
                        return None
                    if signal is RETURN:
                        return signal
                turns += 1
                if turns >= HOT_TURNS:
                    if hot is None:
                        from tensorsh.language.fused_statements import fuse_for

                        hot = fuse_for(context, node)
                    return hot(frame, iterator)
        except Exception as error:
            blame_if_new(error, node.iter)
            raise
        return None if otherwise is None else otherwise(frame)

    return run_for


@statement(nodes.Break)
def break_statement(context: Context, node: nodes.Break) -> Closure:
    return lambda frame: BREAK


@statement(nodes.Continue)
def continue_statement(context: Context, node: nodes.Continue) -> Closure:
    return lambda frame: CONTINUE


@statement(nodes.Return)
def return_statement(context: Context, node: nodes.Return) -> Closure:
    state = context.environment.state
    value = (lambda frame: None) if node.value is None else context.expression(node.value)

    def run_return(frame: Frame) -> Any:
        state.where = node
        frame[0] = value(frame)
        return RETURN

    return run_return
