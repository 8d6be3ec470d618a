"""An autograd graph as SVG, drawn here so that it needs nothing else.

Nodes stand in rows by their longest way from the result, so that no arrow goes up. An arrow that passes rows has a place of its own in
each (`_Bend`), so that it goes through no box; rows are ordered by what leads to them, so that few arrows cross.
"""

from __future__ import annotations

from html import escape

from tensorsh.diagnostics.graph import Graph, Input
from tensorsh.display.graph_files import edge_text, edges, node_text

_CHARACTER, _LINE = 7.2, 16  # of 12-point monospace, in pixels
_PAD, _GAP, _RISE, _SWEEPS = 10, 24, 56, 4
_PORTS = 56  # pixels between arrows that leave a box side by side, where it is wide enough

_Bend = tuple[int, int]  # an arrow's place in a row that it passes: the number of the edge, the row
_Place = int | _Bend  # of a node, by its number, or of a bend


def svg(facts: Graph) -> str:
    """A picture that browsers show."""
    return _Layout(facts).picture()


class _Layout:
    """Where everything stands. `at` has the middle of each box's upper side (a bend's upper end)."""

    def __init__(self, facts: Graph) -> None:
        self._text = {node.number: node_text(node) for node in facts.nodes}
        self._leaves = {node.number for node in facts.nodes if node.leaf}
        self._edges = edges(facts)
        depth = _depths(facts)
        self._chains: list[list[_Place]] = []  # of each edge: its ends and its bends between
        rows: list[list[_Place]] = [[] for _ in range(max(depth.values()) + 1)]
        for node, at in depth.items():
            rows[at].append(node)
        for number, (start, _, end) in enumerate(self._edges):
            bends: list[_Place] = [(number, at) for at in range(depth[start] + 1, depth[end])]
            for at, bend in enumerate(bends, depth[start] + 1):
                rows[at].append(bend)
            self._chains.append([start, *bends, end])
        self._order(rows)
        heights = [max((self._height(place) for place in row), default=0) for row in rows]
        lengths = [sum(map(self._width, row)) + _GAP * (len(row) + 1) for row in rows]
        self.width = max(lengths)
        self.at: dict[_Place, tuple[float, float]] = {}
        self._row_height: dict[_Place, float] = {}
        y = float(_GAP)
        for row, height, length in zip(rows, heights, lengths, strict=True):
            x = (self.width - length) / 2 + _GAP
            for place in row:
                self.at[place] = x + self._width(place) / 2, y
                self._row_height[place] = height
                x += self._width(place) + _GAP
            y += height + _RISE
        self.height = y - _RISE + _GAP

    def _width(self, place: _Place) -> float:
        return max(map(len, self._text[place])) * _CHARACTER + 2 * _PAD if isinstance(place, int) else 0.0

    def _height(self, place: _Place) -> float:
        return len(self._text[place]) * _LINE + _PAD if isinstance(place, int) else 0.0

    def _order(self, rows: list[list[_Place]]) -> None:
        """Sort each row by the middle of what it is joined with in the row before, downwards and upwards in turn."""
        above: dict[_Place, list[_Place]] = {place: [] for row in rows for place in row}
        below: dict[_Place, list[_Place]] = {place: [] for row in rows for place in row}
        for chain in self._chains:
            for one, other in zip(chain, chain[1:], strict=False):
                below[one].append(other)
                above[other].append(one)
        for sweep in range(_SWEEPS):
            joined = below if sweep % 2 else above
            ordered = list(reversed(rows)) if sweep % 2 else rows
            for before, row in zip(ordered, ordered[1:], strict=False):
                position = {place: at for at, place in enumerate(before)}
                middles = {}
                for at, place in enumerate(row):
                    found = [position[other] for other in joined[place]]
                    middles[place] = sum(found) / len(found) if found else float(at)
                row.sort(key=middles.__getitem__)

    def _ports(self) -> list[tuple[float, float]]:
        """Where on its first box each edge leaves, and where on its last it arrives, as distances from the middle: side by side, in the
        order of where they go and come from.
        """
        ports = [[0.0, 0.0] for _ in self._edges]
        for end, side in ((0, 1), (-1, -2)):
            groups: dict[_Place, list[int]] = {}
            for number, chain in enumerate(self._chains):
                groups.setdefault(chain[end], []).append(number)
            for place, group in groups.items():
                group.sort(key=lambda number: (self.at[self._chains[number][side]][0], number))  # noqa: B023
                apart = min(_PORTS, (self._width(place) - _PAD) / len(group))
                for at, number in enumerate(group):
                    ports[number][end] = (at - (len(group) - 1) / 2) * apart
        return [(leaves, arrives) for leaves, arrives in ports]

    def picture(self) -> str:
        body = []
        for chain, ports, (_, one, _) in zip(self._chains, self._ports(), self._edges, strict=True):
            body += self._arrow(chain, ports, one)
        for number, lines in self._text.items():
            (x, top), width, height = self.at[number], self._width(number), self._height(number)
            kind = "leaf" if number in self._leaves else "node"
            body.append(f'<rect x="{x - width / 2:.0f}" y="{top:.0f}" width="{width:.0f}" height="{height:.0f}" rx="4" class="{kind}"/>')
            for at, line in enumerate(lines):
                body.append(f'<text x="{x:.0f}" y="{top + _LINE * (at + 1):.0f}" text-anchor="middle">{escape(line)}</text>')
        style = (
            "text{font:12px monospace;fill:#1c2b33}.label{font-size:10px;fill:#56666f}.edge{fill:none;stroke:#56666f;"
            "marker-end:url(#to)}.node{fill:#f4f6f7;stroke:#56666f}.leaf{fill:#e7f0e4;stroke:#4b7043}"
        )
        marker = '<marker id="to" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto"><path d="M0,0 8,4 0,8z"/></marker>'
        size = f'width="{self.width:.0f}" height="{self.height:.0f}" viewBox="0 0 {self.width:.0f} {self.height:.0f}"'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>'
        return "\n".join([head, f"<style>{style}</style><defs>{marker}</defs>", *body, "</svg>"]) + "\n"

    def _arrow(self, chain: list[_Place], ports: tuple[float, float], one: Input) -> list[str]:
        x, y = self.at[chain[0]][0] + ports[0], self.at[chain[0]][1] + self._height(chain[0])
        label = edge_text(one)
        drawn = [f'<text x="{x + 4:.0f}" y="{y + 12:.0f}" class="label">{escape(label)}</text>'] if label else []
        path = f"M{x:.0f},{y:.0f}"
        for place in chain[1:]:
            to, top = self.at[place]
            if place is chain[-1]:
                to += ports[1]
            middle = (y + top) / 2
            path += f" C{x:.0f},{middle:.0f} {to:.0f},{middle:.0f} {to:.0f},{top:.0f}"
            x, y = to, top
            if not isinstance(place, int):  # straight past the boxes of this row
                y = top + self._row_height[place]
                path += f" L{x:.0f},{y:.0f}"
        return [f'<path d="{path}" class="edge"/>', *drawn]


def _depths(facts: Graph) -> dict[int, int]:
    """Each node's longest way from the root."""
    below: dict[int, list[int]] = {node.number: [] for node in facts.nodes}
    waiting = dict.fromkeys(below, 0)
    for start, _, end in edges(facts):
        below[start].append(end)
        waiting[end] += 1
    depth = dict.fromkeys(below, 0)
    ready = [number for number, count in waiting.items() if not count]
    while ready:
        number = ready.pop()
        for end in below[number]:
            depth[end] = max(depth[end], depth[number] + 1)
            waiting[end] -= 1
            if not waiting[end]:
                ready.append(end)
    return depth
