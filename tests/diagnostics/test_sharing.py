"""The facts about sharing, against the truth: write through each window and see what changes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tensorsh import Session
from tensorsh.diagnostics.effects import writes
from tensorsh.diagnostics.plain import json_text
from tensorsh.diagnostics.regions import on_one_storage
from tensorsh.diagnostics.sharing import number_text, pair, storages
from tensorsh.runtime.tensor import Tensor
from tests.diagnostics.window_programs import CHOICES, array, program


@settings(max_examples=60, deadline=None)
@given(CHOICES, st.integers(0, 8), st.integers(0, 8))
def test_pairs_agree_with_what_a_write_changes(choices: list[tuple[int, int]], first: int, second: int) -> None:
    _, values = program(choices)
    names = list(values)
    one, other = values[names[first % len(names)]], values[names[second % len(names)]]
    facts = pair(one, other, values)
    before = array(one).copy()
    array(other)[...] += 1000
    changed = int((array(one) != before).sum())
    assert facts.overlap is (changed > 0)
    assert facts.same_storage or not changed
    if changed:
        assert facts.overlapping == changed


@settings(max_examples=40, deadline=None)
@given(CHOICES)
def test_storages_group_by_memory_and_cover_what_they_say(choices: list[tuple[int, int]]) -> None:
    _, values = program(choices)
    facts = storages(values)
    home = {name: storage.number for storage in facts for window in storage.windows for name in window.names}
    assert set(home) == set(values)
    for a in values:
        for b in values:
            assert (home[a] == home[b]) is on_one_storage(values[a], values[b])
    for storage in facts:
        for window in storage.windows:
            assert window.covers is not None and storage.values is not None
            shown = sorted(array(values[window.name]).ravel().tolist())
            told = [storage.values[place] for place, times in enumerate(window.covers) for _ in range(times)]
            assert sorted(told) == sorted(map(number_text, shown))


@settings(max_examples=30, deadline=None)
@given(CHOICES)
def test_looking_changes_nothing(choices: list[tuple[int, int]]) -> None:
    session, values = program(choices)
    session.run("w = torch.ones(3, requires_grad=True); g = (w * 2).view(3, 1); g.sum().backward()")
    names = {**values, "w": session.names["w"], "g": session.names["g"]}

    def state() -> list[Any]:
        return [
            [
                id(getattr(value, slot))
                for slot in ("_array", "_grad_fn", "_storage", "_view", "_meta", "_requires_grad")
            ]
            + [None if value._storage is None else value._storage.version]
            for value in names.values()
            if isinstance(value, Tensor)
        ]

    before = state()
    for value in names.values():
        writes(value, names)
        pair(value, names["v0"], names)
    json_text(storages(names))
    assert state() == before


@pytest.mark.parametrize(
    ("code", "one", "other", "same", "overlap", "view", "version"),
    [
        ("b = a[1:]", "b", "a", True, True, "one", True),
        ("b = a.detach()", "a", "b", True, True, "", True),
        ("b = a.data", "a", "b", True, True, "", False),
        ("b = a.numpy()", "a", "b", True, True, "", None),
        ("b = a.clone()", "a", "b", False, False, "", False),
        ("b = a[::2]; c = a[1::2]", "b", "c", True, False, "both", True),
    ],
)
def test_the_three_facts_are_kept_apart(
    code: str, one: str, other: str, same: bool, overlap: bool, view: str, version: bool | None
) -> None:
    session = Session()
    session.run(f"import torch\na = torch.zeros(6)\n{code}")
    names = session.names
    facts = pair(names[one], names[other], {name: names[name] for name in ("a", one, other)})
    assert (facts.same_storage, facts.overlap, facts.view, facts.same_version) == (same, overlap, view, version)


def test_large_storages_are_counted_not_listed() -> None:
    big = np.zeros((3000, 3000))
    [facts] = storages({"big": big, "column": big[:, 0]})
    assert facts.values is None and all(window.covers is None for window in facts.windows)


@pytest.mark.parametrize(
    ("made", "values"),
    [
        ("torch.tensor(2.5)", ("2.5",)),
        ("torch.arange(3).sum()", ("3",)),
        ("torch.tensor([2.5])", ("2.5",)),
        ("torch.arange(3).flip(0)", ("2", "1", "0")),
        ("torch.zeros(0)", ()),
        ("numpy.array(7)", ("7",)),
    ],
)
def test_few_values_are_listed_as_they_lie_in_memory(made: str, values: tuple[str, ...]) -> None:
    session = Session()
    session.run(f"import torch, numpy\nx = {made}")
    [storage] = storages({"x": session.names["x"]})
    assert storage.values == values
