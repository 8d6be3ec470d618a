"""An autograd graph as a tree of text, from the result back to the leaves; plain text without addresses. The facts are `diagnostics.graph`'s.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from tensorsh.diagnostics.graph import Graph, GraphNode, Input, Saved
from tensorsh.diagnostics.places import Place
from tensorsh.display.errors import text_width, wrap
from tensorsh.display.screen import PLAIN, Screen
from tensorsh.display.tables import folded

_NARROWEST = 40
_GAP = 3  # between a node and where it was made
_MOST_LINES = 3


def graph_text(facts: Graph, screen: Screen = PLAIN) -> str:
    """The tree. A node that several others lead to is drawn once; where it comes again, its name or number stands.

    >>> from tensorsh import torch
    >>> from tensorsh.diagnostics.graph import graph
    >>> x = torch.ones(2, requires_grad=True)
    >>> y = (x * x).sum()
    >>> print(graph_text(graph(y, {"x": x, "y": y})))
    y: SumBackward0 []
    └─ MulBackward0 [2]
       │  saved other = x [2], version 0
       │  saved self = x [2], version 0
       ├─ (self) x, a leaf [2]
       └─ (other) x, again
    """
    drawing = _Drawing(facts, max(screen.width, _NARROWEST))
    drawing.tree(facts.nodes[0])
    while drawing.below:
        drawing.tree(drawing.below.popleft())
    notes = []
    if facts.cut:
        notes.append(f"… the graph has {facts.total:,} nodes; {len(facts.nodes)} are drawn.")
    if facts.freed:
        notes.append("A backward pass has been through it and freed what it had saved.")
    return "\n".join([*drawing.lines, *(folded(note, screen.width) for note in notes)])


class _Drawing:
    """The lines so far; the nodes that have been drawn, or will be `below`, because there was no room for them further in."""

    def __init__(self, facts: Graph, width: int) -> None:
        self.lines: list[str] = []
        self.below: deque[GraphNode] = deque()
        self._by_number = {node.number: node for node in facts.nodes}
        self._width = width
        self._shown: set[int] = set()
        self._moved: set[int] = set()
        self._told: set[Place] = set()

    def tree(self, root: GraphNode) -> None:
        """A node and what lies behind it."""
        # Each: the text in front of the node's own line, that in front of the lines below it, what leads here, the node (a text: no node).
        todo: list[tuple[str, str, str, GraphNode | str]] = [("", "", "", root)]
        while todo:
            lead, below, label, node = todo.pop()
            if isinstance(node, str):
                self._write(lead, below, label + node)
                continue
            if node.number in self._shown or (node.number in self._moved and node is not root):
                again = "again" if node.number in self._shown else "below"
                self._write(lead, below, f"{label}{self._tag(node) or node.title}, {again}")
                continue
            if not node.leaf and len(below) > self._width // 2:
                self._moved.add(node.number)
                self.below.append(node)
                self._write(lead, below, f"{label}{self._tag(node)}, below")
                continue
            self._shown.add(node.number)
            inputs = [one for one in node.inputs if one.node is not None]
            stem = below + ("│  " if inputs or node.more else "   ")
            self._write(lead, stem, label + self._node(node), self._where(node.place))
            for saved in node.saved:
                if saved.state != "freed":  # that is said once, at the end
                    self._write(stem, stem, _saved(saved))
            todo += reversed(list(self._children(node, inputs, below)))

    def _children(self, node: GraphNode, inputs: list[Input], below: str) -> Iterator[tuple[str, str, str, GraphNode | str]]:
        """The lines of a node's inputs, as `tree` keeps them."""
        count = len(inputs) + (1 if node.more else 0)
        for at, one in enumerate(inputs):
            start, rest = ("└─ ", "   ") if at == count - 1 else ("├─ ", "│  ")
            named = f"({one.parameter}) " if count > 1 and one.parameter else ""
            folded = f"{_folded(one)}, then " if one.folded else ""
            yield below + start, below + rest, named + folded, self._by_number[one.node or 0]
        if node.more:
            yield below + "└─ ", below + "   ", "", f"… and {node.more:,} more"

    def _tag(self, node: GraphNode) -> str:
        several = node.users > 1 or node.number in self._moved
        return node.name or (f"#{node.number}" if several else "")

    def _node(self, node: GraphNode) -> str:
        shape = "" if node.shape is None else f" {list(node.shape)}"
        if node.leaf:
            return f"{node.name or 'an unnamed tensor'}, a leaf{shape}"
        tag = self._tag(node)
        return (f"{tag}: {node.title}" if tag else node.title) + shape

    def _where(self, place: Place | None) -> str:
        """Where a node was made; the statement itself only the first time."""
        if place is None:
            return ""
        text = place.words if place in self._told else f"{place.words}: {place.text}"
        self._told.add(place)
        return text

    def _write(self, lead: str, below: str, text: str, where: str = "") -> None:
        """`text` after `lead`, and beside it where that was; each in lines of its own, after `below`, where there is too little room."""
        if where and text_width(lead + text + where) + _GAP <= self._width:
            text, where = text + " " * _GAP + where, ""
        fits = text_width(lead + text) <= self._width
        first, *others = [text] if fits else self._fitted(text, max(len(lead), len(below) + 2), "")
        self.lines += [lead + first, *(f"{below}  {line}" for line in others)]
        if where:
            self.lines += [below + line for line in self._fitted(where, len(below), "  ")]

    def _fitted(self, text: str, taken: int, later: str) -> list[str]:
        """`text` in lines of what is left of the width; a long statement is cut."""
        room = self._width - taken
        lines = wrap(text, room, later)
        if len(lines) > _MOST_LINES:
            lines[_MOST_LINES - 1 :] = [later + " ".join(line.removeprefix(later) for line in lines[_MOST_LINES - 1 :])]
        return [fit(line, room) for line in lines]


def fit(text: str, width: int) -> str:
    """`text`, its end left out if it is wider than `width`.

    >>> fit("MulBackward0 [2, 2]", 12)
    'MulBackward…'
    """
    if text_width(text) <= width:
        return text
    while text_width(text) >= width:
        text = text[:-1]
    return text + "…"


def _folded(one: Input) -> str:
    titles = ", ".join(f"{count:,} {title.removesuffix('Backward0')}" for title, count in one.folded)
    return f"{sum(count for _, count in one.folded):,} nodes ({titles})"


def _saved(saved: Saved) -> str:
    start = f"saved {saved.slot}"
    if saved.shape is None:
        return f"{start} = {saved.text}"
    name = f" = {saved.name}" if saved.name else ""
    version = "" if saved.version is None else f", version {saved.version}"
    now = f", now {saved.version_now}: written to since" if saved.state == "written" else ""
    return f"{start}{name} {list(saved.shape)}{version}{now}"
