"""What stands for no value: in the place of a variable, or as the end of a block.

The closure of a statement gives None, or a signal if the block that it stands in must not go on: `BREAK` and `CONTINUE` go as far as the
loop, `RETURN` as far as the function, with the value in slot 0 of the frame. So ordinary control flow raises nothing.
"""

from __future__ import annotations

from typing import Any


def _sentinel(name: str) -> Any:
    return type(name, (), {"__slots__": (), "__repr__": lambda self: f"<{name}>"})()


UNBOUND = _sentinel("unbound")  # in the slot, or in the cell, of a variable
BREAK, CONTINUE, RETURN = map(_sentinel, ("break", "continue", "return"))
