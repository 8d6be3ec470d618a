"""The text of a tensor's method that nobody called: `x.sum` without its parentheses, as PyTorch prints it."""

from __future__ import annotations

from types import MethodType

from tensorsh.runtime.tensor import Tensor

# The methods of `Tensor` that PyTorch has in Python, which print with their tensor; the others are C++'s.
PYTHON_METHODS = frozenset(
    "backward dim_order is_shared istft lu norm register_hook register_post_accumulate_grad_hook share_memory_ split stft storage "
    "storage_type unflatten unique unique_consecutive".split()
)


def method_text(method: MethodType) -> str:
    """What `repr` and `print` give for a bound method.

    >>> from tensorsh.torch import ones
    >>> method_text(ones(2).backward)
    '<bound method Tensor.backward of tensor([1., 1.])>'
    """
    owner, name = method.__self__, method.__name__
    if name in PYTHON_METHODS and isinstance(owner, Tensor):
        return f"<bound method Tensor.{name} of {owner!r}>"
    return f"<built-in method {name} of {type(owner).__name__} object at {id(owner):#x}>"
