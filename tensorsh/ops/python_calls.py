"""PyTorch's functions that are written in Python: what Python and their first lines say of a call that does not fit.

Most of PyTorch's names are parsed in C++ (`call_errors`). Those of `python_calls.txt` are Python functions, so that Python binds their
arguments, in its own words, and a value that is no tensor fails where it is first used, in the name of what is called there. The file
is recorded from PyTorch (tests/parity/record_python_calls.py): the path of a function and what Python calls it, with the signature, and
indented the parameters for tensors whose error is not the usual one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from tensorsh.runtime.tensor import Tensor


class PythonCall(NamedTuple):
    """A Python function of PyTorch's: `bind` is a function of the same signature that gives the arguments by name."""

    bind: Callable[..., dict[str, Any]]
    optional: frozenset[str]  # the parameters that may be left out
    tensors: dict[str, str]  # parameter (`*` if it gathers) -> the error of a value that is no tensor; `{}` is its type's name


@cache
def _lines() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    path = ""
    for line in Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").splitlines():
        if line.startswith(" "):
            found[path].append(line.strip())
        else:
            path, _, call = line.partition(" ")
            found[path] = [call]
    return found


@cache
def find(path: str) -> PythonCall | None:
    """The Python function of PyTorch's at `path`, `nn.functional.relu` or `Tensor.split`; None if there is none."""
    lines = _lines().get(path)
    if lines is None:
        return None
    name, _, parameters = lines[0].partition("(")
    made: dict[str, Any] = {}
    exec(f"def bind({parameters}: return locals()", made)
    bind = made["bind"]
    bind.__name__, bind.__qualname__ = name.rpartition(".")[2], name
    return PythonCall(bind, frozenset(bind.__kwdefaults__ or ()) | _defaulted(bind), dict(line.split(" ", 1) for line in lines[1:]))


def _defaulted(function: Any) -> frozenset[str]:
    count = function.__code__.co_argcount
    return frozenset(function.__code__.co_varnames[count - len(function.__defaults__ or ()) : count])


def mistake(path: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Exception | None:
    """The error of PyTorch's for a call of the Python function at `path`; None if there is none, or the call fits it.

    >>> mistake("nn.functional.relu", [], {})
    TypeError("relu() missing 1 required positional argument: 'input'")
    """
    call = find(path)
    if call is None:
        return None
    try:
        given = call.bind(*args, **kwargs)
    except TypeError as error:
        return TypeError(*error.args)
    for name, text in call.tensors.items():
        if not name.startswith("*"):
            found = None if given[name] is None and name in call.optional else _no_tensor(text, given[name])
        else:  # several tensors, or one list of them
            items = given[name.removeprefix("*")]
            place = next((at for at, item in enumerate(items) if not isinstance(item, (Tensor, list, tuple))), None)
            found = None if place is None else _no_tensor(text.replace("element 0", f"element {place}"), items[place])
        if found is not None:
            return found
    return None


def _no_tensor(text: str, value: Any) -> Exception | None:
    """The error `text` of a value that is no tensor."""
    if isinstance(value, Tensor) or value is ...:
        return None
    kind, _, said = text.partition(": ")
    if kind == "AttributeError":  # a value may have what tensors have
        missing = not hasattr(value, said.rpartition(" ")[2].strip("'"))
        return AttributeError(said.format(type(value).__name__)) if missing else None
    from tensorsh.ops.call_errors import python_type

    return TypeError(said.format(python_type(value)))
