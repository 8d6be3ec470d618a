"""Our words after PyTorch's: what the numbers of an error mean for the operands at hand, and what would work.

A table leads from the text of an error to a function that makes the hint from the operands' shapes, dtypes and code; its rows stand
with their functions, one file a subject. A text that the table does not know gets no hint; a suggestion that cannot be checked is
not made.
"""

from __future__ import annotations

import re

from tensorsh.diagnostics.array_advice import ARRAYS
from tensorsh.diagnostics.call_advice import CALLS
from tensorsh.diagnostics.dtype_advice import DTYPES
from tensorsh.diagnostics.failure import Hint
from tensorsh.diagnostics.gradient_advice import GRADIENTS
from tensorsh.diagnostics.index_advice import INDICES
from tensorsh.diagnostics.memory_advice import MEMORY
from tensorsh.diagnostics.shape_advice import SHAPES
from tensorsh.diagnostics.situation import Row, Situation
from tensorsh.diagnostics.value_advice import VALUES

ADVICE: tuple[Row, ...] = (*SHAPES, *INDICES, *DTYPES, *GRADIENTS, *MEMORY, *ARRAYS, *VALUES, *CALLS)


def advise(message: str, situation: Situation) -> Hint | None:
    """The hint for an error's text, or None."""
    for pattern, make in ADVICE:
        match = re.search(pattern, message)
        if match is not None:
            return make(match, situation)
    return None
