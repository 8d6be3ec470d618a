"""Why a tensor has no gradient, in words. The facts are `diagnostics.why_none`'s."""

from __future__ import annotations

from tensorsh.diagnostics.places import Place
from tensorsh.diagnostics.why_none import MOST_TOLD, Made, Stop, WhyNone
from tensorsh.display.screen import PLAIN, Screen
from tensorsh.display.tables import folded

_STOPS = {
    "detach": "detach() leaves the graph",
    "data": ".data leaves the graph",
    "no_grad": "torch.no_grad() or set_grad_enabled(False) records nothing",
    "inference": "torch.inference_mode() records nothing",
    "integer": "an integer or bool result has no derivative",
    "item": "a number that is taken out of a tensor (item(), float(), tolist(), torch.tensor([t])) has no graph",
    "copy": "torch.tensor() copies the numbers and leaves the graph",
}
_FIXES = {
    "detach": "Leave out detach() where the gradient should come through.",
    "data": "Use the tensor itself instead of .data where the gradient should come through.",
    "no_grad": "Compute it where gradients are recorded.",
    "inference": "Compute it outside of torch.inference_mode().",
    "integer": "Keep to floating point where the gradient should come through; instead of argmax and comparisons, losses use softmax and the like.",
    "item": "Compute with the tensor itself where the gradient should come through: a instead of a.item(), torch.stack([a, b]) instead of "
    "torch.tensor([a, b]).",
    "copy": "Use the tensor itself, or its clone(), where the gradient should come through.",
}


def why_none_text(facts: WhyNone, screen: Screen = PLAIN) -> str:
    """The answer, a sentence a line.

    >>> from tensorsh import torch
    >>> from tensorsh.diagnostics.why_none import why_none
    >>> x = torch.arange(3)
    >>> print(why_none_text(why_none(x, {"x": x})))
    x is int64: only floating point and complex tensors have gradients.
    Make it so, as in x.float().requires_grad_().
    """
    lines = _LINES[facts.reason](facts, facts.name or "it")
    return folded("\n".join(lines if facts.name else [line[:1].upper() + line[1:] for line in lines]), screen.width)


def _code(name: str, call: str) -> str:
    return f"{'t' if name == 'it' else name}.{call}"


def _has(facts: WhyNone, name: str) -> list[str]:
    return [f"{name}.grad is not None; %grad {name} or explain_grad({name}) explains it."]


def _zero(facts: WhyNone, name: str) -> list[str]:
    return [
        f"{name}.grad is not None, but 0 everywhere: some step has a derivative of 0, as relu has below 0, and round() and sign() have, or its parts cancel out.",
        f"%grad {name} or explain_grad({name}) shows in which step the gradient becomes 0.",
    ]


def _integer(facts: WhyNone, name: str) -> list[str]:
    return [
        f"{name} is {facts.dtype}: only floating point and complex tensors have gradients.",
        f"Make it so, as in {_code(name, 'float().requires_grad_()')}.",
    ]


def _stopped(facts: WhyNone, name: str) -> list[str]:
    [stop] = facts.stops
    start = f"{name} requires no gradient"
    if facts.rebound == "update":
        return [f"{start}: {_renamed(stop.place)}, and {_STOPS[stop.kind]}.", _in_place(facts)]
    if len(facts.chain) > 1:
        return [f"{start}, for it was made from {_and(facts.chain[1:])}: {_stop(stop)}.", _FIXES[stop.kind]]
    if stop.result == facts.name:
        return [f"{start}: it was made{_at(stop.place)}, where {_STOPS[stop.kind]}.", _FIXES[stop.kind]]
    return [f"{start}: {_stop(stop)}.", _FIXES[stop.kind]]


def _switched_off(facts: WhyNone, name: str) -> list[str]:
    return [
        f"{name} requires no gradient: requires_grad was set to False{_at(facts.where)}.",
        f"Leave that out, or write {_code(name, 'requires_grad_()')} before it is used again.",
    ]


def _plain(facts: WhyNone, name: str) -> list[str]:
    if facts.operands:
        which = "which requires none" if len(facts.operands) == 1 else "none of which requires one"
        one = "Ask for one" if len(facts.operands) == 1 else "Ask for that of the tensor that you want it for"
        return [
            f"{name} requires no gradient: it was computed from {_and(facts.operands)}{_at(facts.place)}, {which}.",
            f"{one} before that line, as in {facts.operands[0]}.requires_grad_().",
        ]
    return [
        f"{name} requires no gradient: it was made without requires_grad=True, from nothing that has it.",
        f"Write {_code(name, 'requires_grad_()')} before it is used.",
    ]


