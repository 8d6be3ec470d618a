"""The nodes themselves: frozen, slotted, Python's names, and the form that tests read."""

from __future__ import annotations

import ast
import weakref

import pytest

from tensorsh.errors import Span
from tensorsh.language import nodes
from tensorsh.language.nodes import children, sexpr

HERE = Span(1, 1, 1, 2)
NAME = nodes.Name(HERE, "a")
KINDS = [
    kind
    for kind in vars(nodes).values()
    if isinstance(kind, type) and issubclass(kind, nodes.Node) and kind not in (nodes.Node, nodes.stmt, nodes.expr)
]
# What `ast` has and scripts have no use for.
LEFT_OUT = {"ctx", "type_comment", "type_ignores", "kind", "is_async", "type_params"}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind is not nodes.Pipe])
def test_classes_and_fields_are_those_of_ast(kind: type[nodes.Node]) -> None:
    theirs = [field for field in getattr(ast, kind.__name__)._fields if field not in LEFT_OUT]
    assert [field for field in kind.fields if field != "hidden"] == theirs


@pytest.mark.parametrize("kind", KINDS)
def test_every_node_takes_its_span_and_fields_in_order(kind: type[nodes.Node]) -> None:
    values = list(range(len(kind.fields)))
    node = kind(HERE, *values)
    assert (node.span, [getattr(node, field) for field in kind.fields]) == (HERE, values)


def test_a_missing_field_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        nodes.Name(HERE)  # type: ignore[call-arg]


def test_a_node_cannot_be_changed() -> None:
    for change in (lambda: setattr(NAME, "id", "b"), lambda: setattr(NAME, "new", 1), lambda: delattr(NAME, "id")):
        with pytest.raises(AttributeError, match="Name is frozen"):
            change()
    assert not hasattr(NAME, "__dict__")


def test_a_node_is_equal_to_itself_alone_and_can_be_referred_to_weakly() -> None:
    assert nodes.Name(HERE, "a") != NAME
    assert weakref.ref(NAME)() is NAME


def test_children_come_in_the_order_of_the_fields() -> None:
    one = nodes.Constant(HERE, 1)
    call = nodes.Call(HERE, NAME, (one,), (nodes.keyword(HERE, "b", one),))
    assert [type(child).__name__ for child in children(call)] == ["Name", "Constant", "keyword"]


FORMS = [
    (NAME, "(Name 'a')"),
    (nodes.Pass(HERE), "(Pass)"),
    (nodes.Constant(HERE, None), "(Constant None)"),
    (nodes.Constant(HERE, "it's"), '(Constant "it\'s")'),
    (nodes.Tuple(HERE, (NAME, NAME)), "(Tuple [(Name 'a') (Name 'a')])"),
    (nodes.Slice(HERE, None, NAME, None), "(Slice None (Name 'a') None)"),
    (nodes.Compare(HERE, NAME, ("<",), (NAME,)), "(Compare (Name 'a') ['<'] [(Name 'a')])"),
]


@pytest.mark.parametrize(("node", "form"), FORMS)
def test_the_readable_form(node: nodes.Node, form: str) -> None:
    assert sexpr(node) == form
