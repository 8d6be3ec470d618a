"""The derivative of a backward pass that has no rule of its own: its formula, written as tensor code, is differentiated."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tensorsh.runtime.differentiate import grad
from tensorsh.runtime.grad_mode import enable_grad
from tensorsh.runtime.state import current
from tensorsh.runtime.tensor import Tensor


def differentiated(
    formula: Callable[..., Sequence[Tensor]], inputs: Sequence[Tensor], arrived: Sequence[Tensor | None], needs: Sequence[bool]
) -> list[Tensor | None]:
    """The gradients of `inputs` (None where not needed) from those that arrived at what `formula` gives of them.

    They have a history if one is wanted; so they can be differentiated again.
    """
    recorded = current().grad_enabled
    with enable_grad():
        # Inputs may depend on each other; behind a view each is one of its own.
        entered = [_entered(x, recorded) if wanted else x for x, wanted in zip(inputs, needs, strict=True)]
        made = formula(*entered)
    live = [(x, g) for x, g in zip(made, arrived, strict=True) if g is not None and x.requires_grad]
    if not live:
        return [None] * len(inputs)
    outputs, weights = zip(*live, strict=True)
    points = [x for x, wanted in zip(entered, needs, strict=True) if wanted]
    found = iter(grad(outputs, points, weights, create_graph=recorded, allow_unused=True))
    return [next(found) if wanted else None for wanted in needs]


def _entered(x: Tensor, recorded: bool) -> Tensor:
    return x.view_as(x) if recorded and x.requires_grad else x.detach().requires_grad_()
