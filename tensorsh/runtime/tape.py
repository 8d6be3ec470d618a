"""What the latest backward passes added to a leaf's `.grad`, kept for explanations.

Numbers and statements only, so that nothing is kept alive; and only of the last `CALLS_KEPT` passes since `.grad` was set.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

CALLS_KEPT = 8
SMALL = 16  # elements of a gradient or a saved value that are kept

Array = np.ndarray[Any, Any]


class Added(NamedTuple):
    """One pass that reached a leaf. `roots` are the numbers of the nodes it began at. `before` is what stood in `.grad` and `value`
    what was added; both are None for the first pass, whose value is `.grad` itself until the next, and where they are large.
    """

    where: Any
    roots: tuple[int, ...]
    before: Array | None = None
    value: Array | None = None
