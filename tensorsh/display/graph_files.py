"""An autograd graph in the forms that other programs draw: Graphviz's DOT, Mermaid, and SVG. The facts are `diagnostics.graph`'s.

Arrows go the way of the gradient, from the result to the leaves. The SVG is drawn here, in rows by distance from the result, so that it
needs nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from tensorsh.diagnostics.graph import Graph, GraphNode, Input
from tensorsh.display.errors import fit_middle

_CHARACTER, _LINE = 7.2, 16  # of 12-point monospace, in pixels
_LONGEST = 60  # characters of a line in a box
_PAD, _GAP, _RISE = 10, 24, 46


def dot(facts: Graph) -> str:
    """Graphviz: `dot -Tpng graph.dot`."""
    lines = ["digraph autograd {", '  node [shape=box, fontname="monospace"]; edge [fontname="monospace"];']
    for node in facts.nodes:
        style = ', style="rounded,filled", fillcolor="#e7f0e4"' if node.leaf else ""
        label = r"\n".join(_quoted(line) for line in _label(node))
        lines.append(f'  n{node.number} [label="{label}"{style}];')
    for start, one, end in _edges(facts):
        lines.append(f'  n{start} -> n{end} [label="{_quoted(_edge(one))}"];')
    return "\n".join([*lines, "}"]) + "\n"


def mermaid(facts: Graph) -> str:
    """Mermaid, which Markdown pages draw."""
    lines = ["graph TD"]
    for node in facts.nodes:
        text = "<br/>".join(_entities(line) for line in _label(node))
        lines.append(f'  n{node.number}("{text}")' if node.leaf else f'  n{node.number}["{text}"]')
    for start, one, end in _edges(facts):
        label = _entities(_edge(one))
        lines.append(f'  n{start} -->|"{label}"| n{end}' if label else f"  n{start} --> n{end}")
    return "\n".join(lines) + "\n"


def svg(facts: Graph) -> str:
    """A picture that browsers show."""
    rows = _rows(facts)
    by_number = {node.number: node for node in facts.nodes}
    widths = {n: max(len(line) for line in _label(node)) * _CHARACTER + 2 * _PAD for n, node in by_number.items()}
    heights = {n: len(_label(node)) * _LINE + _PAD for n, node in by_number.items()}
    total = max(sum(widths[n] for n in row) + _GAP * (len(row) + 1) for row in rows)
    places: dict[int, tuple[float, float]] = {}  # the middle of each box's upper side
    y = float(_GAP)
    for row in rows:
        free = (total - sum(widths[n] for n in row)) / (len(row) + 1)
        x = free
        for n in row:
            places[n] = x + widths[n] / 2, y
            x += widths[n] + free
        y += max(heights[n] for n in row) + _RISE
    body = []
    for start, one, end in _edges(facts):
        (x1, y1), (x2, y2) = places[start], places[end]
        y1 += heights[start]
        body.append(f'<path d="M{x1:.0f},{y1:.0f} C{x1:.0f},{y1 + 20:.0f} {x2:.0f},{y2 - 20:.0f} {x2:.0f},{y2:.0f}" class="edge"/>')
        if _edge(one):
            body.append(f'<text x="{(x1 + x2) / 2 + 4:.0f}" y="{(y1 + y2) / 2 + 4:.0f}" class="label">{escape(_edge(one))}</text>')
    for n, node in by_number.items():
        x, top = places[n]
        kind = "leaf" if node.leaf else "node"
        body.append(
            f'<rect x="{x - widths[n] / 2:.0f}" y="{top:.0f}" width="{widths[n]:.0f}" height="{heights[n]}" rx="4" class="{kind}"/>'
        )
        for at, line in enumerate(_label(node)):
            body.append(f'<text x="{x:.0f}" y="{top + _LINE * (at + 1):.0f}" text-anchor="middle">{escape(line)}</text>')
    style = (
        "text{font:12px monospace;fill:#1c2b33}.label{font-size:10px;fill:#56666f}.edge{fill:none;stroke:#56666f;"
        "marker-end:url(#to)}.node{fill:#f4f6f7;stroke:#56666f}.leaf{fill:#e7f0e4;stroke:#4b7043}"
    )
    marker = '<marker id="to" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto"><path d="M0,0 8,4 0,8z"/></marker>'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{total:.0f}" height="{y:.0f}" viewBox="0 0 {total:.0f} {y:.0f}">'
    return "\n".join([head, f"<style>{style}</style><defs>{marker}</defs>", *body, "</svg>"]) + "\n"


FORMS: dict[str, Callable[[Graph], str]] = {"dot": dot, "mermaid": mermaid, "svg": svg}


def _label(node: GraphNode) -> list[str]:
    shape = "" if node.shape is None else f" {list(node.shape)}"
    if node.leaf:
        return [f"{node.name or 'leaf'}{shape}"]
    lines = [f"{node.name}: {node.title}{shape}" if node.name else node.title + shape]
    if node.place is not None:
        lines.append(fit_middle(f"{node.place.words}: {node.place.text}", _LONGEST))
    return lines


def _edges(facts: Graph) -> list[tuple[int, Input, int]]:
    return [(node.number, one, one.node) for node in facts.nodes for one in node.inputs if one.node is not None]


def _edge(one: Input) -> str:
    folded = sum(count for _, count in one.folded)
    return one.parameter + (f", past {folded:,} nodes" if folded else "")


def _rows(facts: Graph) -> list[list[int]]:
    """The nodes' numbers by the longest way from the root, so that no arrow goes up."""
    edges: dict[int, list[int]] = {node.number: [] for node in facts.nodes}
    waiting = dict.fromkeys(edges, 0)
    for start, _, end in _edges(facts):
        edges[start].append(end)
        waiting[end] += 1
    depth = dict.fromkeys(edges, 0)
    ready = [number for number, count in waiting.items() if not count]
    while ready:
        number = ready.pop()
        for end in edges[number]:
            depth[end] = max(depth[end], depth[number] + 1)
            waiting[end] -= 1
            if not waiting[end]:
                ready.append(end)
    rows: list[list[int]] = [[] for _ in range(max(depth.values()) + 1)]
    for number, row in depth.items():
        rows[row].append(number)
    return rows


def _quoted(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"")


def _entities(text: str) -> str:
    return escape(text).replace("#", "&#35;").replace("|", "&#124;")
