"""The facts of an autograd graph, against what each operator's derivative needs by calculus."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.dom.minidom import parseString

import pytest

from tensorsh import Session
from tensorsh.diagnostics.graph import MOST_NODES, Graph, graph
from tensorsh.diagnostics.plain import json_text
from tensorsh.display.graph import graph_text
from tensorsh.display.graph_files import dot, mermaid
from tensorsh.display.graph_svg import svg
from tensorsh.display.screen import Screen

LEAF = "x = torch.tensor([1., 2.], requires_grad=True)\n"


def session_of(source: str) -> Session:
    session = Session()
    session.run(LEAF + source)
    return session


def facts_of(source: str, name: str = "y") -> Graph:
    session = session_of(source)
    return graph(session.names[name], session.names, session.place_of)


CASES = [
    # source; (title, name, leaf, what it saved by slot, the numbers of the nodes that its gradient goes to) of each node
    ("y = x * x", [("MulBackward0", "y", False, {"self": "x", "other": "x"}, [2, 2]), ("AccumulateGrad", "x", True, {}, [])]),
    ("y = x + 1", [("AddBackward0", "y", False, {}, [2, None]), ("AccumulateGrad", "x", True, {}, [])]),
    ("y = x.exp()", [("ExpBackward0", "y", False, {"result": "y"}, [2]), ("AccumulateGrad", "x", True, {}, [])]),
    (
        "c = torch.ones(2)\ny = (x * c).sum()",
        [
            ("SumBackward0", "y", False, {}, [2]),
            ("MulBackward0", "", False, {"other": "c"}, [3, None]),
            ("AccumulateGrad", "x", True, {}, []),
        ],
    ),
    (
        "y = torch.cat([x, x * 2])",
        [
            ("CatBackward0", "y", False, {}, [2, 3]),
            ("AccumulateGrad", "x", True, {}, []),
            ("MulBackward0", "", False, {}, [2, None]),
        ],
    ),
]


@pytest.mark.parametrize(("source", "nodes"), CASES)
def test_nodes(source: str, nodes: list[Any]) -> None:
    found = [
        (
            node.title,
            node.name,
            node.leaf,
            {saved.slot: saved.name for saved in node.saved if saved.shape is not None},
            [one.node for one in node.inputs],
        )
        for node in facts_of(source).nodes
    ]
    assert found == nodes


def test_a_saved_tensor_has_two_versions() -> None:
    facts = facts_of("h = x * 1\ny = h * h\nh.add_(1)\nh.add_(1)")
    assert {(one.slot, one.name, one.version, one.version_now, one.state) for one in facts.nodes[0].saved} == {
        ("self", "h", 0, 2, "written"),
        ("other", "h", 0, 2, "written"),
    }


def test_a_write_through_a_view_is_a_node_of_its_base() -> None:
    facts = facts_of("y = x * 1\ny[0] = 5")
    assert [(node.title, node.place.line if node.place else None) for node in facts.nodes] == [
        ("CopySlices", 3),
        ("MulBackward0", 2),
        ("AccumulateGrad", None),
    ]


def test_a_backward_pass_frees() -> None:
    facts = facts_of("y = (x * x).sum()\ny.backward()")
    assert facts.freed and {one.state for node in facts.nodes for one in node.saved} == {"freed"}
    assert not facts_of("y = (x * x).sum()\ny.backward(retain_graph=True)").freed


def test_a_long_chain_is_folded() -> None:
    facts = facts_of("y = x\nfor i in range(100000):\n    y = y * 1.5")
    assert facts.total == 100_001
    [first, leaf] = facts.nodes
    assert first.inputs[0].folded == (("MulBackward0", 99_999),) and first.inputs[0].node == leaf.number and leaf.name == "x"


def test_a_wide_graph_is_cut() -> None:
    facts = facts_of(f"y = torch.stack([x * i for i in range({2 * MOST_NODES})])")
    assert facts.cut and len(facts.nodes) == MOST_NODES
    assert graph_text(facts).endswith(f"… the graph has {facts.total:,} nodes; {MOST_NODES} are drawn.")


def test_a_node_with_many_inputs_is_cut_in_its_facts_too() -> None:
    facts = facts_of("y = torch.stack([x * i for i in range(30000)]).sum()")
    stack = facts.nodes[1]
    assert len(stack.inputs) + stack.more == 30000 and len(json_text(facts)) < 200_000
    assert f"… and {stack.more:,} more" in graph_text(facts)


def test_what_is_said_below_the_tree_is_folded_at_words() -> None:
    text = graph_text(facts_of("y = (x * x).sum(); y.backward()"), Screen(40))
    assert text.splitlines()[-2:] == ["A backward pass has been through it and", "  freed what it had saved."]


def test_where_a_node_was_made_stands_below_it_where_there_is_no_room_beside() -> None:
    source = "h = x * 2\nloss = ((h - x) ** 2).mean() + torch.nn.functional.relu(h * 3).sum()"
    text = graph_text(facts_of(source, "loss"), Screen(40))
    assert text.splitlines()[:10] == [
        "loss: AddBackward0 []",
        "│  line 3: loss = ((h - x) ** 2).mean()",
        "│    + torch.nn.functional.relu(h *",
        "│    3).sum()",
        "├─ (self) MeanBackward0 []   line 3",
        "│  └─ PowBackward0 [2]   line 3",
        "│     │  saved self [2], version 0",
        "│     │  saved exponent = 2",
        "│     └─ SubBackward0 [2]   line 3",
        "│        ├─ (self) h: MulBackward0 [2]",
    ]
    assert "│        │  │  line 2: h = x * 2" in text.splitlines()


@pytest.mark.parametrize("width", [40, 80, 120])
def test_a_deep_tree_goes_on_below(width: int) -> None:
    text = graph_text(facts_of("y = x\nfor i in range(40): y = y * y.detach() + y"), Screen(width))
    lines = text.splitlines()
    assert max(map(len, lines)) <= width
    # What stands below is drawn there, once, and every node is drawn.
    moved = dict.fromkeys(line[line.index("#") :].removesuffix(", below") for line in lines if line.endswith(", below"))
    assert list(moved) == [line.split(": ")[0] for line in lines if line.startswith("#")] and len(moved) > 1
    assert sum("AddBackward0" in line for line in lines) == 40


def test_parts_of_named_results_have_their_names() -> None:
    facts = facts_of("m = x.max(dim=0)\ny = m.values * 2")
    assert facts.nodes[1].name == "m.values" and [saved.name for saved in facts.nodes[1].saved if saved.shape is not None] == ["m.indices"]


@pytest.mark.parametrize(("name", "words"), [("x", "is a leaf"), ("c", "requires no gradient")])
def test_without_a_graph(name: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        facts_of("c = torch.ones(2)", name)


def test_looking_changes_nothing() -> None:
    session = session_of("v = x * 1\nw = v[0]\nv.add_(1)\ny = (v * w).sum()")
    names = session.names
    before = {name: (t._grad_fn, t._storage, t._view, t._meta) for name, t in names.items() if hasattr(t, "_array")}
    graph_text(graph(names["y"], names, session.place_of))
    assert all((t._grad_fn, t._storage, t._view, t._meta) == before[name] for name, t in names.items() if name in before)
    # v is [2, 3] and w its first element: y = v0 (v0 + v1).
    assert session.run("y.backward(); x.grad") == "tensor([7., 2.])\n"


def test_facts_are_plain() -> None:
    assert json.loads(json_text(facts_of("y = x * x")))["nodes"][1]["name"] == "x"


DRAWN = "y = ((x * 2).exp() + x).sum()  # \"quoted\" <and> | barred"


def test_dot_has_a_line_for_each_node_and_edge() -> None:
    text = dot(facts_of(DRAWN))
    assert text.count(" -> ") == 5 and text.count("[label=") == 10 and text.startswith("digraph") and text.endswith("}\n")


def test_dot_quotes_what_it_must() -> None:
    [line] = [line for line in dot(facts_of('y = x * len("a\\\\b")')).splitlines() if "MulBackward0" in line]
    assert line == r'  n1 [label="y: MulBackward0 [2]\nline 2: y = x * len(\"a\\\\b\")"];'


def test_mermaid_has_a_line_for_each_node_and_edge() -> None:
    lines = mermaid(facts_of(DRAWN)).splitlines()
    assert lines[0] == "graph TD" and sum("-->" in line for line in lines) == 5 and len(lines) == 11


def test_mermaid_quotes_what_it_must() -> None:
    lines = mermaid(facts_of("y = x * len(\"it's <#|&>\")")).splitlines()
    assert lines[1] == "  n1[\"y: MulBackward0 [2]<br/>line 2: y = x * len(#quot;it's #lt;#35;#124;#amp;#gt;#quot;)\"]"


PICTURES = [
    DRAWN,
    "h = x * x\ny = ((h.exp() + h).sin() * h + x).sum()",  # arrows that pass rows
    "a = [x * i for i in range(12)]\ny = torch.stack(a).sum() + a[0].sum()",  # a wide row
    "y = x\nfor i in range(12): y = y * y.detach() + y",
    "w = torch.ones(2, 2, requires_grad=True)\nh = torch.relu(x @ w) @ w\ny = (h - x).square().mean()",
]


@pytest.mark.parametrize("source", PICTURES)
def test_boxes_and_arrows_of_an_svg_keep_clear_of_each_other(source: str) -> None:
    facts = facts_of(source)
    document = parseString(svg(facts)).documentElement
    width, height = (float(document.getAttribute(name)) for name in ("width", "height"))
    boxes = [tuple(float(box.getAttribute(name)) for name in ("x", "y", "width", "height")) for box in document.getElementsByTagName("rect")]
    assert len(boxes) == len(facts.nodes)
    for at, (x, y, w, h) in enumerate(boxes):
        assert x >= 0 and y >= 0 and x + w <= width and y + h <= height
        for x2, y2, w2, h2 in boxes[:at]:
            assert x + w < x2 or x2 + w2 < x or y + h < y2 or y2 + h2 < y
    arrows = [[float(number) for number in re.findall(r"-?[0-9]+", path.getAttribute("d"))] for path in document.getElementsByTagName("path")[1:]]
    assert len(arrows) == sum(one.node is not None for node in facts.nodes for one in node.inputs)
    starts, ends = {tuple(arrow[:2]) for arrow in arrows}, {tuple(arrow[-2:]) for arrow in arrows}
    assert len(starts) == len(arrows) == len(ends)  # each leaves and arrives at a place of its own
    for start in starts:
        assert any(x < start[0] < x + w and abs(y + h - start[1]) <= 1 for x, y, w, h in boxes)
    for end in ends:
        assert any(x < end[0] < x + w and abs(y - end[1]) <= 1 for x, y, w, h in boxes)
    for path in document.getElementsByTagName("path")[1:]:
        # Where it passes a row it goes straight down, between boxes.
        for from_x, from_y, to_x, to_y in re.findall(r"([0-9]+),([0-9]+) L([0-9]+),([0-9]+)", path.getAttribute("d")):
            assert from_x == to_x
            assert not any(x <= float(to_x) <= x + w and y < float(to_y) and y + h > float(from_y) for x, y, w, h in boxes)


def test_an_svg_of_a_large_graph_takes_no_long_time() -> None:
    assert len(svg(facts_of("y = x\nfor i in range(5000): y = y * y.detach() + y"))) < 400_000
