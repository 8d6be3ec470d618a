"""A gradient explained, as text: what `.grad` is made of, the steps of the chain rule with their numbers, the paths and their parts.

The facts are `diagnostics.gradient`'s.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from tensorsh.diagnostics.gradient import Call, Gradient, Local, Turn
from tensorsh.diagnostics.places import Place
from tensorsh.display.numbers import elements, numbers_text
from tensorsh.display.screen import PLAIN, Screen
from tensorsh.display.tables import folded

_NAMELESS = re.compile(r"Backward\d+( #\d+)?$")  # a step that has neither a name nor a choice
MOST_USES = 8
_COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def gradient_text(facts: Gradient, screen: Screen = PLAIN) -> str:
    """The whole explanation.

    >>> from tensorsh import torch
    >>> from tensorsh.diagnostics.gradient import gradient
    >>> x = torch.tensor(3., requires_grad=True)
    >>> y = x * 5
    >>> y.backward()
    >>> print(gradient_text(gradient(x, {"x": x, "y": y})))
    x.grad = 5: one backward() call.
    <BLANKLINE>
    From y back to x:
      y: MulBackward0   1 × 5 → 5 for x
    """
    name = facts.name or "it"
    blocks = [_grad(facts, name)]
    if facts.lost:
        blocks.append(_lost(facts, name))
    elif facts.steps:
        blocks.append(_steps(facts, name, screen.width))
        if facts.paths:
            blocks.append(_paths(facts, name, screen.width))
    return "\n\n".join(folded(block, screen.width) for block in blocks)


def _grad(facts: Gradient, name: str) -> str:
    owner = f"{name}.grad" if facts.name else "its .grad"
    if facts.grad is None:
        if not facts.leaf:
            return f"{owner} is None: {name} is not a leaf, and its gradient is passed on; {facts.name or 't'}.retain_grad() would keep it."
        return f"{owner} is None: no backward() has added to it."
    shown = numbers_text(facts.grad)
    if not facts.calls:
        return f"{owner} = {shown}, set by hand."
    count = f"{_count(facts.passes)} backward() call{'' if facts.passes == 1 else 's'}"
    since = _since_zero(facts.calls)
    recent = facts.calls[since:]
    parts = [call.added for call in recent]
    known = since > 0 or len(facts.calls) == facts.passes
    if facts.changed:
        first = f"{owner} = {shown}, written to after {count}"
    elif len(recent) > 1 and known and all(part is not None for part in parts):
        sums = " + ".join(numbers_text(part) for part in parts if part is not None)
        first = f"{owner} = {shown} = {sums}: {_count(len(recent))} backward() calls" if since else f"{owner} = {shown} = {sums}: {count}"
        if since:
            first += " since it was set to zero"
    elif since:
        first = f"{owner} = {shown}: one backward() call since it was set to zero, {count} in all"
    else:
        first = f"{owner} = {shown}: {count}"
    places = [call for call in recent if call.place is not None]
    if len(recent) == 1 and places and places[0].place is not None:
        return f"{first}, {places[0].place.words}: {places[0].place.text}"
    lines = [first + ("." if not places else ":")]
    for call in places:
        added = "" if call.added is None else f"  added {numbers_text(call.added)}"
        lines.append(f"  {_place(call.place)}{added}")
    return "\n".join(lines)


def _since_zero(calls: Sequence[Call]) -> int:
    """The first call after `.grad` was last set to zero; 0 if it was not."""
    return max((at for at, call in enumerate(calls) if at and call.before is not None and _is_zero(call.before.values)), default=0)


def _is_zero(values: Any) -> bool:
    return all(map(_is_zero, values)) if isinstance(values, list) else values == 0


def _steps(facts: Gradient, name: str, width: int) -> str:
    root = _root(facts)
    lines = [f"From {root} back to {name}:"]
    if facts.root_shape:
        lines = [f"From {root} back to {name}, with a gradient of ones ({root} has shape {list(facts.root_shape)}):"]
    place = None
    for at, turn in enumerate(facts.steps):
        if facts.skipped and at == len(facts.steps) // 2:
            lines.append(f"  … {facts.skipped:,} steps")
            place = None
        if turn.place is not None and turn.place != place:
            lines.append(f"  {_place(turn.place)}")
            place = turn.place
        margin = "    " if turn.place is not None else "  "
        lines += [margin + line for line in _turn(turn, width - len(margin))]
    same = facts.grad is not None and facts.gradient is not None and facts.grad.values == facts.gradient.values
    if facts.gradient is not None and facts.grad is not None and not same:
        lines.append(f"  That is {numbers_text(facts.gradient)} for {name} in one pass.")
    if any(isinstance(value, complex) for turn in facts.steps for one in turn.inputs if one.derivative for value in elements(one.derivative.values)):
        lines.append("  Of complex numbers the factors are the conjugates of the derivatives, as in PyTorch.")
    if facts.hooked:
        which = f"{_and(facts.hooked)} {'has a hook' if len(facts.hooked) == 1 else 'have hooks'}"
        lines.append(f"  {which}, which the steps leave out: what went on from there in backward() may be another gradient.")
    if facts.rewritten:
        which = f"{_and([name or 'A tensor' for name in facts.rewritten])} {'was' if len(facts.rewritten) == 1 else 'were'}"
        lines.append(f"  {which} written to through .data after it was saved; the steps take what is there now, as backward() does.")
    return "\n".join(lines)


def _turn(turn: Turn, room: int) -> list[str]:
    """A step, what it sends beside it, or beneath it where there is no room."""
    start = (f"{turn.name}: {turn.title}" if turn.name else turn.label) + "   "
    sent = [_local(turn, local, len(turn.inputs) > 1) for local in turn.inputs]
    if len(start) + max(map(len, sent), default=0) > room:
        return [start.rstrip(), *(f"  {one}" for one in sent)]
    return [(" " * len(start) if at else start) + one for at, one in enumerate(sent)] or [start.rstrip()]


def _local(turn: Turn, local: Local, several: bool) -> str:
    arrived = ", ".join("nothing" if one is None else numbers_text(one, brief=True) for one in turn.arrived)
    by = f" × {numbers_text(local.derivative, brief=True)}" if local.derivative is not None else ""
    sent = numbers_text(local.sent)
    role = f" ({local.parameter})" if several and local.parameter else ""
    return f"{arrived}{by} → {sent} for {local.to}{role}"


def _paths(facts: Gradient, name: str, width: int) -> str:
    """The paths with their parts; or, where they are too many, the uses of the tensor, of which the paths through one add up to its part."""
    if len(facts.paths) == facts.ways:
        title = f"{_count(facts.ways).capitalize()} paths:"
    else:
        title = f"{facts.ways:,} paths lead from {_root(facts)} to {name}; by where they end, they add up to:"
    shown = facts.paths[:MOST_USES]
    values = [numbers_text(path.contribution) for path in shown]
    room = max(width - max(map(len, values)) - 4, width // 2)
    rows = [(_path(path.through, name, room), value) for path, value in zip(shown, values, strict=True)]
    if len(shown) < len(facts.paths):
        rows.append((f"… {len(facts.paths) - len(shown):,} more", ""))
    rows.append(("together", "" if facts.gradient is None else numbers_text(facts.gradient)))
    wide = max(len(way) for way, _ in rows)
    if wide + max(map(len, values)) + 4 > width:  # each part goes below its path
        return "\n".join([title, *(f"  {way}\n    {value}".rstrip() for way, value in rows)])
    return "\n".join([title, *(f"  {way.ljust(wide)}  {value}".rstrip() for way, value in rows)])


def _path(through: Sequence[str], name: str, room: int) -> str:
    """A path in one line; where there is no room, without the steps that have neither a name nor a choice."""
    steps = [*through, name]
    if len(" → ".join(steps)) <= room:
        return " → ".join(steps)
    short: list[str] = []
    for step in steps:
        if not _NAMELESS.search(step):
            short.append(step.replace("Backward0", ""))
        elif short[-1:] != ["…"]:
            short.append("…")
    return " → ".join(short)


def _lost(facts: Gradient, name: str) -> str:
    root = _root(facts)
    where = "" if facts.culprit_place is None else f" for {facts.culprit_place.words}: {facts.culprit_place.text}"
    if facts.lost == "unused":
        return f"No variable holds a result that depends on {name}, so there are no steps to show."
    if facts.lost == "apart":
        return f"{root[:1].upper() + root[1:] if not facts.root else root} does not depend on {name}."
    if facts.lost == "long":
        return f"The way from {root} to {name} is too long to show step by step."
    if facts.lost == "written":
        what = facts.culprit or "a tensor"
        lines = [f"The steps cannot be shown any more: {what} was written to after it was saved{where}"]
    elif facts.lost == "failed":
        lines = [f"The steps cannot be shown, for a derivative fails, as it would in backward(): {facts.culprit}"]
        lines += [f"It is that of{where.removeprefix(' for')}"] if where else []
    else:
        lines = [
            f"The steps cannot be shown any more: backward() has freed the large tensors that were saved{where}",
            "Ask before backward(), or call backward(retain_graph=True).",
        ]
    lines.append(f"The way back from {root} to {name}:")
    for part in facts.way:
        start = "" if part.place is None else f"{part.place.words}: {part.place.text}   "
        lines.append(f"  {start}{', '.join(part.titles)}")
    return "\n".join(lines)


def _and(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _root(facts: Gradient) -> str:
    return facts.root or "the result"


def _place(place: Place | None) -> str:
    return "" if place is None else f"{place.words}: {place.text}"


def _count(number: int) -> str:
    return _COUNTS[number] if number < len(_COUNTS) else f"{number:,}"
