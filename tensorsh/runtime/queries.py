"""Questions about tensors that are functions in PyTorch's namespace, and the settings of the state in force."""

from __future__ import annotations

from typing import Any

from tensorsh.runtime.dtype import FLOAT, dtype
from tensorsh.runtime.promotion import result_type as promoted
from tensorsh.runtime.state import current
from tensorsh.runtime.tensor import Tensor


def is_tensor(obj: Any) -> bool:
    """Whether `obj` is a tensor."""
    return isinstance(obj, Tensor)


def is_conj(input: Tensor) -> bool:
    return False


def is_neg(input: Tensor) -> bool:
    return False


def is_storage(obj: Any) -> bool:
    """Whether `obj` is a storage."""
    from tensorsh.runtime.shown_storage import TypedStorage, UntypedStorage

    return isinstance(obj, (TypedStorage, UntypedStorage))


def get_device(input: Tensor) -> int:
    """-1: every tensor lives on the CPU."""
    return -1


def _tensor(function: str, given: Any) -> Tensor:
    """The argument of a function that takes one tensor."""
    if not isinstance(given, Tensor):
        raise TypeError(f"{function}(): argument 'input' (position 1) must be Tensor, not {type(given).__name__}")
    return given


def detach(input: Tensor) -> Tensor:
    """The same memory and version, outside the graph."""
    return _tensor("detach", input).detach()


def is_inference(input: Tensor) -> bool:
    return _tensor("is_inference", input).is_inference()


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


def numel(input: Tensor) -> int:
    """How many elements a tensor has."""
    return _tensor("numel", input).numel()


def result_type(tensor: Any, other: Any) -> dtype:
    """The dtype that two tensors or Python numbers promote to.

    >>> from tensorsh import torch
    >>> torch.result_type(torch.tensor([1, 2]), 1.5)
    torch.float32
    """
    if not all(isinstance(operand, (Tensor, bool, int, float, complex)) for operand in (tensor, other)):
        raise TypeError("result_type() takes tensors and numbers")
    return promoted(tensor, other)


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


def set_default_tensor_type(t: Any) -> None:
    """Set the default dtype by an old tensor type, `torch.DoubleTensor` or its name."""
    from tensorsh.runtime.legacy_types import BY_NAME

    found = BY_NAME.get(t.removeprefix("torch.")) if isinstance(t, str) else t
    import warnings

    warnings.warn(
        "torch.set_default_tensor_type() is deprecated as of PyTorch 2.1, please use torch.set_default_dtype() and "
        "torch.set_default_device() as alternatives.",
        UserWarning,
        stacklevel=3,
    )
    if found is None:
        raise TypeError(f"invalid type object: {t!r}")
    kind = getattr(found, "tensor_dtype", None)
    if kind is None:
        raise TypeError("invalid type object: only floating-point types are supported as the default type")
    set_default_dtype(kind)


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
    if not isinstance(new_state, Tensor):
        raise TypeError(f"expected a torch.ByteTensor, but got {type(new_state).__name__}")
    current().generator.set_state(new_state._array)
