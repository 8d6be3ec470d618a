"""An autograd graph as a tree of text, from the result back to the leaves; plain text without addresses. The facts are `diagnostics.graph`'s.
"""

from __future__ import annotations

from tensorsh.diagnostics.graph import Graph, GraphNode, Input, Saved
from tensorsh.diagnostics.places import Place
from tensorsh.display.errors import fit_middle
from tensorsh.display.screen import PLAIN, Screen

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
    by_number = {node.number: node for node in facts.nodes}
    width = max(screen.width, _NARROWEST)
    shown: set[int] = set()
    told: set[Place] = set()
    lines: list[str] = []
    # Each: the text in front of the node's own line, that in front of the lines below it, what leads here, the node (None: cut off).
    todo: list[tuple[str, str, str, GraphNode | None]] = [("", "", "", by_number[1])]
    while todo:
        lead, below, label, node = todo.pop()
        if node is None:
            lines.append(lead + label + "…")
            continue
        again = node.number in shown
        lines.append(fit_middle(lead + label + _node(node, again, told), width))
        if again:
            continue
        shown.add(node.number)
        inputs = [one for one in node.inputs if one.node is not None or one.folded]
        for saved in node.saved:
            if saved.state == "freed":
                continue  # said once, at the end
            lines.append(fit_middle(below + ("│  " if inputs else "   ") + _saved(saved), width))
        children: list[tuple[str, str, str, GraphNode | None]] = []
        for at, one in enumerate(inputs):
            last = at == len(inputs) - 1
            start, rest = (below + "└─ ", below + "   ") if last else (below + "├─ ", below + "│  ")
            named = f"({one.parameter}) " if len(inputs) > 1 and one.parameter else ""
            if one.folded:
                children.append((start, rest, named + _folded(one) + ", then ", by_number.get(one.node or 0)))
            else:
                children.append((start, rest, named, by_number.get(one.node or 0)))
        todo += reversed(children)
    if facts.cut:
        lines.append(f"… the graph has {facts.total:,} nodes; {len(facts.nodes)} are drawn.")
    if facts.freed:
        lines.append("A backward pass has been through it and freed what it had saved.")
    return "\n".join(lines)


def _node(node: GraphNode, again: bool, told: set[Place]) -> str:
    tag = node.name or (f"#{node.number}" if node.users > 1 else "")
    if again:
        return f"{tag or node.title}, again"
    shape = "" if node.shape is None else f" {list(node.shape)}"
    if node.leaf:
        text = f"{node.name or 'an unnamed tensor'}, a leaf{shape}"
    else:
        text = f"{tag}: {node.title}{shape}" if tag else node.title + shape
    return text + place_text(node.place, told)


def place_text(place: Place | None, told: set[Place]) -> str:
    """Where a node was made; the statement itself only the first time."""
    if place is None:
        return ""
    text = f"   {place.words}" if place in told else f"   {place.words}: {place.text}"
    told.add(place)
    return text


def _folded(one: Input) -> str:
    return f"{sum(count for _, count in one.folded):,} nodes ({', '.join(f'{count:,} {title}' for title, count in one.folded)})"


def _saved(saved: Saved) -> str:
    start = f"saved {saved.slot}"
    if saved.shape is None:
        return f"{start} = {saved.text}"
    name = f" = {saved.name}" if saved.name else ""
    version = "" if saved.version is None else f", version {saved.version}"
    now = f", now {saved.version_now}: written to since" if saved.state == "written" else ""
    return f"{start}{name} {list(saved.shape)}{version}{now}"
