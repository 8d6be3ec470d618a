"""Parts of matrices and matrices made of parts: `trace`, `tril`, `triu`, `diag`, `diag_embed`, `block_diag`, `vander`,
`combinations`, and the index lists of triangles.

The parts of a batch are taken of its last two dimensions. `diagonal`, which is a view, stands with the views.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tensorsh.ops.engine import out_of_memory
from tensorsh.ops.refusals import unsupported
from tensorsh.ops.registry import composite, factory, function, op
from tensorsh.ops.slicing import _diagonal_embedded
from tensorsh.ops.slicing import diagonal as diagonal_view
from tensorsh.runtime.dtype import BOOL, bool_, int64
from tensorsh.runtime.dtype import dtype as DType
from tensorsh.runtime.tensor import Tensor, wrap_dim

Array = Any


@op("trace(Tensor self) -> Tensor", half=True)
def trace(self: Array) -> Array:
    """The sum of a matrix's diagonal; integers are summed as int64.

    >>> torch.trace(torch.arange(1., 10.).view(3, 3))
    tensor(15.)
    """
    if self.dtype.kind == "b":
        raise unsupported("trace", self)
    if self.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {self.ndim}")
    return np.add.reduce(self.diagonal(), dtype=np.int64 if self.dtype.kind in "iub" else self.dtype)


@trace.vjp("self")
def _(grad, self_shape):
    return _diagonal_embedded(grad.expand((min(self_shape),)), self_shape, 0, 0, 1)


def _triangle(name: str, array: Array, edge: int, outside: Any) -> Array:
    """A copy with zeros where `outside` (`less` or `greater`) says that the column, less the row, stands to `edge`."""
    if array.ndim < 2:
        raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions")
    made = array.copy()
    rows, columns = array.shape[-2:]
    edge = min(max(edge, -rows), columns)
    np.copyto(made, False, where=outside(np.arange(columns), np.arange(edge, rows + edge)[:, None]))
    return made


@op("tril(Tensor self, int diagonal=0) -> Tensor", variants="function method inplace out")
def tril(self: Array, diagonal: int) -> Array:
    """The lower triangle of a matrix, zeros above; `diagonal` moves the edge up.

    >>> torch.tril(torch.ones(3, 3))
    tensor([[1., 0., 0.],
            [1., 1., 0.],
            [1., 1., 1.]])
    """
    return _triangle("tril", self, diagonal, np.greater)


@tril.vjp("self")
def _(grad, diagonal):
    return grad.tril(diagonal)


@op("triu(Tensor self, int diagonal=0) -> Tensor", variants="function method inplace out")
def triu(self: Array, diagonal: int) -> Array:
    """The upper triangle of a matrix, zeros below; `diagonal` moves the edge up.

    >>> torch.triu(torch.ones(3, 3), diagonal=1)
    tensor([[0., 1., 1.],
            [0., 0., 1.],
            [0., 0., 0.]])
    """
    return _triangle("triu", self, diagonal, np.less)


@triu.vjp("self")
def _(grad, diagonal):
    return grad.triu(diagonal)


@factory("tril_indices(int row, int col, int offset=0) -> Tensor")
def tril_indices(row: int, col: int, offset: int, dtype: DType | None) -> Array:
    """The row and column indices of a lower triangle, row by row, as a `(2, n)` tensor.

    >>> torch.tril_indices(2, 2)
    tensor([[0, 1, 1],
            [0, 0, 1]])
    """
    offset = min(max(offset, -row), col)
    # Row r has as many columns as `offset` lets it: none before `first`, all from `full` on.
    first = min(max(-offset, 0), row)
    full = min(max(col - offset - 1, first), row)
    ramp = (full - first) * (first + full + 1 + 2 * offset) // 2
    indices = _index_pairs(ramp + (row - full) * col, dtype)
    rows = np.arange(first if col else row, row)
    return _write_pairs(indices, rows, np.zeros(rows.shape, rows.dtype), np.minimum(rows, col - offset - 1) + offset + 1)


@factory("triu_indices(int row, int col, int offset=0) -> Tensor")
def triu_indices(row: int, col: int, offset: int, dtype: DType | None) -> Array:
    """The row and column indices of an upper triangle, row by row, as a `(2, n)` tensor.

    >>> torch.triu_indices(2, 2)
    tensor([[0, 0, 1],
            [0, 1, 1]])
    """
    offset = min(max(offset, -row), col)
    # Row r begins at column r + offset: at 0 as far as `full`, beyond the last column from `end` on.
    full = min(max(-offset, 0), row)
    end = min(max(col - offset, full), row)
    ramp = (end - full) * (2 * (col - offset) - full - end + 1) // 2
    indices = _index_pairs(full * col + ramp, dtype)
    rows = np.arange(end if col else 0)
    starts = np.maximum(rows, -offset) + offset
    return _write_pairs(indices, rows, starts, col - starts)


def _index_pairs(count: int, dtype: DType | None) -> Array:
    """Room for `count` pairs, taken before anything is computed: most triangles that do not fit are refused here."""
    try:
        return np.empty((2, count), (dtype or int64).array_dtype)
    except (MemoryError, ValueError):
        raise out_of_memory(2 * count * (dtype or int64).itemsize) from None


def _write_pairs(indices: Array, rows: Array, starts: Array, counts: Array) -> Array:
    """Write each of `rows` with the columns from its start on, as many as its count."""
    indices[0] = rows.repeat(counts)
    before = counts.cumsum() - counts
    indices[1] = np.arange(indices.shape[1]) + (starts - before).repeat(counts)
    return indices


@composite("diag(Tensor self, int diagonal=0) -> Tensor", variants="function method out")
def diag(self: Tensor, diagonal: int) -> Tensor:
    """A vector as the diagonal of a matrix, or the diagonal of a matrix as a vector (a copy).

    >>> torch.diag(torch.tensor([1, 2]))
    tensor([[1, 0],
            [0, 2]])
    """
    ndim = self._array.ndim
    if ndim == 1:
        return diag_embed(self, diagonal)
    if ndim == 2:
        return diagonal_copy(self, diagonal)
    raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {ndim}D")


@op("diagonal_copy(Tensor self, int offset=0, int dim1=0, int dim2=1) -> Tensor", variants="function out", wrap_dims=None, node="DiagonalBackward0_copy")
def diagonal_copy(self: Array, offset: int, dim1: int, dim2: int) -> Array:
    """A copy of what `diagonal` is a view of.

    >>> torch.diagonal_copy(torch.arange(4).view(2, 2))
    tensor([0, 3])
    """
    return diagonal_view.body(self, offset, dim1, dim2).copy()


@diagonal_copy.vjp("self")
def _(grad, self_shape, offset, dim1, dim2):
    return _diagonal_embedded(grad, self_shape, offset, dim1, dim2)


@op("diag_embed(Tensor self, int offset=0, int dim1=-2, int dim2=-1) -> Tensor", wrap_dims=None)
def diag_embed(self: Array, offset: int, dim1: int, dim2: int) -> Array:
    """The vectors along the last dimension, as diagonals of matrices in the dimensions `dim1` and `dim2` of the result.

    >>> torch.diag_embed(torch.tensor([[1., 2.], [3., 4.]])).shape
    torch.Size([2, 2, 2])
    """
    ndim = self.ndim + 1
    first, second = wrap_dim(dim1, ndim), wrap_dim(dim2, ndim)
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    extent = self.shape[-1] + abs(offset)
    batch = list(self.shape[:-1])
    for dim in sorted((first, second)):
        batch.insert(dim, extent)
    made = np.zeros(batch, self.dtype)
    window = diagonal_view.body(made, offset, first, second)
    window[...] = self
    return made


@diag_embed.vjp("self")
def _(grad, offset, dim1, dim2):
    return grad.diagonal(offset, dim1, dim2)


@composite("diagflat(Tensor self, int offset=0) -> Tensor")
def diagflat(self: Tensor, offset: int) -> Tensor:
    """All elements, as the diagonal of a matrix.

    >>> torch.diagflat(torch.tensor([[1, 2]]))
    tensor([[1, 0],
            [0, 2]])
    """
    return diag_embed(self.reshape((-1,)), offset)


@op("block_diag(Tensor[] tensors) -> Tensor", dtype="promote", variants="function", varargs=True)
def block_diag(tensors: list[Array]) -> Array:
    """A matrix with the given ones along its diagonal, zeros elsewhere; a vector counts as a row, a number as a 1x1 matrix.

    >>> torch.block_diag(torch.ones(1, 2), torch.tensor(7.))
    tensor([[1., 1., 0.],
            [0., 0., 7.]])
    """
    for at, tensor in enumerate(tensors):
        if tensor.ndim > 2:
            raise RuntimeError(
                "torch.block_diag: Input tensors must have 2 or fewer dimensions. "
                f"Input {at} has {tensor.ndim} dimensions"
            )
    blocks = [np.atleast_2d(tensor) for tensor in tensors]
    if not blocks:
        return np.zeros((1, 0), np.float32)  # as if one empty vector were given
    made = np.zeros((sum(b.shape[0] for b in blocks), sum(b.shape[1] for b in blocks)), blocks[0].dtype)
    row = column = 0
    for block in blocks:
        rows, columns = block.shape
        made[row : row + rows, column : column + columns] = block
        row, column = row + rows, column + columns
    return made


@block_diag.vjp("tensors")
def _(grad, tensors_shape):
    found = []
    row = column = 0
    for shape in tensors_shape:
        rows, columns = (1,) * (2 - len(shape)) + tuple(shape)
        block = grad.narrow(0, row, rows).narrow(1, column, columns)
        found.append(block if len(shape) == 2 else block.reshape(shape))
        row, column = row + rows, column + columns
    return found


# --- powers and choices -------------------------------------------------------------------------------------------------


def _powers(x: Tensor, count: int) -> Tensor:
    """`x ** 0 … x ** (count - 1)` along a new last dimension."""
    shape = x._array.shape
    ones = Tensor._fresh(np.ones((*shape, 1), x._array.dtype), x._dtype)
    if count <= 1:
        return ones if count else ones.narrow(-1, 0, 0)
    return function("cat")([ones, x.unsqueeze(-1).expand((*shape, count - 1)).cumprod(-1)], -1)


@composite("vander(Tensor x, *, int? N=None) -> Tensor", namespace="linalg", variants="function")
def linalg_vander(x: Tensor, N: int | None) -> Tensor:  # noqa: N803 - PyTorch's own name
    """The Vandermonde matrix of each vector along the last dimension: its powers from 0 up, along a new dimension.

    >>> torch.linalg.vander(torch.tensor([1, 2, 3]))
    tensor([[1, 1, 1],
            [1, 2, 4],
            [1, 3, 9]])
    """
    if x._dtype.kind == BOOL or x._dtype.half:
        raise RuntimeError(f"linalg.vander supports floating point, complex, and integer tensors, but got {x._dtype.title}")
    if N is not None and N <= 1:
        raise RuntimeError("N must be greater than 1.")
    if x._array.ndim == 0:
        x = x.unsqueeze(-1)
    return _powers(x, x._array.shape[-1] if N is None else N)


@composite("vander(Tensor x, int? N=None, bool increasing=False) -> Tensor", variants="function")
def vander(x: Tensor, N: int | None, increasing: bool) -> Tensor:  # noqa: N803 - PyTorch's own name
    """The powers of a vector's elements as columns, from the highest down (from 0 up if `increasing`).

    >>> torch.vander(torch.tensor([1, 2, 3]))
    tensor([[1, 1, 1],
            [4, 2, 1],
            [9, 3, 1]])
    """
    if x._array.ndim != 1:
        raise RuntimeError("x must be a one-dimensional tensor.")
    if N is not None and N < 0:
        raise RuntimeError("N must be non-negative.")
    if x._dtype.kind < 2:
        x = x.to(int64)
    found = _powers(x, x._array.shape[0] if N is None else N)
    return found if increasing else found.flip((1,))


@composite("combinations(Tensor self, int r=2, bool with_replacement=False) -> Tensor", variants="function")
def combinations(self: Tensor, r: int, with_replacement: bool) -> Tensor:
    """All choices of `r` elements of a vector, one a row, as `itertools.combinations` orders them.

    >>> torch.combinations(torch.tensor([1, 2, 3]))
    tensor([[1, 2],
            [1, 3],
            [2, 3]])
    """
    if self._array.ndim != 1:
        raise RuntimeError("Expect a 1D vector, but got shape " + str(list(self._array.shape)))
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    if r == 0:
        return Tensor._fresh(np.empty(0, self._array.dtype), self._dtype)
    n = self._array.shape[0]
    if n > 1 and (r > 62 or n**r >= 2**63):
        raise RuntimeError("numel: integer multiplication overflow")
    if r > 62:  # more dimensions than the grid could have
        return self.repeat(r).unsqueeze(0) if n and with_replacement else self.new_empty((0, r))
    compare: Callable[..., Any] = np.less_equal if with_replacement else np.less
    grid = np.indices((n,) * r, sparse=True)
    mask = np.ones((n,) * r, bool)
    for before, after in zip(grid[:-1], grid[1:], strict=True):
        mask &= compare(before, after)
    chosen = Tensor._fresh(mask, bool_)
    spread_ = [self.view((*(1,) * at, n, *(1,) * (r - 1 - at))).expand((n,) * r) for at in range(r)]
    return function("stack")([part.masked_select(chosen) for part in spread_], 1)
