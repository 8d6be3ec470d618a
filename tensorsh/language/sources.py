"""The sources that a session ran: which of them a node is a part of, and what its text is.

A node says where it stands in its source, not which source that is. The latest sources are kept, and those with functions in them
for as long as the session lives, since a later source may call them. Nothing is searched before somebody asks.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from tensorsh.language.nodes import Node, children

RECENT = 200  # sources without functions that are remembered


class Source:
    """A text that was run: its tree (None if it does not parse), its name, and an index of its nodes, made when it is needed."""

    __slots__ = ("_nodes", "filename", "module", "text")

    def __init__(self, module: Node | None, text: str, filename: str) -> None:
        self.module = module
        self.text = text
        self.filename = filename
        self._nodes: set[int] | None = None

    def holds(self, node: Node) -> bool:
        if self._nodes is None:
            # The tree keeps its nodes alive, so that an id stands for one of them.
            self._nodes = set()
            todo = [] if self.module is None else [self.module]
            while todo:
                part = todo.pop()
                self._nodes.add(id(part))
                todo += children(part)
        return id(node) in self._nodes

    def piece(self, node: Node) -> str:
        """The text of a node on one line; of a block only its head."""
        from tensorsh.display.errors import split_lines

        span, rows = node.span, split_lines(self.text)
        body = getattr(node, "body", None)
        last = body[0].span.line - 1 if isinstance(body, tuple) and body else span.end_line
        last = max(min(last, span.end_line, len(rows)), span.line)
        pieces = rows[span.line - 1 : last]
        if not pieces:
            return ""
        if last == span.end_line:
            pieces[-1] = pieces[-1][: span.end_column - 1]
        pieces[0] = pieces[0][span.column - 1 :]
        return " ".join(" ".join(pieces).split())


class Sources:
    """What a session remembers of its sources."""

    def __init__(self) -> None:
        self._recent: deque[Source] = deque(maxlen=RECENT)
        self._with_functions: list[Source] = []

    def remember(self, source: Source, has_functions: bool) -> None:
        if has_functions:
            self._with_functions.append(source)
        else:
            self._recent.append(source)

    def __iter__(self) -> Iterator[Source]:
        """The latest first, as far as that is known."""
        yield from reversed(self._recent)
        yield from reversed(self._with_functions)

    def of(self, node: Any) -> Source | None:
        """The source that `node` is a part of, if it is remembered."""
        if not isinstance(node, Node):
            return None
        for source in self:
            if source.holds(node):
                return source
        return None
