"""Python's own syntax tree in the terms of ours: what the parser tests hold `tensorsh.language.parser` against."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from tensorsh.language import nodes

OPERATORS = {
    "Add": "+", "Sub": "-", "Mult": "*", "MatMult": "@", "Div": "/", "FloorDiv": "//", "Mod": "%", "Pow": "**",
    "LShift": "<<", "RShift": ">>", "BitOr": "|", "BitXor": "^", "BitAnd": "&", "USub": "-", "UAdd": "+", "Invert": "~",
    "Not": "not", "And": "and", "Or": "or", "Eq": "==", "NotEq": "!=", "Lt": "<", "LtE": "<=", "Gt": ">", "GtE": ">=",
    "Is": "is", "IsNot": "is not", "In": "in", "NotIn": "not in",
}  # fmt: skip
# What only one of the two trees has.
OURS_ALONE = {("Expr", "hidden")}
UNSUPPORTED = (
    ast.ClassDef, ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith, ast.Await, ast.Yield, ast.YieldFrom, ast.Match,
    ast.TryStar,
)  # fmt: skip


def supported(tree: ast.AST) -> bool:
    """Whether a tree stays inside of the language."""
    for node in ast.walk(tree):
        if isinstance(node, UNSUPPORTED) or (isinstance(node, ast.comprehension) and node.is_async):
            return False
    return True


def pairs(theirs: Any, ours: Any, path: str = "") -> Iterator[tuple[ast.AST, nodes.Node, str]]:
    """Walk both trees at once; asserts that they have the same form, and yields every pair of nodes with its path."""
    if isinstance(theirs, ast.AST) and type(theirs).__name__ in OPERATORS:
        assert OPERATORS[type(theirs).__name__] == ours, path
    elif isinstance(theirs, ast.AST):
        assert type(theirs).__name__ == type(ours).__name__, f"{path}: {ast.dump(theirs)} != {nodes.sexpr(ours)}"
        yield theirs, ours, path
        for field in ours.fields:
            if (type(ours).__name__, field) not in OURS_ALONE:
                yield from pairs(getattr(theirs, field), getattr(ours, field), f"{path}.{type(ours).__name__}.{field}")
    elif isinstance(theirs, list):
        assert isinstance(ours, tuple) and len(theirs) == len(ours), f"{path}: {theirs} != {nodes.sexpr(ours)}"
        for index, (left, right) in enumerate(zip(theirs, ours, strict=True)):
            yield from pairs(left, right, f"{path}[{index}]")
    else:
        if isinstance(theirs, float | complex) and theirs != theirs:
            return
        same_type = type(theirs) is type(ours) or path.endswith(".simple")
        assert same_type and theirs == ours, f"{path}: {theirs!r} != {ours!r}"


def span_of(node: ast.AST, lines: list[str]) -> tuple[int, int, int, int] | None:
    """A node's span in our count: columns from 1, in characters. CPython counts the bytes of UTF-8 from 0."""
    if not hasattr(node, "lineno"):
        return None
    start = len(lines[node.lineno - 1].encode()[: node.col_offset].decode()) + 1
    end = len(lines[node.end_lineno - 1].encode()[: node.end_col_offset].decode()) + 1
    return node.lineno, start, node.end_lineno, end
