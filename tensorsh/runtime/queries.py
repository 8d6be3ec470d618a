"""Questions about tensors that are functions in PyTorch's namespace, and the settings of the state in force."""

from __future__ import annotations

from typing import Any

from tensorsh.runtime.dtype import FLOAT, dtype
from tensorsh.runtime.state import current
from tensorsh.runtime.tensor import Tensor


def is_tensor(obj: Any) -> bool:
    """Whether `obj` is a tensor."""
    return isinstance(obj, Tensor)


def is_floating_point(input: Tensor) -> bool:
    return input.is_floating_point()


def is_complex(input: Tensor) -> bool:
    return input.is_complex()


def is_nonzero(input: Tensor) -> bool:
    return bool(input)


def is_conj(input: Tensor) -> bool:
    return False


def is_inference(input: Tensor) -> bool:
    return input.is_inference()


def numel(input: Tensor) -> int:
    """How many elements a tensor has."""
    return input.numel()


def get_default_dtype() -> dtype:
    """The dtype of tensors made from Python floats."""
    return current().default_dtype


def set_default_dtype(d: dtype) -> None:
    """Set the dtype of tensors made from Python floats."""
    if not isinstance(d, dtype):
        raise TypeError(f"invalid dtype object: {d!r}")
    if d.kind != FLOAT:
        raise TypeError(f"only floating-point types are supported as the default type, but got {d!r}")
    current().default_dtype = d


def manual_seed(seed: Any) -> Any:
    """Seed the generator of the state in force; gives the generator."""
    return current().generator.manual_seed(int(seed))


def seed() -> int:
    """Seed the generator with a number that nobody chose; gives that number."""
    return current().generator.seed()


def initial_seed() -> int:
    """The number that the generator was seeded with."""
    return current().generator.initial_seed()


def get_rng_state() -> Tensor:
    """The generator's state, as a tensor of bytes."""
    from tensorsh.runtime.creation import from_numpy

    return from_numpy(current().generator.get_state())


def set_rng_state(new_state: Tensor) -> None:
    """Set the generator's state to what `get_rng_state` gave."""
    current().generator.set_state(new_state._array)
