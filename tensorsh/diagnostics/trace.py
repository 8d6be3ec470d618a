"""The trace: each operator as it runs, with what it was given, what it gave, and which memory that took.

`Tracer` watches a program and hands over a `Step` for every outermost call when it has ended; what a composite or a backward node
called stands inside its step. Arrays are let go of at once: a step holds descriptions, and live memory is counted by weak
references.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tensorsh.diagnostics.peak import LiveBytes, arrays_in, new_arrays, share
from tensorsh.diagnostics.places import Place, PlaceOf, nowhere
from tensorsh.ops.engine import kind_of, shape_error
from tensorsh.ops.schema import REQUIRED
from tensorsh.ops.watching import Call, Observer, start, tensors_in
from tensorsh.runtime.state import State
from tensorsh.runtime.storage import Storage
from tensorsh.runtime.tensor import Tensor

SHORT = 30  # characters of an argument that is no tensor


@dataclass(frozen=True, slots=True)
class Operand:
    """A tensor that went in or came out: the user's name for it (or none), its shape and its dtype (`"float32"`)."""

    name: str
    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True, slots=True)
class Written:
    """A storage that now has another version: the user's names of the tensors on it, and the version."""

    names: tuple[str, ...]
    version: int


@dataclass(slots=True)
class Step:
    """One call. `result` says what came out: `"new"` memory, a `"view"`, the `"same"` tensor, a write `"in place"` or to what was given as `"out"`;
    nothing for a node of a backward pass. `bytes` counts new memory, `of` names whose memory a view looks at. `arguments` are those that are no
    tensors and not the default, as text; `error` is the name of the exception that ended it.
    """

    name: str
    kind: str
    place: Place | None
    inputs: tuple[Operand, ...]
    arguments: tuple[tuple[str, str], ...]
    outputs: tuple[Operand, ...] = ()
    result: str = ""
    of: str = ""
    bytes: int = 0
    seconds: float = 0.0
    written: tuple[Written, ...] = ()
    error: str = ""
    steps: list[Step] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Totals:
    """A whole trace: outermost calls, kernels (composites left out), new bytes in all and at most at once, seconds in kernels."""

    calls: int
    kernels: int
    bytes: int
    peak: int
    seconds: float


