"""Whatever attributes alone can reach is a value of the language: no module, frame, code or class dictionary."""

from __future__ import annotations

import types
import warnings
from typing import Any

from tensorsh.language import attributes
from tensorsh.language.compiler import compile_module
from tensorsh.language.environment import Environment
from tensorsh.language.parser import parse

FORBIDDEN = (
    types.ModuleType,
    types.CodeType,
    types.FrameType,
    types.TracebackType,
    types.MappingProxyType,
    types.CellType,
    memoryview,
)

SEEDS = """
import torch, numpy, math
x = torch.ones(2, 3, requires_grad=True)
y = (x * 2).sum()
z = torch.max(x, dim=0)
a = numpy.arange(6.0).reshape(2, 3)
s = numpy.float32(1)
def f(n): return n
f.note = 1
g = (i for i in [1])
err = ValueError("x")
m = map(abs, [1])
d = {"a": 1}
u = [d.keys(), d.items(), iter([1]), "s", b"s", 1, 1.5, 1j, (1,), {1}, slice(1), range(2), None, ..., True]
n = torch.no_grad()
w = torch.no_grad()(f)
rng = numpy.random.default_rng(0)
gen = torch.Generator()
h = x.register_hook(f)
"""


def test_no_attribute_leads_to_the_host() -> None:
    environment = Environment()
    compile_module(parse(SEEDS), SEEDS).run(environment)
    todo: list[tuple[str, Any]] = [*environment.globals.items(), *environment.builtins.items()]
    seen: set[int] = set()
    kept: list[Any] = []
    types_seen: set[type] = set()
    while todo:
        path, value = todo.pop()
        if id(value) in seen or path.count(".") > 4:
            continue
        seen.add(id(value))
        kept.append(value)  # so that no id is used twice
        assert not isinstance(value, FORBIDDEN), path
        if type(value) in types_seen and type(value).__name__ not in ("module", "type", "TensorType"):
            continue
        types_seen.add(type(value))
        for name in attributes.names(value):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    found = attributes.lookup(value, name)
                except Exception as error:
                    # A property may refuse for this value (`.mT` of a vector); it may not show what is behind it.
                    assert isinstance(error, (AttributeError, RuntimeError, NotImplementedError, TypeError)), path
                    continue
            todo.append((f"{path}.{name}", found))
    assert len(seen) > 300
