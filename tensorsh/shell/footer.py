"""The line beneath a tensor: its facts in few words, broken where the window ends."""

from __future__ import annotations

from textwrap import wrap

from tensorsh.diagnostics.tensor_facts import TensorFacts

SEPARATOR = " · "
NAMES_SHOWN = 4


def footer_parts(facts: TensorFacts) -> list[str]:
    """What the footer says, in the order of its parts.

    >>> from tensorsh import torch
    >>> from tensorsh.diagnostics.tensor_facts import tensor_facts
    >>> x = torch.ones(2, 3)
    >>> footer_parts(tensor_facts(x.t(), {"x": x}))
    ['[3, 2] float32', 'view of x']
    """
    parts = [f"{list(facts.shape)} {facts.dtype}"]
    if len(facts.names) > 1:
        parts.append(f"{listed(facts.names)} are one tensor")
    if facts.is_view:
        assert facts.base_shape is not None
        parts.append(f"view of {listed(facts.view_of) or f'an unnamed {list(facts.base_shape)}'}")
    if facts.shared_with:
        parts.append(f"shares memory with {listed(facts.shared_with)}")
    if facts.grad_fn:
        parts.append(f"grad_fn {facts.grad_fn}")
    elif facts.requires_grad:
        parts.append("leaf, requires grad")
    return parts


def listed(names: tuple[str, ...]) -> str:
    """`x, y and z`, or `x, y, z, w and 3 more`."""
    if len(names) > NAMES_SHOWN + 1:
        return f"{', '.join(names[:NAMES_SHOWN])} and {len(names) - NAMES_SHOWN} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def footer_lines(facts: TensorFacts, width: int) -> list[str]:
    """The parts in lines of fewer than `width` columns, where the words allow it."""
    lines: list[str] = []
    for part in footer_parts(facts):
        if lines and len(lines[-1]) + len(SEPARATOR) + len(part) < width:
            lines[-1] += SEPARATOR + part
        else:
            lines += wrap(part, max(width - 1, 20), break_long_words=False)
    return lines