class Tracer(Observer):
    """Watches from `start()` to `stop()` and gives each step to `emit` when it is whole. `names()` are the user's at the moment.

    >>> from tensorsh import torch
    >>> x = torch.arange(6.)
    >>> tracer = Tracer(lambda step: print(step.name, step.result, step.bytes), lambda: {"x": x})
    >>> tracer.start()
    >>> y = x.view(2, 3) + 1
    view view 0
    add new 24
    >>> tracer.stop().peak
    24
    """

    def __init__(
        self,
        emit: Callable[[Step], None],
        names: Callable[[], Mapping[str, Any]],
        place_of: PlaceOf = nowhere,
        state: State | None = None,
    ) -> None:
        self._emit = emit
        self._names = names
        self._place_of = place_of
        self._state = state
        self._open: list[Step] = []
        self._last: Step | None = None  # the one that ended last; a write is told after the call that did it
        self._waiting: Step | None = None  # an outermost one that has yet to be told of its write
        self._live = LiveBytes()
        self._calls = self._kernels = self._bytes = 0
        self._seconds = 0.0
        self._stop: Callable[[], None] | None = None

    def start(self) -> None:
        self._stop = start(self, self._state)

    def stop(self) -> Totals:
        """Stop watching; steps that are whole are given out."""
        if self._stop is not None:
            self._stop()
            self._stop = None
        self._flush()
        return self.totals

    @property
    def totals(self) -> Totals:
        return Totals(self._calls, self._kernels, self._bytes, self._live.peak, self._seconds)

    # --- what the watch tells ----------------------------------------------------------------------------------------

    def begin(self, call: Call) -> None:
        if not self._open:
            self._flush()
        place = self._place_of(call.where) if call.where is not None and not self._open else None
        given = tensors_in(value for name, value in call.arguments.items() if name != "out")
        inputs = tuple(map(self._operand, given))
        step = Step(call.name, call.kind, place, inputs, tuple(self._plain(call)))
        if self._open:
            self._open[-1].steps.append(step)
        self._open.append(step)

    def end(self, call: Call, result: Any, seconds: float) -> None:
        step = self._close(call)
        step.seconds = seconds
        if call.kind not in ("composite", "node"):
            self._kernels += 1
            self._seconds += seconds
        self._describe(step, call, result)
        out = call.arguments.get("out") is not None
        if not self._open:
            if step.result == "in place" or out:
                self._waiting = step
            else:
                self._emit(step)

    def failed(self, call: Call, error: BaseException) -> None:
        step = self._close(call)
        # The wrapper is yet to turn NumPy's complaint into PyTorch's.
        seen = (
            error
            if call.operator is None or not isinstance(error, Exception)
            else shape_error(call.operator, error, call.arrays)
        )
        step.error = type(seen).__name__
        if not self._open:
            self._emit(step)

    def wrote(self, storage: Storage, operator: str, where: Any) -> None:
        step = self._last
        if step is None:
            return
        names = tuple(self._on(lambda tensor: tensor._storage is storage))
        if not names and step.inputs:
            names = (step.inputs[0].name,) if step.inputs[0].name else ()
        step.written = (*step.written, Written(names, storage.version))
        if step is self._waiting:
            self._flush()

    # --- what a step says --------------------------------------------------------------------------------------------

    def _close(self, call: Call) -> Step:
        step = self._last = self._open.pop()
        if not self._open:
            self._calls += 1
        return step

    def _flush(self) -> None:
        if self._waiting is not None:
            step, self._waiting = self._waiting, None
            self._emit(step)

    def _describe(self, step: Step, call: Call, result: Any) -> None:
        if call.kind == "node":
            step.outputs = tuple(map(self._operand, tensors_in(result)))
            return
        if call.inplace:
            step.result = "in place"
            return
        if call.kind == "composite":
            made = list(tensors_in([result]))
            step.outputs = tuple(map(self._operand, made))
            if any(one is tensor for one in made for tensor in call.tensors):
                step.result = "same"
            elif made and any(share(made[0]._array, tensor._array) for tensor in call.tensors):
                step.result, step.of = "view", self._owner(call.tensors, made[0]._array)
            elif made:
                step.result = "new"
                step.bytes = sum(one._array.nbytes for one in made)
            return
        arrays = list(arrays_in(result))
        half = _half(call)
        step.outputs = tuple(self._described(array, half) for array in arrays)
        if call.kind == "view":
            step.result, step.of = "view", self._owner(call.tensors, call.tensors[0]._array)
            if call.operator is None and isinstance(result, np.ndarray) and call.name == "numpy":
                step.outputs = (Operand("", result.shape, f"numpy.{result.dtype.name}"),)
            return
        new = new_arrays(call, result)
        for array in new:
            self._live.add(array)
        if call.arguments.get("out") is not None:
            step.result = "out"
        elif arrays and not new:
            step.result = "same"
        else:
            step.result = "new"
            step.bytes = sum(half.itemsize * array.size if _narrowed(array, half) else array.nbytes for array in new)
            self._bytes += step.bytes

    def _operand(self, tensor: Tensor) -> Operand:
        return Operand(self._name(tensor), tensor._array.shape, _dtype_name(tensor._dtype))

    def _described(self, array: Any, half: Any) -> Operand:
        return Operand("", np.shape(array), _dtype_name(half if _narrowed(array, half) else kind_of(np.asarray(array))))

    def _name(self, tensor: Tensor) -> str:
        return next(self._on(lambda other: other is tensor), "")

    def _owner(self, tensors: list[Tensor], array: Any) -> str:
        """The name of the input whose memory `array` is, or of any tensor on that memory."""
        for tensor in tensors:
            if share(tensor._array, array):
                name = self._name(tensor)
                return name or next(self._on(lambda other: share(other._array, array)), "")
        return ""

    def _on(self, test: Callable[[Tensor], bool]) -> Iterator[str]:
        for name, value in list(self._names().items()):
            if type(value) is Tensor and not name.startswith("_") and test(value):
                yield name

    def _plain(self, call: Call) -> Iterator[tuple[str, str]]:
        """The arguments that say how: no tensors, nothing that is the default."""
        defaults = {} if call.operator is None else {p.name: p.default for p in call.operator.schema.parameters}
        for name, value in call.arguments.items():
            if name == "out":
                yield name, ", ".join(self._name(one) or str(list(one._array.shape)) for one in tensors_in([value]))
                continue
            default = defaults.get(name, REQUIRED)
            if isinstance(value, Tensor) or value is None or name == "grad" or value is default:
                continue
            if isinstance(value, (list, tuple)) and any(isinstance(item, Tensor) for item in value):
                continue
            if default is not REQUIRED and type(value) is type(default) and value == default:
                continue
            text = _index_text(value) if call.name == "[]" else repr(value)
            yield name, text if len(text) <= SHORT else text[: SHORT - 1] + "…"


def _half(call: Call) -> Any:
    """The 2-byte dtype that a kernel's float32 result is going to be rounded to; None for most calls."""
    op = call.operator
    if op is None or not op.half or op.dtype == "compare" or not call.tensors:
        return None
    kind = call.tensors[0]._dtype
    return kind if getattr(kind, "half", False) else None


def _narrowed(array: Any, half: Any) -> bool:
    return half is not None and array.dtype == np.float32


def _dtype_name(dtype: Any) -> str:
    return str(dtype).removeprefix("torch.")


def _index_text(index: Any) -> str:
    """An index as it is written: `[1:, 0]`."""
    parts = index if type(index) is tuple else (index,)
    return ", ".join(map(_part_text, parts))


def _part_text(part: Any) -> str:
    if isinstance(part, slice):
        ends = ("" if end is None else str(end) for end in (part.start, part.stop))
        return ":".join(ends) + ("" if part.step is None else f":{part.step}")
    return "..." if part is Ellipsis else str(part)
