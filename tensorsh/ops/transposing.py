"""Views with the dimensions in another order: `transpose`, `permute`, `movedim`, `x.T`, `x.mH` …"""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorsh.ops.registry import composite, view
from tensorsh.ops.views import alias
from tensorsh.runtime.dtype import COMPLEX
from tensorsh.runtime.tensor import Tensor, wrap_dim

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]


@view("transpose(Tensor(a) self, int dim0, int dim1) -> Tensor(a)")
def transpose(self: Array, dim0: int, dim1: int) -> Array:
    """Two dimensions swapped.

    >>> torch.zeros(2, 3, 4).transpose(0, 2).shape
    torch.Size([4, 3, 2])
    """
    return self.swapaxes(dim0, dim1) if self.ndim else self[...]


@transpose.vjp("self")
def _(grad, dim0, dim1):
    return grad.transpose(dim0, dim1)


@composite("swapaxes(Tensor(a) self, int axis0, int axis1) -> Tensor(a)")
def swapaxes(self: Tensor, axis0: int, axis1: int) -> Tensor:
    """NumPy's name for `transpose`.

    >>> torch.zeros(2, 3, 4).swapaxes(0, 2).shape
    torch.Size([4, 3, 2])
    """
    return self.transpose(axis0, axis1)


@composite("swapdims(Tensor(a) self, int dim0, int dim1) -> Tensor(a)")
def swapdims(self: Tensor, dim0: int, dim1: int) -> Tensor:
    """Another name for `transpose`.

    >>> torch.zeros(2, 3, 4).swapdims(0, 2).shape
    torch.Size([4, 3, 2])
    """
    return self.transpose(dim0, dim1)


@view("t(Tensor(a) self) -> Tensor(a)")
def t(self: Array) -> Array:
    """A matrix transposed; a vector or scalar as it is.

    >>> torch.tensor([[1, 2, 3]]).t()
    tensor([[1],
            [2],
            [3]])
    """
    if self.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {self.ndim}D")
    return self.T


@t.vjp("self")
def _(grad):
    return grad.t()


@view("permute(Tensor(a) self, int[] dims) -> Tensor(a)", wrap_dims=None)
def permute(self: Array, dims: Shape) -> Array:
    """The dimensions in another order.

    >>> torch.zeros(2, 3, 4).permute(2, 0, 1).shape
    torch.Size([4, 2, 3])
    """
    if len(dims) != self.ndim:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired ordering of "
            f"dimensions i.e. input.dim() = {self.ndim} is not equal to len(dims) = {len(dims)}"
        )
    order = [wrap_dim(dim, self.ndim) for dim in dims]
    if len(set(order)) != len(order):
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return self.transpose(order)


@permute.vjp("self")
def _(grad, dims):
    order = [dim % len(dims) for dim in dims]
    return grad.permute([order.index(dim) for dim in range(len(order))])


@composite("movedim(Tensor(a) self, int[1] source, int[1] destination) -> Tensor(a)", varargs=False)
def movedim(self: Tensor, source: Shape, destination: Shape) -> Tensor:
    """Some dimensions moved to other places, the others in their order.

    >>> torch.zeros(2, 3, 4).movedim(0, -1).shape
    torch.Size([3, 4, 2])
    """
    ndim = self._array.ndim
    if len(source) != len(destination):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({list(source)} dims) should contain the same number of dims "
            f"as destination ({list(destination)} dims)"
        )
    origin = [wrap_dim(dim, ndim) for dim in source]
    target = [wrap_dim(dim, ndim) for dim in destination]
    for label, given, dims in (("source", source, origin), ("destination", destination, target)):
        if len(set(dims)) != len(dims):
            raise RuntimeError(f"movedim: repeated dim in `{label}` ({list(given)})")
    if ndim == 0:
        return alias(self)
    order: list[int | None] = [None] * ndim
    for at, dim in zip(target, origin, strict=True):
        order[at] = dim
    rest = iter(dim for dim in range(ndim) if dim not in origin)
    return self.permute(*[next(rest) if dim is None else dim for dim in order])


@composite("moveaxis(Tensor(a) self, int[1] source, int[1] destination) -> Tensor(a)", varargs=False)
def moveaxis(self: Tensor, source: Shape, destination: Shape) -> Tensor:
    """NumPy's name for `movedim`.

    >>> torch.zeros(2, 3, 4).moveaxis(0, -1).shape
    torch.Size([3, 4, 2])
    """
    return self.movedim(source, destination)


# --- attributes -------------------------------------------------------------------------------------------------------


def _reversed(self: Tensor) -> Tensor:
    """The dimensions in reverse order."""
    if self._array.ndim == 0:
        _warn("Tensor.T is deprecated on 0-D tensors. This function is the identity in these cases.")
    elif self._array.ndim != 2:
        _warn(
            "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and it will throw an "
            "error in a future release. Consider `x.mT` to transpose batches of matrices or "
            "`x.permute(*torch.arange(x.ndim - 1, -1, -1))` to reverse the dimensions of a tensor."
        )
    return self.permute(tuple(range(self._array.ndim - 1, -1, -1)))


def _warn(text: str) -> None:
    import warnings

    warnings.warn(text, UserWarning, stacklevel=3)


def _matrix_transposed(self: Tensor) -> Tensor:
    """The last two dimensions swapped."""
    if self._array.ndim == 0:
        _warn("Tensor.mT is deprecated on 0-D tensors. This function is the identity in these cases.")
        return self
    if self._array.ndim < 2:
        raise RuntimeError(
            f"tensor.mT is only supported on matrices or batches of matrices. Got {self._array.ndim}-D tensor."
        )
    return self.transpose(-2, -1)


def _adjoint(self: Tensor) -> Tensor:
    if self._array.ndim not in (0, 2):
        batches = " For batches of matrices, consider using tensor.mH" if self._array.ndim > 2 else ""
        raise RuntimeError(
            f"tensor.H is only supported on matrices (2-D tensors). Got {self._array.ndim}-D tensor.{batches}"
        )
    if self._array.ndim == 0:
        _warn("Tensor.H is deprecated on 0-D tensors. Consider using x.conj().")
    swapped = self.transpose(0, 1) if self._array.ndim else self
    return swapped.conj() if self._dtype.kind == COMPLEX else swapped


def _matrix_adjoint(self: Tensor, called: str = "mH") -> Tensor:
    if self._array.ndim == 0:
        _warn("Tensor.mH is deprecated on 0-D tensors. Consider using x.conj().")
    elif self._array.ndim == 1:
        raise RuntimeError(f"tensor.{called} is only supported on matrices or batches of matrices. Got 1-D tensor.")
    swapped = _matrix_transposed(self) if self._array.ndim else self
    return swapped.conj() if self._dtype.kind == COMPLEX else swapped


for _attribute, _reader in (("T", _reversed), ("mT", _matrix_transposed), ("H", _adjoint), ("mH", _matrix_adjoint)):
    setattr(Tensor, _attribute, property(_reader))


@composite("adjoint(Tensor(a) self) -> Tensor(a)")
def adjoint(self: Tensor) -> Tensor:
    """The last two dimensions swapped, and conjugated.

    >>> torch.tensor([[1+1j, 2j]]).adjoint()
    tensor([[1.-1.j],
            [0.-2.j]])
    """
    return _matrix_adjoint(self, "adjoint()")
