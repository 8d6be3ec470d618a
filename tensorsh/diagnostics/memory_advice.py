"""Advice where a write is refused because elements of the tensors are one in memory."""

from __future__ import annotations

import re

from tensorsh.diagnostics.failure import Hint
from tensorsh.diagnostics.situation import Operand, Row, Situation


def _several_in_one(match: re.Match[str], situation: Situation) -> Hint | None:
    """A write to a stretched tensor, whose elements along a dimension are one."""
    written = situation.given("out", "self", "left", "value")
    if written is None or not written.value.repeats:
        return None
    dims = " and ".join(map(str, written.value.repeats))
    sentence = (
        f"{written.name} has stride 0 in dimension {dims}: what it shows there several times is one element in memory."
    )
    if not written.text.isidentifier() or written.role == "out":
        return Hint(sentence)
    return Hint(sentence, ((f"{written.text} = {written.text}.clone(); {situation.statement}", ""),))


def _reads_what_it_writes(match: re.Match[str], situation: Situation) -> Hint | None:
    """`x[1:] += x[:-1]`: a copy of what is read."""
    tensors = situation.tensors
    if len(tensors) < 2:
        return None
    written, read = _written_and_read(situation)
    target = situation.whole if read.role == "assigned" else written.name
    sentence = f"{read.name} and {target} have elements in common, which would change while they are still to be read."
    if read.role == "assigned":
        code = situation.statement.removesuffix(read.text) + f"{read.text}.clone()"
    else:
        code = situation.instead(read, f"{read.text}.clone()")
    return Hint(sentence, ((code, ""),))


def _written_and_read(situation: Situation) -> tuple[Operand, Operand]:
    tensors = situation.tensors
    written = situation.given("out") or tensors[0]
    return written, next(operand for operand in reversed(tensors) if operand is not written)


MEMORY: tuple[Row, ...] = (
    (r"more than one element of the written-to tensor refers to a single memory location", _several_in_one),
    (
        r"some elements of the input tensor and the written-to tensor refer to a single memory location",
        _reads_what_it_writes,
    ),
)
