"""First and second derivatives of linear algebra, Fourier transforms and `einsum`, against differences.

Where vectors are determined only up to a factor, the function under test takes what does not depend on it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tensorsh import torch
from tests.ops.gradcheck import check_gradients

L = torch.linalg


def real(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape) + 10 * len(shape)).standard_normal(shape)


def complex_(*shape: int) -> np.ndarray:
    return real(*shape) + 1j * np.random.default_rng(5).standard_normal(shape)


def definite(a: Any) -> Any:
    """A positive-definite matrix made of any."""
    return a @ a.mH + 2 * torch.eye(a.shape[-1], dtype=a.dtype)


def symmetric(a: Any) -> Any:
    return a + a.mH


SQUARE = {
    "det": L.det,
    "slogdet": lambda a: L.slogdet(a).logabsdet,
    "inv": L.inv,
    "matrix_power 3": lambda a: L.matrix_power(a, 3),
    "matrix_power -2": lambda a: L.matrix_power(a, -2),
    "matrix_exp": L.matrix_exp,
    "cholesky": lambda a: L.cholesky(definite(a)),
    "cholesky upper": lambda a: L.cholesky(definite(a), upper=True),
    "cholesky_inverse": lambda a: torch.cholesky_inverse(L.cholesky(definite(a))),
    "lu": lambda a: L.lu(a)[1:],
    "lu_factor": lambda a: L.lu_factor(a).LU,
    "qr": L.qr,
    "eigvalsh": lambda a: L.eigvalsh(symmetric(a)),
    "eigh": lambda a: (lambda w, v: (w, v.abs()))(*L.eigh(symmetric(a))),
    "eigvals": lambda a: L.eigvals(a).abs(),
    "eig": lambda a: (lambda w, v: (w, v.abs()))(*L.eig(a)),
    "svdvals": L.svdvals,
    "svd": lambda a: (lambda u, s, vh: (u.abs(), s, vh.abs()))(*L.svd(a)),
    "pinv": L.pinv,
    "cond": L.cond,
    "cond fro": lambda a: L.cond(a, "fro"),
    "cond nuc": lambda a: L.cond(a, "nuc"),
    "nuc": lambda a: L.matrix_norm(a, "nuc"),
    "norm 2": lambda a: L.matrix_norm(a, 2),
    "norm 1": lambda a: L.matrix_norm(a, 1),
    "norm fro": L.matrix_norm,
    "trace": torch.trace,
    "cov": torch.cov,
    "corrcoef": torch.corrcoef,
    "fft": torch.fft.fft,
    "fft2 ortho": lambda a: torch.fft.fft2(a, norm="ortho"),
    "ifftn": torch.fft.ifftn,
    "irfft": torch.fft.irfft,
    "hfft": torch.fft.hfft,
    "irfftn": torch.fft.irfftn,
    "hfftn 5": lambda a: torch.fft.hfftn(a, s=(3, 5)),
    "fftshift": torch.fft.fftshift,
    "einsum diagonal": lambda a: torch.einsum("ii->i", a),
    "vander": lambda a: L.vander(a),
}  # fmt: skip
REAL_ONLY = {
    "rfft": torch.fft.rfft,
    "rfft 5": lambda a: torch.fft.rfft(a, 5),
    "ihfft": torch.fft.ihfft,
    "rfftn": torch.fft.rfftn,
    "ihfftn": torch.fft.ihfftn,
    "stft": lambda a: torch.stft(a, 2, 1, window=torch.tensor([0.5, 1.0], dtype=a.dtype), center=False, return_complex=True),
    "cdist": lambda a: torch.cdist(a, 2 * a + 1),
    "cdist 3": lambda a: torch.cdist(a, 2 * a + 1, p=3.0),
    "pdist": lambda a: torch.pdist(a),
}
OBLONG = {
    "qr high": (L.qr, (4, 2)), "qr wide": (L.qr, (2, 4)), "pinv high": (L.pinv, (4, 2)), "pinv wide": (L.pinv, (2, 4)),
    "lu high": (lambda a: L.lu(a)[1:], (4, 2)), "lu wide": (lambda a: L.lu(a)[1:], (2, 4)),
    "svd high": (lambda a: (lambda u, s, vh: (u.abs(), s))(*L.svd(a, False)), (4, 2)),
    "svd wide": (lambda a: (lambda u, s, vh: (s, vh.abs()))(*L.svd(a, False)), (2, 4)), "batch inv": (L.inv, (2, 3, 3)),
    "batch det": (L.det, (2, 2, 2)), "singular det": (lambda a: L.det(a @ a.mT * torch.tensor([1.0, 0, 1], dtype=a.dtype)), (3, 3)),
}  # fmt: skip
PAIRS = {
    "mm": (torch.mm, (2, 3), (3, 4)), "bmm": (torch.bmm, (2, 2, 3), (2, 3, 2)), "mv": (torch.mv, (2, 3), (3,)),
    "matmul": (torch.matmul, (2, 1, 2, 3), (3, 3, 2)), "dot": (torch.dot, (3,), (3,)), "vdot": (torch.vdot, (3,), (3,)),
    "outer": (torch.outer, (2,), (3,)), "inner": (torch.inner, (2, 3), (4, 3)), "kron": (torch.kron, (2, 2), (3,)),
    "tensordot": (lambda a, b: torch.tensordot(a, b, 2), (2, 3, 4), (3, 4, 2)), "cross": (L.cross, (2, 3), (2, 3)),
    "vecdot": (L.vecdot, (2, 3), (2, 3)), "einsum": (lambda a, b: torch.einsum("bij,jk->kbi", a, b), (2, 2, 3), (3, 2)),
    "einsum ellipsis": (lambda a, b: torch.einsum("...ij,...j->i...", a, b), (2, 2, 3), (3,)),
    "solve": (L.solve, (3, 3), (3, 2)), "solve vector": (L.solve, (3, 3), (3,)), "solve batch": (L.solve, (2, 3, 3), (3, 2)),
    "solve right": (lambda a, b: L.solve(a, b, left=False), (3, 3), (2, 3)),
    "solve_triangular": (lambda a, b: L.solve_triangular(a, b, upper=True), (3, 3), (3, 2)),
    "solve_triangular right": (lambda a, b: L.solve_triangular(a, b, upper=False, left=False, unitriangular=True), (3, 3), (2, 3)),
    "cholesky_solve": (lambda a, b: torch.cholesky_solve(b, L.cholesky(definite(a))), (3, 3), (3, 2)),
    "lu_solve": (lambda a, b: L.lu_solve(*L.lu_factor(a), b), (3, 3), (3, 2)),
    "lu_solve adjoint right": (lambda a, b: L.lu_solve(*L.lu_factor(a), b, left=False, adjoint=True), (3, 3), (2, 3)),
    "lstsq": (lambda a, b: L.lstsq(a, b).solution, (4, 2), (4, 3)),
    "lstsq residuals": (lambda a, b: L.lstsq(a, b, driver="gels").residuals, (4, 2), (4, 3)),
    "addmm": (lambda a, b: torch.addmm(a, a, b, beta=0.5, alpha=2), (3, 3), (3, 3)),
    "baddbmm": (lambda a, b: torch.baddbmm(a, a[None], b[None], alpha=2), (3, 3), (3, 3)),
    "householder_product": (L.householder_product, (4, 2), (2,)),
    "ormqr": (lambda a, b: torch.ormqr(a, b, a, transpose=True), (3, 2), (2,)),
    "tensorsolve": (lambda a, b: L.tensorsolve(a.reshape(2, 2, 4), b), (4, 4), (2, 2)),
}  # fmt: skip


@pytest.mark.parametrize("make", [real, complex_])
@pytest.mark.parametrize("name", SQUARE)
def test_square(name: str, make: Callable[..., np.ndarray]) -> None:
    if name == "qr" and make is complex_:
        check_gradients(lambda a: L.qr(a).R.abs(), make(3, 3))
    else:
        check_gradients(SQUARE[name], make(3, 3))


@pytest.mark.parametrize("name", REAL_ONLY)
def test_real(name: str) -> None:
    check_gradients(REAL_ONLY[name], real(3, 4))


@pytest.mark.parametrize("name", OBLONG)
def test_oblong(name: str) -> None:
    function, shape = OBLONG[name]
    check_gradients(function, real(*shape), order=1 if name == "singular det" else 2)


@pytest.mark.parametrize("make", [real, complex_])
@pytest.mark.parametrize("name", PAIRS)
def test_pairs(name: str, make: Callable[..., np.ndarray]) -> None:
    function, *shapes = PAIRS[name]
    check_gradients(function, *[make(*shape) for shape in shapes])
