"""How tensors and arrays came from those that have a name."""

from __future__ import annotations

import pytest

from tensorsh import Session
from tensorsh.diagnostics.origins import step_text
from tensorsh.diagnostics.sharing import storages


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
        ("a = numpy.zeros(3); b = torch.from_numpy(a)[::2]", "from_numpy(a)[::2]"),
        ("c, b = a.split(1)", "a.split(1, 0)[…]"),
    ],
)
def test_what_made_a_tensor(code: str, made: str) -> None:
    session = Session()
    session.run(f"import numpy, torch\na = torch.zeros(2, 3)\n{code}")
    names = {name: value for name, value in session.names.items() if name in "abc"}
    windows = [window for storage in storages(names) for window in storage.windows]
    assert next(window.made for window in windows if "b" in window.names) == made


def test_steps_are_written_as_in_a_program() -> None:
    assert step_text("[]", ((slice(None), slice(1, None, 2)),)) == "[:, 1::2]"
