"""What an expression would give, a view or a copy, and why, in two lines. The facts are `diagnostics.view_or_copy`'s."""

from __future__ import annotations

from tensorsh.diagnostics.view_or_copy import Decision
from tensorsh.display.tables import byte_text


def decision_text(facts: Decision) -> str:
    """The decision, and below it what decides it.

    >>> from tensorsh.diagnostics.view_or_copy import Condition
    >>> broken = Condition("stride[0] == size[1] * stride[1]", 1, 6)
    >>> print(decision_text(Decision("y.reshape(6)", "copy", "y", bytes=24, shape=(6,), stride=(1,), broken=broken)))
    y.reshape(6) gives a copy: shape [6], stride (1,), 24 B of new memory.
      A view would need stride[0] == size[1] * stride[1], but 1 ≠ 6.
    """
    lines = [f"{facts.expression} {_HEADS[facts.kind](facts)}."]
    if facts.broken is not None:
        lines.append(f"  A view would need {facts.broken}.")
    if facts.reason and facts.kind != "unknown":
        lines += [f"  {line}" for line in facts.reason.split("\n")]
    return "\n".join(lines)


def _window(facts: Decision) -> str:
    if facts.shape is None:
        return ""
    stride = "" if facts.stride is None else f", stride {facts.stride}"
    return f"shape {list(facts.shape)}{stride}"


def _copy(facts: Decision) -> str:
    size = "new memory" if facts.bytes is None else f"{byte_text(facts.bytes)} of new memory"
    window = _window(facts)
    return f"gives a copy: {window}, {size}" if window else f"gives a copy, in {size}"


def _view(facts: Decision) -> str:
    memory = f"{byte_text(facts.bytes)} of new memory in all" if facts.bytes else "no new memory"
    if facts.count != 1:
        return f"gives {facts.count} views of {facts.source}, {memory}"
    return f"gives a view of {facts.source}: {_window(facts)}, {memory}"


_HEADS = {
    "view": _view,
    "present": lambda facts: f"is {facts.source}: {_window(facts)}",
    "copy": _copy,
    "same": lambda facts: f"gives {facts.source} itself, no new memory",
    "write": lambda facts: f"writes to {facts.source} in place and gives it back, no new memory",
    "refused": lambda facts: "fails",
    "unknown": lambda facts: f"cannot be decided before it runs: {facts.reason}",
}
