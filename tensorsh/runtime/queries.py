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


def is_anomaly_enabled() -> bool:
    """Whether backward passes are watched for anomalies."""
    return bool(current().anomaly)


def typename(obj: Any) -> str:
    """The name of a value's type; of a tensor with its dtype.

    >>> typename(torch.ones(1)), typename(1)
    ('torch.FloatTensor', 'int')
    """
    if isinstance(obj, Tensor):
        return f"torch.{obj.dtype.title}Tensor"
    kind = type(obj)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def get_default_device() -> Any:
    """Where tensors live unless another device is asked for."""
    from tensorsh.runtime.layout import CPU

    return CPU


def cuda_is_available() -> bool:
    """False: every tensor lives on the CPU."""
    return False


def cuda_device_count() -> int:
    """0: every tensor lives on the CPU."""
    return 0


def numel(input: Tensor) -> int:
    """How many elements a tensor has."""
    return input.numel()


def get_default_dtype() -> dtype:
    """The dtype of tensors made from Python floats."""
    return current().default_dtype


def set_default_dtype(d: dtype) -> None:
    """Set the dtype of tensors made from Python floats."""
    if not isinstance(d, dtype):
        raise TypeError("invalid dtype object: only floating-point types are supported as the default type")
    if d.kind != FLOAT:
        raise TypeError("only floating-point types are supported as the default type")
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
