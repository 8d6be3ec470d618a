"""`why("y.view(6)")`: whether an expression gives a view or a copy, found from its text before it runs.

The last step is not carried out. What it stands on is computed on stand-ins: tensors over the same windows that have no history, no
Storage and no version of the user's, so that nothing of the user's changes. Where a part could have an effect (a function of the
user's, a write, a random number), nothing is run and the answer says so.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from tensorsh.diagnostics.plain import json_text
from tensorsh.diagnostics.regions import on_one_storage
from tensorsh.diagnostics.sharing import storages
from tensorsh.diagnostics.view_or_copy import Condition, Decision, contiguous, contiguous_strides, reshaped
from tensorsh.display.tables import byte_text, folded
from tensorsh.display.view_or_copy import decision_text
from tensorsh.errors import TensorshError
from tensorsh.explain.session import Output, own_names
from tensorsh.explain.stand_ins import BINARY, UNARY, CannotTell, StandIns, declared_as
from tensorsh.language import attributes, nodes
from tensorsh.language.chained_writes import WRITING_NOTHING
from tensorsh.language.parser import parse
from tensorsh.runtime.dtype import BOOL, uint8
from tensorsh.runtime.tensor import Tensor, strides_of

MOST_RUN = 1 << 16  # elements of operands up to which an operator is run on stand-ins to learn the size of its result

SHAPING = frozenset({"view", "view_as", "reshape", "reshape_as", "flatten", "unflatten"})
MAYBE_ITSELF = frozenset({"atleast_1d", "atleast_2d", "atleast_3d", "positive"})  # cheap, and maybe a view
REFUSING = frozenset({"view", "view_as", "unflatten"})  # of these, those that never copy
CONVERTING = frozenset(
    "to float double half bfloat16 int long short char byte bool cfloat cdouble type type_as cpu cuda as_tensor asarray".split()
)
ATTRIBUTE_VIEWS = frozenset({"T", "mT", "H", "mH", "real", "imag", "data"})


def why(session: Output, expression: Any, json: bool = False) -> None:
    """Says whether an expression, given as text, gives a view or a copy, which condition decides it, and how much memory it takes.

    Names are the program's own. A tensor instead of a text is said to be what it is. `json` gives the facts as
    a line of JSON.
    """
    session.environment.write(why_text(session, expression, json) + "\n")


def why_text(session: Output, expression: Any, json: bool = False, filename: str = "why()") -> str:
    """The text of `why`; with `json`, its facts. `filename` is what a syntax error calls the text."""
    if isinstance(expression, (Tensor, np.ndarray)):
        facts = present(session, expression)
    elif isinstance(expression, str):
        facts = decide(session, expression, filename)
    else:
        raise TypeError(f"why() expects the text of an expression, or a tensor, not {type(expression).__name__}")
    return json_text(facts) if json else folded(decision_text(facts), session.screen().width)


def present(session: Output, value: Any, title: str = "this") -> Decision:
    """What a tensor that exists already is; `title` is what to call it if it has no name."""
    names = own_names(session.names)
    [facts] = storages(names, (value,))
    window = next(
        one for one in facts.windows if any(names.get(name) is value for name in one.names) or one.name == "argument 1"
    )
    name = window.name if window.name != "argument 1" else title
    made = "" if window.made.startswith("(") else window.made
    if window.view_of is None and not made:
        what = "an array that owns its memory" if isinstance(value, np.ndarray) else "a tensor with memory of its own"
        if len(facts.windows) > 1:
            others = ", ".join(one.name for one in facts.windows if one is not window)
            what = f"{'an array' if isinstance(value, np.ndarray) else 'a tensor'} that shares its memory with {others}"
    elif window.view_of is None:
        what = made
    else:
        base = window.view_of or "an unnamed tensor"
        what = f"{made}, a view of {base}" if made else f"a view of {base}"
    return Decision(name, "present", what, "", 0, window.shape, window.stride)


def decide(session: Output, source: str, filename: str = "why()") -> Decision:
    """What the expression `source` would give."""
    text = source.strip()
    body = parse(text, filename).body
    if len(body) != 1 or not isinstance(body[0], nodes.Expr):
        raise ValueError("why() expects one expression")
    parts = StandIns(session, text)
    with parts.aside():
        try:
            return _with_steps(_LastStep(session, parts).decide(body[0].value), parts.taken)
        except CannotTell as doubt:
            return Decision(text, "unknown", reason=str(doubt), bytes=None)
        except TensorshError:
            raise
        except Exception as error:
            return Decision(text, "refused", reason=f"{type(error).__name__}: {error}")


def _with_steps(facts: Decision, steps: list[tuple[str, int]]) -> Decision:
    """The decision, with the memory that the steps before the last one take."""
    if not steps or facts.kind in ("present", "refused", "unknown"):
        return facts
    taken = []
    for text, size in dict.fromkeys(steps):
        times = steps.count((text, size))
        often = "" if times == 1 else ", twice" if times == 2 else f", {times} times"
        taken.append(f"On the way {text} takes {byte_text(size)} of new memory{often}.")
    return replace(
        facts,
        reason="\n".join([*([facts.reason] if facts.reason else []), *taken]),
        bytes=None if facts.bytes is None else facts.bytes + sum(size for _, size in steps),
    )


class _LastStep:
    """Decides about the last step of an expression, whose parts are worked out on stand-ins."""

    def __init__(self, session: Output, parts: StandIns) -> None:
        self._session = session
        self._parts = parts

    def decide(self, node: nodes.expr) -> Decision:
        text = self._parts.text(node)
        if isinstance(node, nodes.Pipe):
            call = nodes.Call(node.span, node.call.func, (node.left, *node.call.args), node.call.keywords)
            return self._call(text, call)
        if isinstance(node, nodes.Call):
            return self._call(text, node)
        if isinstance(node, nodes.Subscript):
            return self._subscript(text, node)
        if isinstance(node, nodes.Attribute):
            return self._attribute(text, node)
        if isinstance(node, nodes.BinOp):
            return self._elementwise(text, BINARY[node.op], [node.left, node.right], matrices=node.op == "@")
        if isinstance(node, nodes.Compare) and len(node.ops) == 1 and node.ops[0] in BINARY:
            return self._elementwise(text, BINARY[node.ops[0]], [node.left, node.comparators[0]])
        if isinstance(node, nodes.UnaryOp):
            return self._elementwise(text, UNARY[node.op], [node.operand])
        value = self._parts.value(node)
        if isinstance(node, nodes.Name) and isinstance(value, (Tensor, np.ndarray)):
            return present(self._session, self._parts.real(value))
        raise CannotTell("it is no step on a tensor")

    def _call(self, text: str, node: nodes.Call) -> Decision:
        name, owner, found, receiver = self._parts.callee(node.func)
        arguments = [*([] if receiver is None else [receiver]), *node.args]
        if name.endswith("_") and not name.endswith("__") and arguments:
            if name in WRITING_NOTHING:
                return Decision(text, "same", self._parts.text(arguments[0]), "It writes to no element.")
            return Decision(text, "write", self._parts.text(arguments[0]))
        values, options = self._parts.arguments(node)
        if owner is not None:
            values.insert(0, owner)
        first = values[0] if values else None
        what = self._parts.text(arguments[0]) if arguments else ""
        if isinstance(first, np.ndarray) and name in ("from_numpy", "as_tensor", "asarray") and not options:
            made = found(*values)
            return self._view(text, what, made, "It looks at the array's memory.")
        if not isinstance(first, Tensor):
            if _tensors(values):
                return self._new(text, name, found, values, options)
            if declared_as(name, found) is not None or name == "tensor":
                return Decision(text, "copy", "", "It makes a new tensor.", None)
            raise CannotTell(f"{name} would have to run; give its result a name first")
        if name in ("item", "tolist"):
            return Decision(text, "copy", what, "It makes Python's numbers.", None)
        if name == "tensor":
            return self._copy(
                text, first._array.shape, first, reason="torch.tensor always copies; torch.as_tensor does not."
            )
        if name == "numpy":
            return Decision(
                text,
                "view",
                what,
                "The array looks at the tensor's memory.",
                0,
                first._array.shape,
                strides_of(first._array),
            )
        if name == "detach":
            return self._view(
                text, what, first, "It has the same elements and version, outside the graph; autograd calls it no view."
            )
        if name in SHAPING:
            return self._shaped(text, what, name, found, values, options)
        if name in ("contiguous", "ravel"):
            broken = contiguous(first._array.shape, strides_of(first._array))
            if broken is not None:
                shape = (first._array.size,) if name == "ravel" else first._array.shape
                return self._copy(text, shape, first, reason=f"It is not contiguous: that needs {broken}.")
            if name == "contiguous":
                return Decision(text, "same", what, "It is contiguous already.")
            return self._view(text, what, first.view(-1), "It is contiguous.")
        if name in CONVERTING:
            return self._converted(text, what, found, values, options)
        return self._new(text, name, found, values, options, what)

    def _shaped(
        self, text: str, what: str, name: str, found: Any, values: list[Any], options: dict[str, Any]
    ) -> Decision:
        first = values[0]
        # On fresh memory every shape is possible, so this gives the shape, or PyTorch's complaint about it.
        fresh = Tensor._fresh(np.empty(first._array.shape, first._array.dtype), first._dtype)
        made = found(fresh, *values[1:], **options)
        if made._dtype is not first._dtype:
            return self._view(text, what, found(*values, **options), "The same bytes are read as another dtype.")
        size, stride = first._array.shape, strides_of(first._array)
        if made is fresh:
            return Decision(text, "same", what, "It has that shape already.")
        outcome = reshaped(size, stride, made._array.shape)
        if not isinstance(outcome, Condition):
            return Decision(
                text, "view", what, "Every dimension of it keeps to one run of memory.", 0, made._array.shape, outcome
            )
        if name in REFUSING:
            reason = f"{name} never copies; {what}.reshape({', '.join(map(str, made._array.shape))}) would, {self._bytes(first)}."
            return Decision(text, "refused", what, reason, 0, made._array.shape, None, outcome)
        return self._copy(text, made._array.shape, first, broken=outcome)

    def _bytes(self, tensor: Tensor) -> str:
        return byte_text(tensor._array.size * tensor._dtype.itemsize)

    def _converted(self, text: str, what: str, found: Any, values: list[Any], options: dict[str, Any]) -> Decision:
        first = values[0]
        # What becomes of the dtype does not depend on the elements: an empty one tells.
        probe = Tensor._fresh(np.empty((0,), first._array.dtype), first._dtype)
        made = found(probe, *values[1:], **options)
        if not isinstance(made, Tensor):
            raise CannotTell("it gives no tensor")
        if made is probe:
            return Decision(text, "same", what, f"It is of {first._dtype} already.")
        reason = f"{first._dtype} becomes {made._dtype}." if made._dtype is not first._dtype else "It asks for a copy."
        size = first._array.size * made._dtype.itemsize
        return Decision(text, "copy", what, reason, size, first._array.shape, contiguous_strides(first._array.shape))

    def _new(
        self, text: str, name: str, found: Any, values: list[Any], options: dict[str, Any], source: str = ""
    ) -> Decision:
        """An operator by its declaration: views are made of stand-ins for nothing; of others, small ones are run."""
        declared = declared_as(name, found)
        if declared is None:
            raise CannotTell(f"{name} would have to run; give its result a name first")
        first = next((value for value in values if isinstance(value, Tensor)), None)
        aliases = any("(a" in one.text for one in declared) and not any("(a!)" in one.text for one in declared)
        total = sum(value._array.size for value in _tensors(values))
        random = any(one.family.endswith(".random") for one in declared)
        views = any(one.kind == "view" for one in declared) or name in MAYBE_ITSELF
        composite = any(one.kind == "composite" for one in declared) and not random
        if views or ((aliases or composite) and total <= MOST_RUN):
            made = found(*values, **options)
            parts = made if isinstance(made, (list, tuple)) else [made]
            if first is None:
                first = next(iter(_tensors(values)), None)
            what = "" if first is None else self._parts.named(first) or source or "its source"
            if (
                first is not None
                and parts
                and all(isinstance(one, Tensor) and on_one_storage(one, first) for one in parts)
            ):
                if made is first:
                    return Decision(text, "same", what)
                reason = "Only sizes, strides and the offset change."
                if 0 in parts[0]._array.strides and 0 not in first._array.strides:
                    reason = "The dimensions that it stretches have stride 0."
                if isinstance(made, (list, tuple)):
                    return Decision(text, "view", what, reason, 0, count=len(parts))
                return self._view(text, what, made, reason)
        shape = bytes_ = None
        if total <= MOST_RUN and not random:
            made = found(*values, **options)
            if isinstance(made, Tensor):
                shape, bytes_ = made._array.shape, made.nbytes
            elif isinstance(made, (list, tuple)):
                bytes_ = sum(part.nbytes for part in made if isinstance(part, Tensor))
            else:
                raise CannotTell("it gives no tensor")
        elif all(one.dtype in ("promote", "float", "compare") for one in declared):
            return self._computed(text, found, values, options)
        return Decision(
            text,
            "copy",
            "",
            "Its elements are new.",
            bytes_,
            shape,
            None if shape is None else contiguous_strides(shape),
        )

    def _elementwise(self, text: str, apply: Any, operands: list[nodes.expr], matrices: bool = False) -> Decision:
        values = [self._parts.value(operand) for operand in operands]
        if not any(isinstance(value, Tensor) for value in values):
            raise CannotTell("it is no step on a tensor")
        if matrices:
            shape = _product_shape(*(value._array.shape for value in values))
            kind = values[0]._dtype
            return self._sized(text, shape, int(np.prod(shape)) * kind.itemsize)
        return self._computed(text, apply, values, {})

    def _computed(self, text: str, apply: Any, values: list[Any], options: dict[str, Any]) -> Decision:
        """An elementwise operator: the shape is the operands' broadcast, the dtype that of one element."""
        shape = np.broadcast_shapes(*(value._array.shape for value in _tensors(values)))
        probes = [_one_element(value) if isinstance(value, Tensor) else value for value in values]
        kind = apply(*probes, **options)._dtype
        return self._sized(text, shape, int(np.prod(shape)) * kind.itemsize)

    def _sized(self, text: str, shape: tuple[int, ...], size: int) -> Decision:
        return Decision(text, "copy", "", "Its elements are new.", size, shape, contiguous_strides(shape))

    def _subscript(self, text: str, node: nodes.Subscript) -> Decision:
        value, index = self._parts.value(node.value), self._parts.value(node.slice)
        what = self._parts.text(node.value)
        if not isinstance(value, Tensor):
            return self._item(text, value[index])
        parts = index if isinstance(index, tuple) else (index,)
        gathering = [part for part in parts if _gathers(part)]
        if not gathering:
            return self._view(
                text, what, value[index], "Numbers and slices select elements that lie a fixed step apart."
            )
        from tensorsh.ops.indexing import _stepwise, index_shape

        viewed, indices = _stepwise(value, list(parts))
        shape = index_shape(viewed, indices)
        mask = any(
            isinstance(part, bool) or (isinstance(part, Tensor) and part._dtype.kind == BOOL) for part in gathering
        )
        kind = "A mask" if mask else "A list of indices" if isinstance(gathering[0], list) else "An index tensor"
        return self._copy(text, shape, value, reason=f"{kind} selects elements that need not lie a fixed step apart.")

    def _item(self, text: str, made: Any) -> Decision:
        """An element of a list, or of what an operator gives several of."""
        if not isinstance(made, Tensor):
            raise CannotTell("it is no step on a tensor")
        if self._parts.exists(made):
            return present(self._session, self._parts.real(made), text)
        source = self._parts.source_of(made)
        if source is not None:
            return self._view(
                text, self._parts.named(source) or "its source", made, "Only sizes, strides and the offset change."
            )
        return self._copy(text, made._array.shape, made, reason="Its elements are new.")

    def _attribute(self, text: str, node: nodes.Attribute) -> Decision:
        value = self._parts.value(node.value)
        if not isinstance(value, Tensor) or node.attr not in ATTRIBUTE_VIEWS:
            found = self._parts.value(node)
            if isinstance(found, Tensor):
                return self._item(text, found)
            if isinstance(found, np.ndarray):
                return present(self._session, found, text)
            raise CannotTell("it is no step on a tensor")
        what = self._parts.text(node.value)
        if node.attr == "data":
            return self._view(
                text, what, value, "It has the same elements and a version of its own, outside the graph."
            )
        made = attributes.lookup(value, node.attr)
        if made is value:
            return Decision(text, "same", what)
        if not on_one_storage(made, value):
            return self._copy(text, made._array.shape, made, reason="The elements are conjugated.")
        return self._view(text, what, made, "Only sizes, strides and the offset change.")

    def _view(self, text: str, what: str, made: Tensor, reason: str) -> Decision:
        return Decision(text, "view", what, reason, 0, made._array.shape, strides_of(made._array))

    def _copy(
        self, text: str, shape: Any, source: Tensor, *, broken: Condition | None = None, reason: str = ""
    ) -> Decision:
        size = int(np.prod(shape, dtype=np.int64)) * source._dtype.itemsize
        return Decision(text, "copy", "", reason, size, tuple(shape), contiguous_strides(shape), broken)


def _tensors(values: list[Any]) -> list[Tensor]:
    found = []
    for value in values:
        if isinstance(value, Tensor):
            found.append(value)
        elif isinstance(value, (list, tuple)):
            found += _tensors(list(value))
    return found


def _one_element(value: Tensor) -> Tensor:
    return Tensor._fresh(np.ones((1,) * value._array.ndim, value._array.dtype), value._dtype)


def _gathers(part: Any) -> bool:
    if isinstance(part, Tensor):
        return part._array.ndim > 0 or part._dtype.kind == BOOL or part._dtype is uint8
    return isinstance(part, (bool, list, tuple, range)) or (isinstance(part, np.ndarray) and part.ndim > 0)


def _product_shape(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of a matrix product."""
    left, right = one if len(one) > 1 else (1, *one), other if len(other) > 1 else (*other, 1)
    if left[-1] != right[-2]:
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({'x'.join(map(str, left))} and {'x'.join(map(str, right))})"
        )
    batch = np.broadcast_shapes(left[:-2], right[:-2])
    return (*batch, *([left[-2]] if len(one) > 1 else []), *([right[-1]] if len(other) > 1 else []))
