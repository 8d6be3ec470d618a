"""What a write changes, against the truth: write through each window and see."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tensorsh.diagnostics.effects import changes, writes
from tests.diagnostics.window_programs import CHOICES, array, program


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


def test_changes_compare_with_an_earlier_copy() -> None:
    memory = np.array([[1.0, np.nan], [3.0, 4.0]])
    copy = memory.copy()
    memory[1, 0] = 5
    [effect] = changes({"m": memory, "top": memory[0]}, [(memory, copy)])
    assert (effect.name, effect.index) == ("m", "[1, 0]")
