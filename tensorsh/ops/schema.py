"""PyTorch's schema strings, read into parameters and returns.

    add(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor
    max.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)

The language is that of PyTorch's native_functions.yaml. `self` is what a method is called on; the function calls it `input`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

REQUIRED: Any = type("Required", (), {"__repr__": lambda self: "<required>"})()


class Parameter(NamedTuple):
    """One argument: its type without marks (`Tensor`, `int[]`, `ScalarType?` …), its default, whether it is keyword-only."""

    type: str
    name: str
    default: Any
    keyword_only: bool

    @property
    def is_tensor(self) -> bool:
        return self.type in ("Tensor", "Tensor?")

    @property
    def is_tensor_list(self) -> bool:
        return self.type in ("Tensor[]", "Tensor?[]")


class Schema(NamedTuple):
    """`name.overload(parameters) -> returns`; `returns` are `(type, name)` pairs, the name empty if none was given."""

    name: str
    overload: str
    parameters: tuple[Parameter, ...]
    returns: tuple[tuple[str, str], ...]

    @property
    def tensors(self) -> list[Parameter]:
        """The parameters that are one tensor each."""
        return [p for p in self.parameters if p.is_tensor]

    @property
    def tensor_list(self) -> Parameter | None:
        """The parameter that is a list of tensors."""
        return next((p for p in self.parameters if p.is_tensor_list), None)

    @property
    def gives_one(self) -> bool:
        """Whether the result is one tensor, not several or a list."""
        return len(self.returns) == 1 and self.returns[0][0] == "Tensor"

    @property
    def output_names(self) -> list[str]:
        """What derivatives call the outputs: `result`, or each by its name."""
        if len(self.returns) == 1:
            return ["result"]
        return [name or f"result{at}" for at, (_, name) in enumerate(self.returns)]


_DEFAULTS = {"None": None, "True": True, "False": False, "[]": (), "inf": float("inf"), "-inf": float("-inf")}


def _default(text: str) -> Any:
    if text in _DEFAULTS:
        return _DEFAULTS[text]
    if text[0] in "'\"":
        return text[1:-1]
    if text[0] == "[":
        return tuple(int(part) for part in text[1:-1].split(","))
    try:
        return int(text)
    except ValueError:
        return float(text)


def _strip_marks(kind: str) -> str:
    """`Tensor(a!)` says what is aliased or written; the Python name of the type is `Tensor`."""
    start = kind.find("(")
    return kind if start < 0 else kind[:start] + kind[kind.index(")") + 1 :]


def _split(text: str) -> list[str]:
    """Split at the commas that stand in no bracket."""
    parts, depth, start = [], 0, 0
    for i, c in enumerate(text):
        if c in "([":
            depth += 1
        elif c in ")]":
            depth -= 1
        elif c == "," and not depth:
            parts.append(text[start:i].strip())
            start = i + 1
    last = text[start:].strip()
    return [*parts, last] if last else parts


def parse(text: str) -> Schema:
    """Read a schema string.

    >>> schema = parse("sum(Tensor self, int[1]? dim=None, *, ScalarType? dtype=None) -> Tensor")
    >>> [(p.type, p.name) for p in schema.parameters]
    [('Tensor', 'self'), ('int[1]?', 'dim'), ('ScalarType?', 'dtype')]
    """
    head, _, tail = text.rpartition(" -> ")  # `Tensor(a -> *)` may stand inside
    full_name, _, inside = head.partition("(")
    name, _, overload = full_name.strip().partition(".") if not full_name.startswith("_.") else (full_name, "", "")
    parameters = []
    keyword_only = False
    for part in _split(inside[: inside.rindex(")")]):
        if part == "*":
            keyword_only = True
            continue
        kind, _, rest = part.rpartition(" ")
        label, equals, default = rest.partition("=")
        parameters.append(Parameter(_strip_marks(kind), label, _default(default) if equals else REQUIRED, keyword_only))
    tail = tail.strip()
    # A single return may itself carry brackets: `Tensor(a)`, `Tensor(a)[]`.
    listed = _split(tail[1:-1]) if tail.startswith("(") else ([tail] if tail else [])
    returns = []
    for part in listed:
        kind, _, label = part.partition(" ")
        returns.append((_strip_marks(kind), label))
    return Schema(name, overload, tuple(parameters), tuple(returns))