def _not_a_leaf(facts: WhyNone, name: str) -> list[str]:
    if facts.rebound == "update":
        return [f"{name} is not a leaf any more: {_renamed(facts.place)}. The parameter that it was made from has none now.", _in_place(facts)]
    made = f"{name} is not a leaf: it was computed{_at(facts.place)}."
    retain = f"call {_code(name, 'retain_grad()')} before backward()."
    if facts.unnamed:
        return [
            f"{made} backward() passes its gradient on to the leaf that it was made from, which has no name{' any more' if facts.rebound else ''}.",
            f"To make {name} a leaf, write {name} = {_code(name, 'detach().requires_grad_()')} after that line. To see its gradient as it is, {retain}",
        ]
    return [f"{made} backward() passes its gradient on and does not keep it.", retain[:1].upper() + retain[1:]]


def _renamed(place: Place | None) -> str:
    where = "a statement" if place is None else f"{place.words}, `{place.text}`,"
    return f"{where} gave its name to a new tensor"


def _in_place(facts: WhyNone) -> str:
    return f"Update the parameter in place, under torch.no_grad(): {facts.instead or 'p -= …'}"


def _used_up(facts: WhyNone, name: str) -> list[str]:
    first = f"A backward pass went through {_results(facts.results)}, which {_depend(facts.results)} on {name}, but {name}.grad holds nothing."
    if facts.where is not None:
        return [first, f"It was set to None{_at(facts.where)}."]
    return [
        first,
        "It was set to None since, or the pass was torch.autograd.grad(), which hands gradients back and adds to no .grad, or "
        "backward(inputs=…) for other tensors.",
    ]


def _no_backward(facts: WhyNone, name: str) -> list[str]:
    first = f"{_results(facts.results)} {_depend(facts.results)} on {name}, but no backward pass has gone through {_it(facts.results)}"
    if facts.passed:
        return [f"{first}: {_results(facts.passed)}, where one began, {_is_not(facts.passed)} computed from {name}.", _call(facts.results[0], facts.passed[0])]
    return [f"{first}.", _call(facts.results[0])]


def _call(result: Made, passed: Made | None = None) -> str:
    name = result.name
    how = f"{name}.backward()" if result.single else f"backward() on one number that is computed from it, as {name}.sum().backward()"
    return f"Compute {passed.name} from {name}, or call {how}." if passed is not None else f"Call {how}."


def _cut_off(facts: WhyNone, name: str) -> list[str]:
    if facts.results:
        lines = [
            f"{_results(facts.results)} {_depend(facts.results)} on {name}, but no backward pass has gone through {_it(facts.results)}. "
            f"What is made from {name} leaves the graph here:"
        ]
    else:
        lines = [f"Nothing that was recorded depends on {name}. What is made from it leaves the graph here:"]
    lines += [f"  {_stop(stop)}" for stop in facts.stops[:MOST_TOLD]]
    if len(facts.stops) > MOST_TOLD:
        lines.append(f"  and in {len(facts.stops) - MOST_TOLD} other places")
    return [*lines, *dict.fromkeys(_FIXES[stop.kind] for stop in facts.stops[:MOST_TOLD])]


def _late(facts: WhyNone, name: str) -> list[str]:
    was = "was" if len(facts.results) == 1 else "were"
    return [
        f"{_results(facts.results)} {was} computed from {name} before it required a gradient, which it does since {_at(facts.where)[4:]}.",
        f"Move that statement up, or write requires_grad=True where {name} is made.",
    ]


def _unused(facts: WhyNone, name: str) -> list[str]:
    if facts.passed:
        return [
            f"{name} requires a gradient, but {_results(facts.passed)}, where a backward pass began, {_is_not(facts.passed)} computed from it, "
            "nor is any other result that is still held.",
            f"Check that the loss uses {name} itself.",
        ]
    return [
        f"{name} requires a gradient but was never used: no recorded result that is still held was computed from it.",
        f"Check that the loss uses {name} itself, and that it was computed after {name} began to require a gradient.",
    ]


_LINES = {
    "has": _has, "zero": _zero, "integer": _integer, "stopped": _stopped, "switched off": _switched_off, "plain": _plain, "not a leaf": _not_a_leaf,
    "used up": _used_up, "no backward": _no_backward, "cut off": _cut_off, "late": _late, "unused": _unused,
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
    told = [f"{one.name or 'a result'}{'' if one.place is None else f' ({one.place.words})'}" for one in results[:MOST_TOLD]]
    more = len(results) - len(told)
    return _and((*told, f"{more} other{'s' if more > 1 else ''}") if more else tuple(told))


def _depend(results: tuple[Made, ...]) -> str:
    return "depends" if len(results) == 1 else "depend"


def _it(results: tuple[Made, ...]) -> str:
    return "it" if len(results) == 1 else "them"


def _is_not(results: tuple[Made, ...]) -> str:
    return "was not" if len(results) == 1 else "were not"


def _and(names: tuple[str, ...]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
