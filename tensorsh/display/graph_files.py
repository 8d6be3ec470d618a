"""An autograd graph in the forms that other programs draw: Graphviz's DOT, Mermaid, and SVG (in `graph_svg`). The facts are
`diagnostics.graph`'s. Arrows go the way of the gradient, from the result to the leaves.
"""

from __future__ import annotations

from collections.abc import Callable

from tensorsh.diagnostics.graph import Graph, GraphNode, Input
from tensorsh.display.errors import fit_middle

_LONGEST = 60  # characters of a line in a box


def dot(facts: Graph) -> str:
    """Graphviz: `dot -Tpng graph.dot`."""
    lines = ["digraph autograd {", '  node [shape=box, fontname="monospace"]; edge [fontname="monospace"];']
    for node in facts.nodes:
        style = ', style="rounded,filled", fillcolor="#e7f0e4"' if node.leaf else ""
        label = r"\n".join(_quoted(line) for line in node_text(node))
        lines.append(f'  n{node.number} [label="{label}"{style}];')
    for start, one, end in edges(facts):
        lines.append(f'  n{start} -> n{end} [label="{_quoted(edge_text(one))}"];')
    return "\n".join([*lines, "}"]) + "\n"


def mermaid(facts: Graph) -> str:
    """Mermaid, which Markdown pages draw."""
    lines = ["graph TD"]
    for node in facts.nodes:
        text = "<br/>".join(_entities(line) for line in node_text(node))
        lines.append(f'  n{node.number}("{text}")' if node.leaf else f'  n{node.number}["{text}"]')
    for start, one, end in edges(facts):
        label = _entities(edge_text(one))
        lines.append(f'  n{start} -->|"{label}"| n{end}' if label else f"  n{start} --> n{end}")
    return "\n".join(lines) + "\n"


def _svg(facts: Graph) -> str:
    from tensorsh.display.graph_svg import svg

    return svg(facts)


FORMS: dict[str, Callable[[Graph], str]] = {"dot": dot, "mermaid": mermaid, "svg": _svg}


def node_text(node: GraphNode) -> list[str]:
    """What stands in a node's box."""
    shape = "" if node.shape is None else f" {list(node.shape)}"
    if node.leaf:
        return [f"{node.name or 'leaf'}{shape}"]
    lines = [f"{node.name}: {node.title}{shape}" if node.name else node.title + shape]
    if node.place is not None:
        lines.append(fit_middle(f"{node.place.words}: {node.place.text}", _LONGEST))
    return lines


def edges(facts: Graph) -> list[tuple[int, Input, int]]:
    """Each edge: the number of the node that it leads from, the input, the number of the node that it leads to."""
    return [(node.number, one, one.node) for node in facts.nodes for one in node.inputs if one.node is not None]


def edge_text(one: Input) -> str:
    """What stands at an edge."""
    folded = sum(count for _, count in one.folded)
    return one.parameter + (f", past {folded:,} nodes" if folded else "")


def _quoted(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"")


def _entities(text: str) -> str:
    """Mermaid writes characters that mean something to it, or to HTML, as `#quot;` and `#35;`."""
    return text.translate(_ENTITIES)


_ENTITIES = str.maketrans({"#": "#35;", '"': "#quot;", "&": "#amp;", "<": "#lt;", ">": "#gt;", "|": "#124;"})
