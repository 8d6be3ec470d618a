"""Random programs whose variables are windows on each other's memory, for the properties of sharing."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import reject
from hypothesis import strategies as st

from tensorsh import Session, TensorshError
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
        try:
            session.run(f"{name} = {expression}")
        except TensorshError:  # a storage that is too small for `as_strided`
            reject()
        made.append(name)
    values: dict[int, tuple[str, Any]] = {}
    for name in made:
        values.setdefault(id(session.names[name]), (name, session.names[name]))
    return session, dict(values.values())


def array(value: Any) -> np.ndarray:
    return value._array if isinstance(value, Tensor) else value


CHOICES = st.lists(st.tuples(st.integers(0, 9), st.integers(0, len(STEPS) - 1)), min_size=1, max_size=8)
