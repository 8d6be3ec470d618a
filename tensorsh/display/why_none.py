"""Why a tensor has no gradient, in words, with the line where the gradient stopped and what to change. The facts are `diagnostics.why_none`'s."""

from __future__ import annotations

from tensorsh.diagnostics.places import Place
from tensorsh.diagnostics.why_none import Made, Stop, WhyNone

_STOPS = {
    "detach": "detach() leaves the graph",
    "data": ".data leaves the graph",
    "no_grad": "torch.no_grad() records nothing",
    "integer": "an integer or bool result has no derivative",
}
_FIXES = {
    "detach": "Leave out detach() where the gradient should come through.",
    "data": "Use the tensor itself instead of .data where the gradient should come through.",
    "no_grad": "Compute it outside of torch.no_grad().",
    "integer": "Keep to floating point where the gradient should come through.",
}


def why_none_text(facts: WhyNone) -> str:
    """The answer, a sentence a line.

    >>> from tensorsh import torch
    >>> from tensorsh.diagnostics.why_none import why_none
    >>> x = torch.arange(3)
    >>> print(why_none_text(why_none(x, {"x": x})))
    x is int64: only floating point and complex tensors have gradients.
    Make it so, as in x.float().requires_grad_().
    """
    lines = _LINES[facts.reason](facts, facts.name or "it")
    return "\n".join(lines if facts.name else [line[:1].upper() + line[1:] for line in lines])


def _code(name: str, call: str) -> str:
    return f"{'t' if name == 'it' else name}.{call}"


def _has(facts: WhyNone, name: str) -> list[str]:
    return [f"{name}.grad is not None; explain_grad({name}) explains it."]


def _integer(facts: WhyNone, name: str) -> list[str]:
    return [
        f"{name} is {facts.dtype}: only floating point and complex tensors have gradients.",
        f"Make it so, as in {_code(name, 'float().requires_grad_()')}.",
    ]


def _stopped(facts: WhyNone, name: str) -> list[str]:
    [stop] = facts.stops
    lines = [f"{name} requires no gradient: {_stop(stop)}."]
    if len(facts.chain) > 1:
        lines[0] = f"{name} requires no gradient, for it was made from {_and(facts.chain[1:])}: {_stop(stop)}."
    return [*lines, _FIXES[stop.kind]]


def _plain(facts: WhyNone, name: str) -> list[str]:
    return [
        f"{name} requires no gradient: it was made without requires_grad=True, from nothing that has it.",
        f"Write {_code(name, 'requires_grad_()')} before it is used.",
    ]


def _not_a_leaf(facts: WhyNone, name: str) -> list[str]:
    made = f"{name} is not a leaf: it was computed{_at(facts.place)}. backward() passes its gradient on and does not keep it."
    return [made, f"Call {_code(name, 'retain_grad()')} before backward()."]


def _used_up(facts: WhyNone, name: str) -> list[str]:
    return [
        f"A backward pass went through {_results(facts.results)}, which depends on {name}, but {name}.grad holds nothing.",
        "It was set to None since, or the pass was torch.autograd.grad(), which hands gradients back and adds to no .grad.",
    ]


def _no_backward(facts: WhyNone, name: str) -> list[str]:
    first = facts.results[0].name
    return [
        f"{_results(facts.results)} depends on {name}, but no backward pass has gone through it.",
        f"Call {first}.backward()." if first else "Call backward() on it.",
    ]


def _cut_off(facts: WhyNone, name: str) -> list[str]:
    lines = []
    if facts.results:
        lines.append(f"{_results(facts.results)} depends on {name}, but no backward pass has gone through it. What is made from it stops here:")
    else:
        lines.append(f"Nothing that was recorded depends on {name}. Its gradient stops here:")
    lines += [f"  {_stop(stop)}" for stop in facts.stops]
    return [*lines, *dict.fromkeys(_FIXES[stop.kind] for stop in facts.stops)]


def _unused(facts: WhyNone, name: str) -> list[str]:
    return [
        f"{name} requires a gradient but was never used: no recorded result that is still held was computed from it.",
        f"Check that the loss uses {name} itself, and that it was computed after {name} began to require a gradient.",
    ]


_LINES = {
    "has": _has, "integer": _integer, "stopped": _stopped, "plain": _plain, "not a leaf": _not_a_leaf, "used up": _used_up,
    "no backward": _no_backward, "cut off": _cut_off, "unused": _unused,
}  # fmt: skip


def _stop(stop: Stop) -> str:
    made = f"{stop.result} was made" if stop.result else ""
    at = _at(stop.place)
    if made:
        return f"{made}{at}, where {_STOPS[stop.kind]}"
    return f"{at.removeprefix(' at ')}: {_STOPS[stop.kind]}" if at else _STOPS[stop.kind]


def _at(place: Place | None) -> str:
    return "" if place is None else f" at {place.words}, `{place.text}`"


def _results(results: tuple[Made, ...]) -> str:
    return _and(tuple(f"{one.name or 'a result'}{'' if one.place is None else f' ({one.place.words})'}" for one in results))


def _and(names: tuple[str, ...]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
