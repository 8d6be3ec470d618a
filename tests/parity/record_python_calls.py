"""Record which of PyTorch's functions are written in Python, and how their calls fail: `tensorsh/ops/python_calls.txt`.

    .venv/bin/python tests/parity/record_python_calls.py
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType
from typing import Any

import torch

import tensorsh.torch as ours
from tensorsh.ops.registry import overloads

TARGET = Path(__file__).parents[2] / "tensorsh" / "ops" / "python_calls.txt"
NO_TENSORS: tuple[Any, ...] = ([1, 2], 1, "a", None)


def functions() -> Iterator[tuple[str, str, Any]]:
    """The namespace, name and value of each Python function that there is here too."""
    here: dict[str, tuple[Any, Any]] = {
        "": (torch, ours),
        "nn.functional": (torch.nn.functional, ours.nn.functional),
        "autograd": (torch.autograd, ours.autograd),
        "autograd.functional": (torch.autograd.functional, ours.autograd.functional),
        "random": (torch.random, ours.random),
        "Tensor": (torch.Tensor, ours.ones(1)),
    }
    for namespace, (owner, own) in here.items():
        for name in dir(owner):
            found = getattr(owner, name)
            if not name.startswith("_") and isinstance(found, FunctionType) and hasattr(own, name):
                # A flag among the arguments may choose from two functions: what is called without the flag.
                while "if_false" in (outer := inspect.getclosurevars(found).nonlocals):
                    found = outer["if_false"]
                yield namespace, name, found


def signature(function: Any) -> str:
    """The parameters with `...` for every default, without annotations."""
    parts, starred = [], False
    for parameter in inspect.signature(function).parameters.values():
        star = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
        if parameter.kind is parameter.KEYWORD_ONLY and not starred:
            parts.append("*")
        starred = starred or star == "*" or parameter.kind is parameter.KEYWORD_ONLY
        parts.append(star + parameter.name + ("" if parameter.default is parameter.empty else "=..."))
    return f"({', '.join(parts)})"


def errors(function: Any, tensors: set[str]) -> Iterator[tuple[str, str]]:
    """The parameters for tensors, and the error that any value gives that is none, if it is not the usual one."""
    parameters = inspect.signature(function).parameters
    required = [name for name, p in parameters.items() if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
    given = {"dim": 0} if "_stacklevel" in parameters else {}  # softmax and its kin guess a dimension only with a warning
    gathered = next((name for name, p in parameters.items() if p.kind is p.VAR_POSITIONAL), None)
    if gathered is not None and not required:
        try:
            function(1)
        except (TypeError, ValueError) as error:
            if str(error).startswith("expected Tensor as element 0"):
                yield f"*{gathered}", f"TypeError: {error}".replace("got int", "got {}")
        return
    optional = [name for name, p in parameters.items() if p.default is None and name in tensors]
    for at, name in enumerate([*required, *optional]):
        if name not in tensors:
            continue
        said = set()
        for value in NO_TENSORS[:-1] if name in optional else NO_TENSORS:
            kind = type(value).__name__
            more = {name: value} if name in optional else {}
            try:
                function(*[value if other == name else torch.ones(2, 3) for other in required], **given, **more)
                said.add("")
            except (TypeError, AttributeError) as error:
                said.add(f"{type(error).__name__}: {error}".replace(f"'{kind}'", "'{}'").replace(f"not {kind}", "not {}"))
            except Exception:
                said.add("")
        usual = f"TypeError: {function.__name__}(): argument '{name}' (position {at + 1}) must be Tensor, not {{}}"
        if len(said) == 1 and "{}" in (text := said.pop()) and text != usual:
            yield name, text


def main() -> None:
    warnings.simplefilter("ignore")
    lines = []
    for namespace, name, function in functions():
        lines.append(f"{namespace}.{name} ".lstrip(".") + function.__qualname__ + signature(function))
        declared = overloads(name, namespace)
        if declared:
            tensors = {"input" if p.name == "self" else p.name for p in declared[0].arguments if p.type in ("Tensor", "Tensor?")}
            lines += [f"    {parameter} {text}" for parameter, text in errors(function, tensors)]
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
