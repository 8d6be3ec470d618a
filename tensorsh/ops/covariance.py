"""How variables vary together: `cov` and `corrcoef`. A row is a variable, a column an observation."""

from __future__ import annotations

import warnings

from tensorsh.ops.registry import composite, function
from tensorsh.runtime.creation import tensor
from tensorsh.runtime.dtype import BOOL, COMPLEX, FLOAT, INTEGER
from tensorsh.runtime.tensor import Tensor


def _check_weights(name: str, weights: Tensor, observations: int) -> None:
    if weights.dim() > 1:
        raise RuntimeError(
            f"cov(): expected {name} to have one or fewer dimensions but got {name} with {weights.dim()} dimensions"
        )
    wanted, kind = ("integral", INTEGER) if name == "fweights" else ("floating point", FLOAT)
    if weights._dtype.kind != kind:
        raise RuntimeError(f"cov(): expected {name} to have {wanted} dtype but got {name} with {weights._dtype.title} dtype")
    if weights.numel() != observations:
        raise RuntimeError(
            f"cov(): expected {name} to have the same numel as there are observations in the input but got "
            f"{weights.numel()} != {observations}"
        )
    if observations and bool(weights.min() < 0):
        raise RuntimeError(f"cov(): {name} cannot be negative")


@composite("cov(Tensor self, *, int correction=1, Tensor? fweights=None, Tensor? aweights=None) -> Tensor", scalars=True)
def cov(self: Tensor, correction: int, fweights: Tensor | None, aweights: Tensor | None) -> Tensor:
    """The covariances of the rows, a square matrix; of one variable its variance.

    `fweights` (integers) say how often an observation was made, `aweights` how much one counts. The sum of products is divided by
    the weights' sum less `correction`.

    >>> torch.cov(torch.tensor([[0., 1., 2.], [2., 1., 0.]]))
    tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    if self.dim() > 2:
        raise RuntimeError(f"cov(): expected input to have two or fewer dimensions but got an input with {self.dim()} dimensions")
    if self._dtype.kind == BOOL:
        raise RuntimeError("cov(): bool dtype is not supported for input")
    rows = self if self.dim() == 2 else self.view(1, -1)
    observations = rows.shape[1]
    weights: Tensor | None = None
    for name, given in (("fweights", fweights), ("aweights", aweights)):
        if given is not None:
            _check_weights(name, given, observations)
            weights = given if weights is None else weights * given
    total = tensor(observations) if weights is None else weights.sum()
    if weights is not None and not bool(total):
        raise RuntimeError("cov(): weights sum to zero, can't be normalized")
    average = (rows if weights is None else rows * weights).sum(1) / total
    if weights is not None and aweights is not None and correction:
        norm = total - correction * (weights * aweights).sum() / total
    else:
        norm = total - correction
    if bool(norm <= 0):
        warnings.warn(
            "cov(): degrees of freedom is <= 0. Correction should be strictly less than the number of observations.",
            UserWarning,
            stacklevel=4,
        )
        norm = norm.detach() * 0
    apart = rows - average.unsqueeze(1)
    return (apart @ (apart if weights is None else apart * weights).t().conj() / norm).squeeze()


@composite("corrcoef(Tensor self) -> Tensor")
def corrcoef(self: Tensor) -> Tensor:
    """Pearson's correlation coefficients of the rows: their covariances, each divided by both standard deviations.

    >>> torch.corrcoef(torch.tensor([[0., 1., 2.], [2., 1., 0.]]))
    tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    if self.dim() > 2:
        raise RuntimeError(
            f"corrcoef(): expected input to have two or fewer dimensions but got an input with {self.dim()} dimensions"
        )
    found = self.cov()
    if not found.dim():
        return found / found
    variances = found.diagonal()
    deviation = (variances.real if found._dtype.kind == COMPLEX else variances).sqrt()
    found = found / deviation.view(-1, 1) / deviation.view(1, -1)
    if found._dtype.kind == COMPLEX:
        return function("complex")(found.real.clip(-1, 1), found.imag.clip(-1, 1))
    return found.clip(-1, 1)
