"""Every public operator says what it does, with an example; and every example prints what it says."""

from __future__ import annotations

import doctest
from collections.abc import Iterator
from typing import Any

import pytest

import tensorsh.torch as torch
from tensorsh.ops import registry
from tensorsh.ops.index import FAMILIES

registry.load_all()


def public() -> Iterator[str]:
    """The operators that scripts can name: not those of derivatives, nor the cores behind several functions."""
    for path, entry in FAMILIES.items():
        namespace, _, name = path.rpartition(".")
        if entry.partition(" ")[2] and not name.startswith("_") and namespace != "_nn":
            yield path


def doc_of(path: str) -> str:
    """What `help` shows: overloads share the first doc among them."""
    namespace, _, name = path.rpartition(".")
    return next((operator.doc for operator in registry.overloads(name, namespace) if operator.doc), "")


EXAMPLES = {
    f"{operator.public_name}.{operator.overload}": operator.doc
    for overloads in registry.OPERATORS.values()
    for operator in overloads
    if ">>> " in operator.doc
}


def failures(doc: str, name: str, torch: Any) -> str:
    """What differs from what a doc's examples say; empty if nothing does."""
    test = doctest.DocTestParser().get_doctest(doc, {"torch": torch}, name, None, None)
    told: list[str] = []
    doctest.DocTestRunner(verbose=False).run(test, out=told.append)
    return "".join(told)


@pytest.mark.parametrize("path", public())
def test_public_operators_have_an_example(path: str) -> None:
    assert ">>> " in doc_of(path)


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_print_what_they_say(name: str) -> None:
    assert not failures(EXAMPLES[name], name, torch)
