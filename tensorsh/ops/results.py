"""Named results: `torch.return_types.max(values=…, indices=…)`."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

_made: dict[tuple[str, tuple[str, ...]], type] = {}


class NamedResult(tuple[Any, ...]):
    """A tuple whose parts have names, printed as PyTorch prints it."""

    __slots__ = ()
    _fields: tuple[str, ...] = ()

    def __repr__(self) -> str:
        inside = ",\n".join(f"{name}={value!r}" for name, value in zip(self._fields, self, strict=True))
        return f"{type(self).__name__}(\n{inside})"


def named_result(name: str, fields: tuple[str, ...]) -> type:
    """The class of an operator's named results."""
    found = _made.get((name, fields))
    if found is None:
        namespace: dict[str, Any] = {
            "__slots__": (), "_fields": fields, "__module__": "torch.return_types", "__qualname__": name,
        }  # fmt: skip
        namespace.update({field: property(itemgetter(at)) for at, field in enumerate(fields)})
        # Python's own error texts name it so.
        found = _made[name, fields] = type(f"torch.return_types.{name}", (NamedResult,), namespace)
    return found
