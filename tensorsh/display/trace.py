"""A trace as text: the statement that runs, and below it each operator in one line, what composites call indented."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from tensorsh.display.errors import wrap
from tensorsh.display.tables import byte_text, folded

if TYPE_CHECKING:
    from tensorsh.diagnostics.places import Place
    from tensorsh.diagnostics.trace import Operand, Step, Totals, Written

INDENT = "  "
OUTPUTS_SHOWN = 3
_NARROWEST = 20
UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))


class TraceText:
    """Turns steps into text; a statement is named once, before its first operator.

    `times` says whether lines end with a time; without them the text is the same in every run. `width` measures a terminal, for
    which lines are folded: what is carried over is set in further than what an operator calls.
    """

    def __init__(self, times: bool = True, width: Callable[[], int] | None = None) -> None:
        self.times = times
        self._width = width
        self._place: Place | None = None

    def step(self, step: Step) -> str:
        """The lines for an outermost call, each with its newline."""
        lines = []
        if step.place is not None and step.place != self._place:
            self._place = step.place
            lines.append(f"{step.place.words}: {step.place.text}")
        lines += self._lines(step, 1)
        return "".join(self._folded(line) + "\n" for line in lines)

    def totals(self, totals: Totals) -> str:
        """The last line of a trace."""
        time = f", {time_text(totals.seconds)} in kernels" if self.times else ""
        text = (
            f"{totals.calls} call{_s(totals.calls)}, {totals.kernels} kernel{_s(totals.kernels)}, "
            f"{byte_text(totals.bytes)} new, at most {byte_text(totals.peak)} at once{time}"
        )
        return self._folded(text) + "\n"

    def _folded(self, line: str) -> str:
        if self._width is None:
            return line
        width = max(self._width(), _NARROWEST)
        call = line.lstrip(" ")
        start = " " * (len(line) - len(call))
        return folded("\n".join(start + part for part in wrap(call, width - len(start), INDENT * 2)), width)

    def _lines(self, step: Step, depth: int) -> Iterator[str]:
        name = step.name
        if name == "[]":
            name = f"[{dict(step.arguments).get('index', '')}]"
        line = f"{INDENT * depth}{name}({', '.join(_arguments(step))}){_result(step)}"
        if self.times and not step.error:
            line += f"  {time_text(step.seconds)}"
        yield line
        for inner in step.steps:
            yield from self._lines(inner, depth + 1)


def _arguments(step: Step) -> Iterator[str]:
    output = step.outputs[0].dtype if step.outputs else ""
    for operand in step.inputs:
        yield _operand(operand, operand.dtype != output and step.kind != "node" and bool(output))
    for name, text in step.arguments:
        if name == "other":
            yield text
        elif step.name != "[]" and name != "out":
            yield f"{name}={text}"


def _operand(operand: Operand, with_dtype: bool) -> str:
    name = f"{operand.name} " if operand.name else ""
    return name + (f"{operand.dtype} " if with_dtype else "") + str(list(operand.shape))


def _result(step: Step) -> str:
    if step.error:
        return f" failed: {step.error}"
    written = "".join(f", {_written(one)}" for one in step.written)
    if step.result == "in place":
        return " in place" + written
    if step.result == "out":
        return f" into {dict(step.arguments).get('out', '')}" + written
    if not step.outputs:
        return written
    with_dtype = step.kind != "node"
    one_dtype = len({one.dtype for one in step.outputs}) == 1
    shown = ", ".join(
        _operand(one, with_dtype and (at == 0 or not one_dtype)) for at, one in enumerate(step.outputs[:OUTPUTS_SHOWN])
    )
    if len(step.outputs) > OUTPUTS_SHOWN:
        shown += f", … ({len(step.outputs)} in all)"
    text = f" → {shown}"
    if step.result == "new":
        text += f", new {byte_text(step.bytes)}"
    elif step.result == "view":
        text += f", view of {step.of}" if step.of else ", view"
    elif step.result == "same":
        text += ", no copy"
    return text + written


def _written(written: Written) -> str:
    """`x, y now at version 2`."""
    names = ", ".join(written.names)
    return f"{names} now at version {written.version}" if names else f"version {written.version}"


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def time_text(seconds: float) -> str:
    """A short time with two digits.

    >>> time_text(0.00123), time_text(3.4e-6)
    ('1.2 ms', '3.4 µs')
    """
    scale, unit = next(((scale, unit) for scale, unit in UNITS if seconds >= scale * 0.995), UNITS[-1])
    value = seconds / scale
    return f"{value:.1f} {unit}" if value < 9.95 else f"{value:.0f} {unit}"
