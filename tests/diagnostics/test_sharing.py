"""The facts about sharing, against the truth: write through each window and see what changes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tensorsh import Session
from tensorsh.diagnostics.plain import json_text
from tensorsh.diagnostics.sharing import changes, number_text, on_one_storage, pair, step_text, storages, writes
from tensorsh.runtime.tensor import Tensor

# What a program may do to a variable to make another; `{}` is the variable, of two dimensions or more.
STEPS = [
    "{}.t()",
    "{}[0:1]",
    "{}[:, 1:]",
    "{}[::2]",
    "{}.unsqueeze(0)[0]",
    "{}.detach()",
    "{}.data",
    "{}.clone()",
    "{} + 1",
    "{}.reshape(-1, 1)",
    "{}.expand(2, *{}.shape)[1]",
    "{}.numpy()[:, ::-1][:, ::-1]",
    "torch.from_numpy({}.numpy())",
    "{}.contiguous()",
    "{}[[0]]",
    "{}.as_strided((2, 2), (1, 1))",
    "{}.split(1)[0]",
    "{}.view_as({})",
]


def program(choices: list[tuple[int, int]]) -> tuple[Session, dict[str, Any]]:
    """A program whose variables v0, v1 … come from earlier ones, and their values, each under its first name."""
    session = Session(seed=0)
    session.run("import torch\nv0 = torch.arange(12.).view(3, 4)")
    made = ["v0"]
    for source, step in choices:
        name = f"v{len(made)}"
        parent = made[source % len(made)]
        if isinstance(session.names[parent], np.ndarray):
            expression = f"torch.from_numpy({parent})"
        else:
            expression = STEPS[step % len(STEPS)].replace("{}", parent)
        session.run(f"{name} = {expression}")
        made.append(name)
    values: dict[int, tuple[str, Any]] = {}
    for name in made:
        values.setdefault(id(session.names[name]), (name, session.names[name]))
    return session, dict(values.values())


def array(value: Any) -> np.ndarray:
    return value._array if isinstance(value, Tensor) else value


CHOICES = st.lists(st.tuples(st.integers(0, 9), st.integers(0, len(STEPS) - 1)), min_size=1, max_size=8)


@settings(max_examples=60, deadline=None)
@given(CHOICES, st.integers(0, 8))
def test_writes_say_what_a_write_changes(choices: list[tuple[int, int]], chosen: int) -> None:
    _, values = program(choices)
    names = list(values)
    target = names[chosen % len(names)]
    facts = writes(values[target], values)
    before = {name: array(value).copy() for name, value in values.items()}
    array(values[target])[...] += 1000
    changed = {name: array(value) != before[name] for name, value in values.items()}
    found = {effect.name: effect for effect in facts.effects}
    assert set(found) == {name for name, mask in changed.items() if mask.any()}
    for name, effect in found.items():
        assert effect.count == int(changed[name].sum())


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


@pytest.mark.parametrize(
    ("code", "made"),
    [
        ("b = a.t()", "a.t()"),
        ("b = a.view(6)", "a.view(6)"),
        ("b = a.permute(1, 0)", "a.permute(1, 0)"),
        ("b = a[0]", "a[0]"),
        ("b = a[:, 1:3]", "a[:, 1:3]"),
        ("b = a[..., None]", "a.unsqueeze(2)"),
        ("b = a.expand(4, 2, 3)", "a.expand(4, 2, 3)"),
        ("b = a.diagonal()", "a.diagonal()"),
        ("b = a.t()[1]", "a.t()[1]"),
        ("c = a.t(); b = c[1]", "c[1]"),
        ("b = a.detach()", "a.detach()"),
        ("b = a.data", "a.data"),
        ("b = a.numpy()", "a.numpy()"),
        ("a = numpy.zeros(3); b = torch.from_numpy(a)", "from_numpy(a)"),
        ("b = a + 1", ""),
        ("c, b = a.split(1)", "a.split(1, 0)[…]"),
    ],
)
def test_what_made_a_tensor(code: str, made: str) -> None:
    session = Session()
    session.run(f"import numpy, torch\na = torch.zeros(2, 3)\n{code}")
    names = {name: value for name, value in session.names.items() if name in "abc"}
    windows = [window for storage in storages(names) for window in storage.windows]
    assert next(window.made for window in windows if "b" in window.names) == made


def test_changes_compare_with_an_earlier_copy() -> None:
    memory = np.array([[1.0, np.nan], [3.0, 4.0]])
    copy = memory.copy()
    memory[1, 0] = 5
    [effect] = changes({"m": memory, "top": memory[0]}, [(memory, copy)])
    assert (effect.name, effect.index) == ("m", "[1, 0]")


def test_large_storages_are_counted_not_listed() -> None:
    big = np.zeros((3000, 3000))
    [facts] = storages({"big": big, "column": big[:, 0]})
    assert facts.values is None and all(window.covers is None for window in facts.windows)


def test_steps_are_written_as_in_a_program() -> None:
    assert step_text("[]", ((slice(None), slice(1, None, 2)),)) == "[:, 1::2]"
