"""An autograd graph as a tree of text, from the result back to the leaves; plain text without addresses. The facts are `diagnostics.graph`'s.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from tensorsh.diagnostics.graph import Graph, GraphNode, Input, Saved
from tensorsh.diagnostics.places import Place
from tensorsh.display.errors import text_width
from tensorsh.display.screen import PLAIN, Screen
from tensorsh.display.tables import folded

_NARROWEST = 40


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
                self._line(lead + label + node)
                continue
            if node.number in self._shown or (node.number in self._moved and node is not root):
                self._line(f"{lead}{label}{self._tag(node) or node.title}, {'again' if node.number in self._shown else 'below'}")
                continue
            if not node.leaf and len(below) > self._width // 2:
                self._moved.add(node.number)
                self.below.append(node)
                self._line(f"{lead}{label}{self._tag(node)}, below")
                continue
            self._shown.add(node.number)
            self._line(lead + label + self._node(node), node.place)
            todo += reversed(list(self._children(node, below)))

    def _children(self, node: GraphNode, below: str) -> Iterator[tuple[str, str, str, GraphNode | str]]:
        """The lines of what a node saved, and its inputs, as `tree` keeps them."""
        inputs = [one for one in node.inputs if one.node is not None]
        count = len(inputs) + (1 if node.more else 0)
        for saved in node.saved:
            if saved.state != "freed":  # that is said once, at the end
                self._line(below + ("│  " if count else "   ") + _saved(saved))
        for at, one in enumerate(inputs):
            start, rest = ("└─ ", "   ") if at == count - 1 else ("├─ ", "│  ")
            named = f"({one.parameter}) " if count > 1 and one.parameter else ""
            folded = f"{_folded(one)}, then " if one.folded else ""
            yield below + start, below + rest, named + folded, self._by_number[one.node or 0]
        if node.more:
            yield below + "└─ ", "", "", f"… and {node.more:,} more"

    def _tag(self, node: GraphNode) -> str:
        several = node.users > 1 or node.number in self._moved
        return node.name or (f"#{node.number}" if several else "")

    def _node(self, node: GraphNode) -> str:
        shape = "" if node.shape is None else f" {list(node.shape)}"
        if node.leaf:
            return f"{node.name or 'an unnamed tensor'}, a leaf{shape}"
        tag = self._tag(node)
        return (f"{tag}: {node.title}" if tag else node.title) + shape

    def _line(self, text: str, place: Place | None = None) -> None:
        """`text`, and as much of the place as there is room for."""
        where = place_text(place, self._told)
        if where and text_width(text + where) > self._width:
            assert place is not None
            short = f"   {place.words}"
            where = fit(where, max(self._width - text_width(text), text_width(short)))
        self.lines.append(fit(text + where, self._width))


def place_text(place: Place | None, told: set[Place]) -> str:
    """Where a node was made; the statement itself only the first time."""
    if place is None:
        return ""
    text = f"   {place.words}" if place in told else f"   {place.words}: {place.text}"
    told.add(place)
    return text


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
