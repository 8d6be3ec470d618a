"""The explanations as functions of scripts: with `json`, each writes its facts as one line."""

from __future__ import annotations

import json

import pytest

from tensorsh import Session

SETUP = "x = arange(6.).view(2, 3); y = x.t()\n"


@pytest.mark.parametrize(
    ("call", "name", "value"),
    [
        ("share(x, y, json=True)", "same_storage", True),
        ("share(json=True)", "number", 1),
        ("writes(x[0], json=True)", "name", "x[0]"),
        ("why('y.view(6)', json=True)", "kind", "refused"),
        ("broadcast(x, y[0], json=True)", "clash", 1),
        ("mem(json=True)", "bytes", 24),
        ("mem(lambda: x + 1, json=True);", "peak", 24),
        ("w = ones(2, requires_grad=True); graph((w * 2).sum(), form='json')", "total", 3),
        ("w = ones(2, requires_grad=True); z = w * 2; explain_grad(w, json=True)", "root", "z"),
        ("w = ones(2, requires_grad=True); explain_grad(w, w * 2, json=True)", "ways", 1),
        ("why_none(x, json=True)", "reason", "plain"),
        ("find_nan(lambda: x.log(), json=True);", "given", None),
        ("y[0] = 1; writes_log(x, json=True)", "names", ["x", "y"]),
        ("try: x @ x\nexcept RuntimeError as error: explain(error, json=True)", "type_name", "RuntimeError"),
    ],
)
def test_facts_as_json(call: str, name: str, value: object) -> None:
    said = Session().run(SETUP + call)
    assert said.count("\n") == 1
    facts = json.loads(said)
    assert (facts[0] if isinstance(facts, list) else facts)[name] == value
