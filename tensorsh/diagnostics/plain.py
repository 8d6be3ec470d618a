"""Facts as plain data, for `--json`: the one place where a dataclass becomes dictionaries, lists, texts and numbers."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any


def plain(fact: Any) -> Any:
    """`fact` as dictionaries, lists, texts, numbers and None.

    >>> from tensorsh.diagnostics.memory import Holder
    >>> plain([Holder("x", 24)])
    [{'path': 'x', 'bytes': 24, 'array': False}]
    """
    if is_dataclass(fact):
        return {field.name: plain(getattr(fact, field.name)) for field in fields(fact)}
    if isinstance(fact, dict):
        return {str(key): plain(value) for key, value in fact.items()}
    if isinstance(fact, (list, tuple, set, frozenset)):
        return [plain(item) for item in fact]
    if fact is None or isinstance(fact, (bool, int, float, str)):
        return fact
    return str(fact)


def json_text(fact: Any) -> str:
    """One line of JSON; NaN and infinities, which JSON does not have, are written as texts."""
    import json

    return json.dumps(_finite(plain(fact)), ensure_ascii=False, allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return str(value) if isinstance(value, float) and value - value != 0 else value
