"""What one tensor is, seen from the names of a program: its shape and dtype, whose window it is, who shares its memory.

Facts are plain data, for the line beneath a value, for commands and for tests. Looking changes nothing: no Storage is
made, no `grad_fn` is brought up to date, no gradient is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tensorsh.diagnostics.reach import memory_behind
from tensorsh.runtime.storage import byte_bounds
from tensorsh.runtime.tensor import Tensor, strides_of

ITEMS_SEEN = 1000  # of the lists and dictionaries of one program, so that a prompt stays quick
NAMES_KEPT = 20


@dataclass(frozen=True, slots=True)
class TensorFacts:
    """One tensor. Other tensors appear by the user's names: `w`, `layers[0]`, `state['bias']`."""

    names: tuple[str, ...]  # of this very tensor
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    dtype: str  # "float32"
    is_view: bool
    view_of: tuple[str, ...]  # the names of the base; none if it has no name
    base_shape: tuple[int, ...] | None
    shared_with: tuple[str, ...]  # tensors and arrays on the same memory, this one and its base left out
    requires_grad: bool
    grad_fn: str | None  # "MulBackward0"
    version: int
    nbytes: int


def tensor_facts(tensor: Tensor, names: Mapping[str, Any]) -> TensorFacts:
    """The facts about `tensor`, where `names` are the program's.

    >>> from tensorsh import torch
    >>> x = torch.ones(2, 3)
    >>> y = x.t()
    >>> facts = tensor_facts(y, {"x": x, "y": y, "z": x[0]})
    >>> facts.names, facts.shape, facts.view_of, facts.shared_with
    (('y',), (3, 2), ('x',), ('z',))
    """
    view = tensor._view
    base = None if view is None else view[0]
    own, bases, sharing = [], [], []
    bounds = memory_bounds(tensor)
    for name, value in named_values(names):
        if value is tensor:
            own.append(name)
        elif value is base:
            bases.append(name)
        elif bounds[0] < bounds[1] and overlaps(bounds, memory_bounds(value)):
            sharing.append(name)
    array, storage = tensor._array, tensor._storage
    node = tensor._grad_fn
    return TensorFacts(
        tuple(own[:NAMES_KEPT]),
        array.shape,
        strides_of(array),
        str(tensor._dtype).removeprefix("torch."),
        base is not None,
        tuple(bases[:NAMES_KEPT]),
        None if base is None else base._array.shape,
        tuple(sharing[:NAMES_KEPT]),
        tensor._requires_grad,
        None if node is None else node.title,
        0 if storage is None else storage.version,
        tensor.nbytes,
    )


def memory_bounds(value: Any) -> tuple[int, int]:
    """The addresses of the whole memory that a tensor or an array stands on; empty for any other value."""
    memory = memory_behind(value)
    return (0, 0) if memory is None else byte_bounds(memory)


def overlaps(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def named_values(names: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every value that a program can name, with the text that names it: its variables, and one level into its lists,
    tuples and dictionaries.
    """
    left = ITEMS_SEEN
    for name, value in list(names.items()):
        kind = type(value)
        if kind is list or isinstance(value, tuple):
            pairs: Any = enumerate(value)
        elif kind is dict:
            pairs = list(value.items())
        else:
            yield name, value
            continue
        for key, item in pairs:
            left -= 1
            if left < 0:
                break
            if type(key) in (int, str):
                yield f"{name}[{key!r}]", item
