"""How tensors print: PyTorch's `set_printoptions` and its relatives, kept in the state of the session in force.

The state holds only what was set; a missing key means PyTorch's default, so a fresh session needs no set-up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tensorsh.runtime import state

DEFAULTS: Mapping[str, Any] = {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80, "sci_mode": None}
MOST_DIGITS = 1000  # more than a float64 has, however small it is

# What a profile sets; the options it does not name keep their value. An unknown profile sets nothing, as in PyTorch.
PROFILES: Mapping[str, Mapping[str, Any]] = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full": {"precision": 4, "threshold": float("inf"), "edgeitems": 3, "linewidth": 80},
}


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Set how tensors print in this session; an option left out keeps its value.

    `precision` is the number of digits after the point, `threshold` the number of elements above which a tensor is
    summarised, `edgeitems` how many elements a summary shows at each end of a dimension, `linewidth` the columns of a
    line, `profile` one of `default`, `short` and `full`. `sci_mode` forces scientific notation on or off; unlike the
    others it is always set: left out, the values decide again.

    >>> with state.use(state.State()):
    ...     set_printoptions(precision=2)
    ...     get_printoptions()
    {'precision': 2, 'threshold': 1000, 'edgeitems': 3, 'linewidth': 80, 'sci_mode': None}
    """
    if precision is not None and not 0 <= precision <= MOST_DIGITS:
        raise ValueError(f"precision must be from 0 to {MOST_DIGITS}, not {precision}")
    options = state.current().print_options
    if profile is not None:
        options.update(PROFILES.get(profile, {}))
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    options.update((name, value) for name, value in given.items() if value is not None)
    options["sci_mode"] = sci_mode


def get_printoptions() -> dict[str, Any]:
    """The options in force, as a dict that `set_printoptions` takes back as keyword arguments.

    >>> with state.use(state.State()):
    ...     get_printoptions()["linewidth"]
    80
    """
    return {**DEFAULTS, **state.current().print_options}


@contextmanager
def printoptions(**options: Any) -> Iterator[None]:
    """Set print options for a block; takes what `set_printoptions` takes.

    >>> with state.use(state.State()):
    ...     with printoptions(sci_mode=True):
    ...         inside = get_printoptions()["sci_mode"]
    ...     inside, get_printoptions()["sci_mode"]
    (True, None)
    """
    before = get_printoptions()
    set_printoptions(**options)
    try:
        yield
    finally:
        set_printoptions(**before)
