"""Records what PyTorch gives for linear algebra, Fourier transforms, windows and `einsum`, in `data/linear_algebra.json`.

Run it with PyTorch installed: `python tests/parity/record_linear_algebra.py`. An entry is an expression and its outcome: its tensors
with dtype, shape, strides, node and values, the names of its parts, the gradient of the leaf that it uses, and what it warned of; or
the type and text of its error. `tests/ops/test_linear_algebra.py` evaluates the same expressions without PyTorch. Values are compared
as numbers, since LAPACKs round differently in the last digit.
"""

from __future__ import annotations

import json
import math
import warnings
from pathlib import Path
from typing import Any

DATA = Path(__file__).with_name("data") / "linear_algebra.json"


def operand(torch: Any, *shape: int, dtype: str = "float32") -> Any:
    """A tensor of small quarters in no order, the same in either library."""
    count = math.prod(shape)
    values = [((k * k * 7 + 3 * k) % 23 - 11) / 4 for k in range(count)]
    if dtype.startswith("complex"):
        values = [complex(value, ((k * k * 5 + k) % 19 - 9) / 4) for k, value in enumerate(values)]
    return torch.tensor(values, dtype=torch.complex128 if dtype.startswith("complex") else torch.float64).reshape(shape).to(getattr(torch, dtype))


# What the expressions may use. A name that begins with X is a leaf that requires a gradient.
NAMES = {
    "A": "R(3, 3)", "B": "R(4, 3, 3)", "W": "R(2, 4)", "H": "R(4, 2)", "V": "R(3)", "D": "R(3, 3, dtype='float64')",
    "AC": "R(3, 3, dtype='complex64')", "AI": "R(3, 3, dtype='int64')", "AB": "R(3, 3) > 0", "AH": "R(3, 3, dtype='float16')",
    "AU": "(R(3, 3) ** 2).to(torch.uint8)", "VI": "R(3, dtype='int64')", "S": "torch.tensor(2.)", "Z": "torch.zeros(3, 3)",
    "E0": "R(0, 3, 3)", "EE": "R(0, 0)", "W3": "R(5, 2, 4)", "WC": "R(2, 4, dtype='complex64')",
    "P": "torch.tensor([[4., 1., 2.], [1., 3., .5], [2., .5, 5.]])", "PB": "torch.stack([P, P + torch.eye(3)])",
    "V8": "R(8)", "Y": "R(3, 8)", "C8": "R(8, dtype='complex64')", "CY": "R(3, 8, dtype='complex64')", "L": "R(16)",
    "T": "torch.tensor([0., .25, .5, .75, 1., .75, .5, .25])", "SP": "R(5, 9, dtype='complex64')",
    "Bm": "R(4, 5)", "Sq": "R(3, 3)", "T3": "R(2, 3, 4)", "U3": "R(2, 4, 5)", "v": "R(3)", "u": "R(4)", "T4": "R(3, 3, 2, 2)",
    "O1": "R(1, 4)", "Er": "R(3, 4)", "EI": "R(3, 4, dtype='int64')", "EB": "R(3, 4) > 0",
    "X": "(R(3, 3) + 3 * torch.eye(3)).requires_grad_()", "XP": "P.clone().requires_grad_()", "XH": "R(4, 2).requires_grad_()",
    "X4": "R(3, 4).requires_grad_()",
}  # fmt: skip

SYSTEMS = r"""
    torch.linalg.det(A) | torch.linalg.det(B) | torch.linalg.det(E0) | torch.linalg.det(EE) | torch.linalg.det(W)
    torch.linalg.det(V) | torch.linalg.det(AI) | torch.linalg.det(AH) | torch.det(AI) | A.det() | torch.det(A)
    torch.logdet(A) | torch.logdet(P) | torch.logdet(Z) | torch.logdet(E0) | torch.slogdet(A)
    torch.linalg.slogdet(A) | torch.linalg.slogdet(Z) | torch.linalg.slogdet(AC) | torch.linalg.slogdet(E0)
    torch.linalg.slogdet(AI) | torch.linalg.inv(A) | torch.linalg.inv(B) | torch.linalg.inv(A.t())
    torch.linalg.inv(Z) | torch.linalg.inv(torch.stack([A,Z])) | torch.linalg.inv(E0) | torch.linalg.inv(EE)
    torch.linalg.inv(W) | torch.linalg.inv(V) | torch.linalg.inv(AI) | torch.linalg.inv(AH) | torch.inverse(A)
    torch.inverse(AI) | torch.inverse(Z) | A.inverse() | torch.linalg.inv_ex(Z)
    torch.linalg.inv_ex(Z,check_errors=True) | torch.linalg.inv_ex(B) | torch.linalg.inv(X) | torch.linalg.inv_ex(X)
    torch.linalg.inv(A*float("nan")) | torch.linalg.solve(A,V) | torch.linalg.solve(A,R(3,2))
    torch.linalg.solve(B,R(4,3,2)) | torch.linalg.solve(B,R(3,2)) | torch.linalg.solve(B,R(4,3))
    torch.linalg.solve(A,R(4,3,2)) | torch.linalg.solve(A,R(5,4,3,2)) | torch.linalg.solve(A,R(2,3),left=False)
    torch.linalg.solve(B,R(4,2,3),left=False) | torch.linalg.solve(A,V,left=False) | torch.linalg.solve(Z,V)
    torch.linalg.solve(torch.stack([A,Z]),R(2,3)) | torch.linalg.solve(A,AC) | torch.linalg.solve(A,R(2,2))
    torch.linalg.solve(W,R(2,2)) | torch.linalg.solve(E0,R(0,3,2)) | torch.linalg.solve(E0,R(3,2))
    torch.linalg.solve(A,R(3,0)) | torch.linalg.solve(EE,R(0,2)) | torch.linalg.solve(AI,AI)
    torch.linalg.solve(AH,AH) | torch.linalg.solve(X,V) | torch.linalg.solve(A,R(2,4,3,1).transpose(0,1))
    torch.linalg.solve_ex(Z,V) | torch.linalg.solve_ex(A,V) | torch.linalg.solve_ex(Z,V,check_errors=True)
    torch.linalg.tensorinv(torch.eye(6).reshape(6,2,3),ind=1)
    torch.linalg.tensorinv(torch.eye(6).reshape(6,2,3),ind=0)
    torch.linalg.tensorinv(torch.eye(6).reshape(6,2,3),ind=2)
    torch.linalg.tensorsolve(torch.eye(4).reshape(2,2,4),torch.ones(2,2)) | torch.linalg.tensorsolve(R(2,3,6),R(2,3))
    torch.linalg.tensorsolve(R(2,6,3),R(2,3),dims=(1,)) | torch.linalg.tensorsolve(R(2,6,3),R(2,3))
    torch.linalg.tensorsolve(R(2,3,6),R(2,2)) | torch.linalg.cholesky(P) | torch.linalg.cholesky(P,upper=True)
    torch.linalg.cholesky(PB) | torch.linalg.cholesky(-P) | torch.linalg.cholesky(torch.stack([P,-P]))
    torch.linalg.cholesky(W) | torch.linalg.cholesky(V) | torch.linalg.cholesky(AI) | torch.linalg.cholesky(AH)
    torch.linalg.cholesky(E0) | torch.linalg.cholesky(P*nan) | torch.linalg.cholesky_ex(-P)
    torch.linalg.cholesky_ex(P) | torch.linalg.cholesky_ex(-P,check_errors=True) | torch.cholesky(P)
    torch.cholesky(P,True) | torch.cholesky(-P) | torch.cholesky(AI) | torch.cholesky(AH) | torch.cholesky(EE)
    torch.cholesky(E0) | torch.cholesky(XP) | torch.linalg.cholesky(XP) | torch.cholesky_inverse(P)
    torch.cholesky_inverse(PB) | torch.cholesky_inverse(P,upper=True) | torch.cholesky_inverse(AI)
    torch.cholesky_inverse(W) | torch.cholesky_inverse(EE) | torch.cholesky_solve(R(3,2),P)
    torch.cholesky_solve(R(3,2),P,upper=True) | torch.cholesky_solve(R(3,2),PB) | torch.cholesky_solve(V,P)
    torch.cholesky_solve(R(2,2),P) | torch.cholesky_solve(AI,AI) | torch.cholesky_solve(R(3,0),P)
    torch.cholesky_solve(A,AC) | torch.linalg.lu(A) | torch.linalg.lu(W) | torch.linalg.lu(H) | torch.linalg.lu(B)
    torch.linalg.lu(A,pivot=False) | torch.linalg.lu(E0) | torch.linalg.lu(R(0,3)) | torch.linalg.lu(R(3,0))
    torch.linalg.lu(AI) | torch.linalg.lu(AH) | torch.linalg.lu(V) | torch.linalg.lu(X) | torch.linalg.lu_factor(A)
    torch.linalg.lu_factor(W) | torch.linalg.lu_factor(Z) | torch.linalg.lu_factor(torch.stack([A,Z]))
    torch.linalg.lu_factor(AI) | torch.linalg.lu_factor(AH) | torch.linalg.lu_factor(V)
    torch.linalg.lu_factor(A,pivot=False) | torch.linalg.lu_factor_ex(Z) | torch.linalg.lu_factor_ex(A)
    torch.linalg.lu_factor_ex(Z,check_errors=True) | torch.linalg.lu_factor_ex(E0) | torch.linalg.lu_factor_ex(V)
    torch.lu(A) | torch.lu(A,get_infos=True) | torch.lu(Z) | torch.lu(A,pivot=False) | A.lu()
    torch.lu_unpack(*torch.linalg.lu_factor(A)) | torch.lu_unpack(*torch.linalg.lu_factor(W))
    torch.lu_unpack(*torch.linalg.lu_factor(H)) | torch.lu_unpack(*torch.linalg.lu_factor(A),unpack_data=False)
    torch.lu_unpack(*torch.linalg.lu_factor(A),unpack_pivots=False) | torch.lu_unpack(A,torch.tensor([1,2,3]))
    torch.lu_unpack(A,torch.tensor([1,2,9],dtype=torch.int32))
    torch.lu_unpack(A,torch.tensor([0,2,3],dtype=torch.int32))
    torch.lu_unpack(AI,torch.tensor([1,2,3],dtype=torch.int32))
    torch.linalg.lu_solve(*torch.linalg.lu_factor(A),R(3,2))
    torch.linalg.lu_solve(*torch.linalg.lu_factor(A),R(2,3),left=False)
    torch.linalg.lu_solve(*torch.linalg.lu_factor(A),R(3,2),adjoint=True)
    torch.linalg.lu_solve(*torch.linalg.lu_factor(AC),R(2,3,dtype="complex64"),adjoint=True,left=False)
    torch.linalg.lu_solve(*torch.linalg.lu_factor(B),R(3,2))
    torch.linalg.lu_solve(*torch.linalg.lu_factor(A),R(5,3,2)) | torch.linalg.lu_solve(*torch.linalg.lu_factor(A),V)
    torch.linalg.lu_solve(A,torch.tensor([1,2,3]),R(3,2))
    torch.linalg.lu_solve(A,torch.tensor([1,2],dtype=torch.int32),R(3,2))
    torch.linalg.lu_solve(B,torch.tensor([1,2,3],dtype=torch.int32),R(3,2))
    torch.linalg.lu_solve(W,torch.tensor([1,2,3],dtype=torch.int32),R(3,2))
    torch.linalg.lu_solve(AI,torch.tensor([1,2,3],dtype=torch.int32),AI)
    torch.linalg.lu_solve(A,torch.tensor([1,2,3],dtype=torch.int32),AC)
    torch.lu_solve(R(3,2),*torch.linalg.lu_factor(A)) | torch.linalg.ldl_factor(P) | torch.linalg.ldl_factor(PB)
    torch.linalg.ldl_factor(A+A.t()) | torch.linalg.ldl_factor(AC+AC.mH,hermitian=True)
    torch.linalg.ldl_factor(AC+AC.mT) | torch.linalg.ldl_factor(E0) | torch.linalg.ldl_factor(W)
    torch.linalg.ldl_factor(AI) | torch.linalg.ldl_factor(V) | torch.linalg.ldl_factor_ex(Z)
    torch.linalg.ldl_factor_ex(P) | torch.linalg.ldl_solve(*torch.linalg.ldl_factor(P),R(3,2))
    torch.linalg.ldl_solve(*torch.linalg.ldl_factor(PB),R(3,2))
    torch.linalg.ldl_solve(*torch.linalg.ldl_factor(P),R(4,3,2))
    torch.linalg.ldl_solve(*torch.linalg.ldl_factor(P),V) | torch.linalg.ldl_solve(*torch.linalg.ldl_factor(P),R(2,2))
    torch.linalg.ldl_solve(P,torch.tensor([1,2,3]),R(3,2)) | torch.linalg.ldl_solve(P,torch.tensor([1.,2,3]),R(3,2))
    torch.linalg.ldl_solve(P,torch.tensor([1,2],dtype=torch.int32),R(3,2))
    torch.linalg.ldl_solve(PB,torch.tensor([1,2,3],dtype=torch.int32),R(3,2))
    torch.linalg.ldl_solve(AI,torch.tensor([1,2,3],dtype=torch.int32),AI)
    torch.linalg.ldl_solve(P,torch.tensor([1,2,3],dtype=torch.int32),AC)
    torch.linalg.ldl_solve(W,torch.tensor([1,2,3],dtype=torch.int32),R(3,2))
    torch.linalg.ldl_solve(V,torch.tensor([1,2,3],dtype=torch.int32),R(3,2))
    torch.linalg.solve_triangular(A,R(3,2),upper=True) | torch.linalg.solve_triangular(A,R(3,2),upper=False)
    torch.linalg.solve_triangular(A,R(2,3),upper=False,left=False)
    torch.linalg.solve_triangular(A,R(3,2),upper=True,unitriangular=True)
    torch.linalg.solve_triangular(B,R(3,2),upper=True) | torch.linalg.solve_triangular(A.t(),R(3,2),upper=True)
    torch.linalg.solve_triangular(A,R(2,3).t(),upper=True)
    torch.linalg.solve_triangular(A,R(2,3).t(),upper=True,left=True) | torch.linalg.solve_triangular(A,R(3,2))
    torch.linalg.solve_triangular(A,V,upper=True) | torch.linalg.solve_triangular(A,R(2,2),upper=True)
    torch.linalg.solve_triangular(AI,AI,upper=True) | torch.linalg.solve_triangular(Z,R(3,2),upper=True)
    torch.linalg.solve_triangular(E0,R(0,3,2),upper=True) | torch.triangular_solve(R(3,2),A)
    torch.triangular_solve(R(3,2),A,upper=False,transpose=True) | torch.triangular_solve(V,A)
    torch.triangular_solve(R(2,2),A) | torch.triangular_solve(R(3,2),B) | torch.triangular_solve(AI,AI)
"""
SPECTRA = r"""
    torch.linalg.qr(A) | torch.linalg.qr(W) | torch.linalg.qr(H) | torch.linalg.qr(H,mode="complete")
    torch.linalg.qr(W,mode="complete") | torch.linalg.qr(H,mode="r") | torch.linalg.qr(H,"x") | torch.linalg.qr(W3)
    torch.linalg.qr(E0) | torch.linalg.qr(EE) | torch.linalg.qr(R(3,0)) | torch.linalg.qr(R(0,3))
    torch.linalg.qr(R(3,0),mode="complete") | torch.linalg.qr(R(0,3),mode="r") | torch.linalg.qr(R(3,0),mode="r")
    torch.linalg.qr(AI) | torch.linalg.qr(AH) | torch.linalg.qr(V) | torch.linalg.qr(WC) | torch.linalg.qr(X)
    torch.qr(A) | torch.qr(H,some=False) | A.qr() | torch.geqrf(A) | torch.geqrf(W) | torch.geqrf(H) | torch.geqrf(W3)
    torch.geqrf(EE) | torch.geqrf(R(3,0)) | torch.geqrf(AI) | torch.geqrf(V)
    torch.linalg.householder_product(*torch.geqrf(H)) | torch.linalg.householder_product(*torch.geqrf(A))
    torch.linalg.householder_product(*torch.geqrf(R(5,4,2))) | torch.linalg.householder_product(H,R(1))
    torch.linalg.householder_product(W,R(2)) | torch.linalg.householder_product(H,R(3))
    torch.linalg.householder_product(H,R(2,2)) | torch.linalg.householder_product(H,R(2,dtype="float64"))
    torch.linalg.householder_product(H,R(0)) | torch.linalg.householder_product(AI,R(3,dtype="int64"))
    torch.orgqr(*torch.geqrf(H)) | torch.ormqr(*torch.geqrf(A),R(3,2))
    torch.ormqr(*torch.geqrf(A),R(2,3),left=False) | torch.ormqr(*torch.geqrf(A),R(3,2),transpose=True)
    torch.ormqr(*torch.geqrf(A),R(4,2)) | torch.ormqr(*torch.geqrf(A),V) | torch.ormqr(*torch.geqrf(H),R(4,2))
    torch.ormqr(*torch.geqrf(H),R(4,5),True,True) | torch.linalg.svd(A) | torch.linalg.svd(W) | torch.linalg.svd(H)
    torch.linalg.svd(H,full_matrices=False) | torch.linalg.svd(W,full_matrices=False)
    torch.linalg.svd(W3,full_matrices=False) | torch.linalg.svd(WC,full_matrices=False) | torch.linalg.svd(WC)
    torch.linalg.svd(E0) | torch.linalg.svd(EE) | torch.linalg.svd(R(3,0)) | torch.linalg.svd(R(0,3))
    torch.linalg.svd(R(0,3),full_matrices=False) | torch.linalg.svd(AI) | torch.linalg.svd(AH) | torch.linalg.svd(V)
    torch.linalg.svd(A*nan) | torch.linalg.svd(A*inf) | torch.linalg.svd(torch.stack([A,A*nan]))
    torch.linalg.svd(A,driver="gesvd") | torch.linalg.svd(X) | torch.linalg.svd(torch.eye(3))
    torch.linalg.svd(torch.ones(3,3)) | torch.linalg.svdvals(A) | torch.linalg.svdvals(W) | torch.linalg.svdvals(W3)
    torch.linalg.svdvals(AI) | torch.linalg.svdvals(AH) | torch.linalg.svdvals(V) | torch.linalg.svdvals(R(0,3))
    torch.linalg.svdvals(A*nan) | torch.linalg.svdvals(A,driver="gesvd") | torch.linalg.svdvals(X) | torch.svd(A)
    torch.svd(W) | torch.svd(W,some=False) | torch.svd(W,compute_uv=False) | torch.svd(H,compute_uv=False)
    torch.svd(H,some=False,compute_uv=False) | torch.svd(V) | torch.svd(AI) | A.svd() | torch.linalg.eig(A)
    torch.linalg.eig(P) | torch.linalg.eig(B) | torch.linalg.eig(AC) | torch.linalg.eig(W) | torch.linalg.eig(V)
    torch.linalg.eig(AI) | torch.linalg.eig(E0) | torch.linalg.eig(EE) | torch.linalg.eig(A*nan)
    torch.linalg.eig(torch.tensor([[0.,1.],[-1.,0.]])) | torch.linalg.eig(X).eigenvalues | torch.linalg.eigvals(A)
    torch.linalg.eigvals(AI) | torch.linalg.eigvals(E0) | torch.linalg.eigvals(X) | torch.linalg.eigh(P)
    torch.linalg.eigh(A) | torch.linalg.eigh(A,UPLO="U") | torch.linalg.eigh(A,UPLO="u")
    torch.linalg.eigh(A,UPLO="X") | torch.linalg.eigh(A,UPLO="") | torch.linalg.eigh(A,UPLO="lower")
    torch.linalg.eigh(PB) | torch.linalg.eigh(AC) | torch.linalg.eigh(W) | torch.linalg.eigh(V)
    torch.linalg.eigh(AI) | torch.linalg.eigh(AH) | torch.linalg.eigh(E0) | torch.linalg.eigh(EE)
    torch.linalg.eigh(A*nan) | torch.linalg.eigh(A*inf) | torch.linalg.eigh(torch.eye(3)) | torch.linalg.eigh(XP)
    torch.linalg.eigvalsh(P) | torch.linalg.eigvalsh(P,UPLO="U") | torch.linalg.eigvalsh(P,UPLO="X")
    torch.linalg.eigvalsh(AI) | torch.linalg.eigvalsh(A*nan) | torch.linalg.eigvalsh(XP) | torch.linalg.pinv(A)
    torch.linalg.pinv(W) | torch.linalg.pinv(H) | torch.linalg.pinv(W3) | torch.linalg.pinv(P,hermitian=True)
    torch.linalg.pinv(W,hermitian=True) | torch.linalg.pinv(A,rtol=0.5) | torch.linalg.pinv(A,atol=0.5)
    torch.linalg.pinv(A,0.5) | torch.linalg.pinv(A,rcond=0.5) | torch.linalg.pinv(B,rtol=torch.tensor([.1,.5,.9,0]))
    torch.linalg.pinv(A,rtol=AC) | torch.linalg.pinv(E0) | torch.linalg.pinv(R(0,3)) | torch.linalg.pinv(R(3,0))
    torch.linalg.pinv(AI) | torch.linalg.pinv(AH) | torch.linalg.pinv(V) | torch.linalg.pinv(A*nan)
    torch.linalg.pinv(AC) | torch.linalg.pinv(X) | torch.pinverse(A) | torch.pinverse(W,rcond=.5) | A.pinverse()
    torch.linalg.matrix_rank(A) | torch.linalg.matrix_rank(W3) | torch.linalg.matrix_rank(Z)
    torch.linalg.matrix_rank(torch.ones(3,3)) | torch.linalg.matrix_rank(A,tol=1.) | torch.linalg.matrix_rank(A,1.)
    torch.linalg.matrix_rank(A,atol=1.) | torch.linalg.matrix_rank(A,rtol=.5)
    torch.linalg.matrix_rank(A,atol=torch.tensor(1.)) | torch.linalg.matrix_rank(P,hermitian=True)
    torch.linalg.matrix_rank(W,hermitian=True) | torch.linalg.matrix_rank(V) | torch.linalg.matrix_rank(AI)
    torch.linalg.matrix_rank(AH) | torch.linalg.matrix_rank(E0) | torch.linalg.matrix_rank(R(0,3))
    torch.linalg.matrix_rank(R(2,3,0)) | torch.linalg.matrix_rank(A*nan)
    tuple(part * 1 for part in torch.linalg.lstsq(H,R(4,3))) | torch.linalg.lstsq(W,R(2,3))
    torch.linalg.lstsq(A,R(3,2)) | torch.linalg.lstsq(H,R(4))
    tuple(part * 1 for part in torch.linalg.lstsq(R(5,4,2),R(5,4)))
    tuple(part * 1 for part in torch.linalg.lstsq(R(5,4,2),R(5,4,1)))
    tuple(part * 1 for part in torch.linalg.lstsq(H,R(4,3),driver="gels"))
    tuple(part * 1 for part in torch.linalg.lstsq(H,R(4,3),driver="gelsd"))
    tuple(part * 1 for part in torch.linalg.lstsq(H,R(4,3),driver="gelss"))
    torch.linalg.lstsq(W,R(2,3),driver="gelss") | torch.linalg.lstsq(H,R(4,3),driver="x")
    torch.linalg.lstsq(H,R(3,3)) | torch.linalg.lstsq(H,R(3)) | torch.linalg.lstsq(V,V)
    torch.linalg.lstsq(A,torch.tensor(1.)) | torch.linalg.lstsq(AI,AI) | torch.linalg.lstsq(A,AC)
    torch.linalg.lstsq(AH,AH) | torch.linalg.lstsq(torch.ones(4,2),R(4,1))
    torch.linalg.lstsq(torch.ones(4,2),R(4,1),driver="gelsd") | torch.linalg.lstsq(E0,R(0,3,2))
    torch.linalg.lstsq(R(0,3),R(0,2)) | torch.linalg.lstsq(R(3,0),R(3,2)) | torch.linalg.lstsq(R(3,2),R(3,0))
    torch.linalg.lstsq(R(4,3,2),R(2,3,1))
    tuple(part * 1 for part in torch.linalg.lstsq(XH,R(4,3)))
"""
PRODUCTS = r"""
    torch.matmul(A,A) | torch.matmul(V,V) | torch.matmul(A,V) | torch.matmul(V,A) | torch.matmul(B,V)
    torch.matmul(B,A) | torch.matmul(V,B) | torch.matmul(A,B) | torch.matmul(B,R(3,2))
    torch.matmul(R(5,1,3,4),R(2,4,2)) | torch.matmul(W,W) | torch.matmul(B,W) | torch.matmul(S,V) | torch.matmul(V,S)
    torch.matmul(R(2,3,4),R(3,4,5)) | torch.matmul(A,AI) | torch.matmul(AB,AB) | torch.matmul(AH,AH)
    torch.matmul(AU,AU) | torch.matmul(X,A) | torch.matmul(X,V) | torch.matmul(V,X) | torch.matmul(B,X)
    torch.matmul(R(0,3),R(3,0)) | torch.matmul(R(3,0),R(0,3)) | torch.matmul(A.t(),W.t()[:3]) | A @ 2 | 2 @ A | A.T
    B.mT | AC.mH | AC.H | V.mT | B.T | AC.adjoint() | torch.mm(A,V) | torch.mm(V,A) | torch.mm(W,W)
    torch.mm(A,AI) | torch.mm(AB,AB) | torch.mm(W,H) | torch.mm(X,X) | torch.mv(A,V) | torch.mv(S,V) | torch.mv(W,V)
    torch.mv(A,A) | torch.mv(A,V.double()) | torch.dot(V,V) | torch.dot(V,A) | torch.dot(V,W[0])
    torch.dot(V,V.double()) | torch.dot(AB[0],AB[0]) | torch.vdot(AC[0],AC[1]) | torch.bmm(B,B) | torch.bmm(A,B)
    torch.bmm(B,A) | torch.bmm(B,R(4,2,3)) | torch.bmm(B,B.double()) | torch.bmm(AB[None],AB[None])
    torch.bmm(AB[None],A[None]) | torch.outer(V,W[0]) | torch.outer(A,V) | torch.outer(V,AI[0]) | torch.ger(V,V)
    torch.inner(A,A) | torch.inner(V,V) | torch.inner(V,W) | torch.inner(A,AI) | torch.inner(S,A) | torch.kron(W,H)
    torch.kron(V,W) | torch.kron(S,V) | torch.kron(AI,A) | torch.tensordot(A,A,1) | torch.tensordot(A,A,2)
    torch.tensordot(A,A,0) | torch.tensordot(A,A,([0],[1])) | torch.tensordot(A,W,1) | torch.tensordot(A,A,3)
    torch.tensordot(A,A,-1) | torch.tensordot(A,AI,1) | torch.linalg.cross(A,A.flip(0)) | torch.linalg.cross(A,AI)
    torch.linalg.cross(AB,AB) | torch.linalg.cross(W,W) | torch.linalg.cross(A,V) | torch.cross(A,A.flip(1))
    torch.cross(A,A.flip(1),dim=0) | torch.cross(W,W) | torch.linalg.vecdot(A,V) | torch.linalg.vecdot(AC,AC)
    torch.linalg.vecdot(A,AI) | torch.linalg.vecdot(AI,AI) | torch.linalg.multi_dot([A,A,V])
    torch.linalg.multi_dot([V,A,V]) | torch.linalg.multi_dot([A]) | torch.linalg.multi_dot([A,AI])
    torch.linalg.multi_dot([A,W]) | torch.linalg.multi_dot([B,A]) | torch.chain_matmul(A,A) | torch.chain_matmul(A)
    torch.addmm(A,A,A,alpha=2,beta=3) | torch.addmm(V,A,A) | torch.addmm(A,A,AI) | torch.addmm(A.double(),A,A)
    torch.addmm(A,A,W) | torch.addmm(W,A,A) | torch.addmm(A,V,A) | torch.addmm(AI,AI,AI,alpha=.5)
    torch.addmm(AI,AI,AI,alpha=nan) | torch.addmm(A,A,A,alpha=1j) | torch.addmm(A*nan,A,A,beta=0)
    torch.addmm(X,A,A,alpha=.5) | torch.addmm(A,X,A,beta=.5) | torch.addmm(AB,AB,AB) | torch.addmv(V,A,V)
    torch.addmv(W[0],A,V) | torch.addmv(V,A,V.double()) | torch.addmv(S,A,V) | torch.addmv(V,X,V,alpha=2)
    torch.addr(A,V,V,beta=2) | torch.addr(AI,VI,VI,alpha=.5) | torch.addr(AB,AB[0],AB[1])
    torch.addr(A,V,V,beta=True) | torch.addr(A,A,V) | torch.addr(X,V,V) | torch.baddbmm(A,B,B)
    torch.baddbmm(A,B,B,alpha=.5,beta=2) | torch.baddbmm(W,B,B) | torch.baddbmm(AI,B,B) | torch.addbmm(A,B,B)
    torch.addbmm(A,B,B,alpha=2,beta=0) | torch.addbmm(AB,AB[None],AB[None]) | torch.cdist(A,A) | torch.cdist(A,A,p=1)
    torch.cdist(A,A,p=inf) | torch.cdist(A,A,p=.5) | torch.cdist(A,W) | torch.cdist(A,D) | torch.cdist(AH,AH)
    torch.cdist(A,AI) | torch.cdist(V,A) | torch.cdist(A,A,p=-1) | torch.cdist(X,A[:2]) | torch.pdist(A)
    torch.cov(W) | torch.cov(V) | torch.cov(AI) | torch.cov(AB) | torch.cov(AC) | torch.cov(B) | torch.cov(S)
    torch.cov(V[:1]) | torch.cov(W,correction=0) | torch.cov(A,fweights=torch.tensor([1,2,0]))
    torch.cov(A,aweights=torch.tensor([1.,.5,2.]))
    torch.cov(A,fweights=torch.tensor([1,2,0]),aweights=torch.tensor([1.,.5,2.])) | torch.cov(A,fweights=V)
    torch.cov(A,aweights=VI) | torch.cov(A,fweights=torch.tensor([1,-2,0]))
    torch.cov(A,fweights=torch.tensor([1,2])) | torch.cov(A,aweights=torch.zeros(3)) | torch.cov(A,aweights=A)
    torch.cov(X) | torch.corrcoef(A) | torch.corrcoef(V) | torch.corrcoef(AC) | torch.corrcoef(B) | torch.corrcoef(X)
    torch.trace(A) | torch.trace(AB) | torch.trace(AI) | torch.trace(X) | torch.trace(V) | torch.tril(A)
    torch.triu(A,1) | torch.tril(V) | torch.matrix_power(A,0) | torch.matrix_power(A,3) | torch.matrix_power(A,-2)
    torch.matrix_power(W,2) | torch.matrix_power(Z,-1) | torch.matrix_power(AI,3) | torch.matrix_power(AI,-1)
    torch.matrix_power(X,5) | torch.matrix_exp(A) | torch.matrix_exp(A*20) | torch.matrix_exp(W)
    torch.matrix_exp(AI) | torch.matrix_exp(X) | torch.linalg.vander(V) | torch.linalg.vander(AH)
    torch.linalg.vander(V,N=1) | torch.vander(VI,N=4,increasing=True) | torch.vander(A) | torch.linalg.norm(A)
    torch.linalg.norm(V) | torch.linalg.norm(B) | torch.linalg.norm(A,1) | torch.linalg.norm(A,-1)
    torch.linalg.norm(A,2) | torch.linalg.norm(A,-2) | torch.linalg.norm(A,inf) | torch.linalg.norm(A,-inf)
    torch.linalg.norm(A,'fro') | torch.linalg.norm(A,'nuc') | torch.linalg.norm(A,'x') | torch.linalg.norm(A,3)
    torch.linalg.norm(A,.5) | torch.linalg.norm(A,0) | torch.linalg.norm(V,3) | torch.linalg.norm(V,0)
    torch.linalg.norm(V,inf) | torch.linalg.norm(V,'fro') | torch.linalg.norm(A,dim=0)
    torch.linalg.norm(A,dim=(0,1),keepdim=True) | torch.linalg.norm(B,2,dim=(1,2)) | torch.linalg.norm(B,2)
    torch.linalg.norm(A,dim=(0,1,2)) | torch.linalg.norm(A,dim=(0,0)) | torch.linalg.norm(A,dtype=torch.float64)
    torch.linalg.norm(D,dtype=torch.float32) | torch.linalg.norm(A,dtype=torch.int64)
    torch.linalg.norm(AC,dtype=torch.float32) | torch.linalg.norm(AI) | torch.linalg.norm(X,'nuc')
    torch.linalg.norm(X,1) | torch.linalg.norm(R(0,3)) | torch.linalg.norm(R(0,3),inf) | torch.linalg.norm(R(0,3),1)
    torch.linalg.matrix_norm(A) | torch.linalg.matrix_norm(V) | torch.linalg.matrix_norm(A,dim=(0,))
    torch.linalg.matrix_norm(A,0) | torch.linalg.matrix_norm(AH,2) | torch.linalg.matrix_norm(AH)
    torch.linalg.matrix_norm(AI) | torch.linalg.vector_norm(A,3,dim=-1)
    torch.linalg.vector_norm(A,dtype=torch.complex64) | torch.linalg.vector_norm(R(0),inf) | torch.linalg.cond(A)
    torch.linalg.cond(A,1) | torch.linalg.cond(A,-2) | torch.linalg.cond(A,'fro') | torch.linalg.cond(A,'nuc')
    torch.linalg.cond(Z) | torch.linalg.cond(Z,1) | torch.linalg.cond(W) | torch.linalg.cond(W,1)
    torch.linalg.cond(W,'fro') | torch.linalg.cond(V) | torch.linalg.cond(A,0) | torch.linalg.cond(A,'x')
    torch.linalg.cond(B,2) | torch.linalg.cond(E0) | torch.linalg.cond(AI) | torch.linalg.diagonal(B) | torch.diag(V)
    torch.diag(A,1) | torch.diag(B) | torch.diag_embed(W) | torch.diagflat(A,1) | torch.block_diag(A,V)
    torch.block_diag() | torch.combinations(V) | torch.combinations(V,3,True)
"""
TRANSFORMS = r"""
    torch.fft.fft(V8) | torch.fft.fft(Y) | torch.fft.fft(Y,dim=0) | torch.fft.fft(Y,n=5)
    torch.fft.fft(Y,n=12,norm='ortho') | torch.fft.fft(C8) | torch.fft.fft(V8.long()) | torch.fft.fft(V8.half())
    torch.fft.fft(V8.double()) | torch.fft.fft(V8>0) | torch.fft.fft(V8,n=0) | torch.fft.fft(V8,norm='x')
    torch.fft.fft(V8,dim=3) | torch.fft.fft(S) | torch.fft.fft(R(0)) | torch.fft.fft(Y.t())
    torch.fft.fft(R(2,3,4),dim=0) | torch.fft.ifft(V8) | torch.fft.ifft(C8,norm='forward') | torch.fft.ifft(Y,dim=0)
    torch.fft.rfft(V8) | torch.fft.rfft(Y,n=5) | torch.fft.rfft(C8) | torch.fft.rfft(Y,dim=0) | torch.fft.irfft(C8)
    torch.fft.irfft(C8,n=7) | torch.fft.irfft(V8) | torch.fft.irfft(R(1)) | torch.fft.irfft(CY,dim=0)
    torch.fft.hfft(C8) | torch.fft.hfft(C8,n=5,norm='ortho') | torch.fft.ihfft(V8) | torch.fft.ihfft(C8)
    torch.fft.fft2(Y) | torch.fft.fft2(V8) | torch.fft.fft2(R(2,3,4)) | torch.fft.fft2(Y,s=(2,4))
    torch.fft.fft2(Y,dim=(0,0)) | torch.fft.fft2(Y,s=(2,)) | torch.fft.ifft2(CY) | torch.fft.rfft2(Y)
    torch.fft.irfft2(CY) | torch.fft.hfft2(CY) | torch.fft.ihfft2(Y) | torch.fft.ihfft2(CY) | torch.fft.fftn(R(2,3,4))
    torch.fft.fftn(R(2,3,4),dim=(0,1)) | torch.fft.fftn(Y,s=(-1,4)) | torch.fft.fftn(Y,s=(2,2,2))
    torch.fft.fftn(Y,s=(0,3)) | torch.fft.fftn(S) | torch.fft.ifftn(CY,norm='ortho')
    torch.fft.rfftn(R(2,3,4),dim=(0,1)) | torch.fft.rfftn(S) | torch.fft.rfftn(CY)
    torch.fft.irfftn(R(2,3,4),dim=(0,1)) | torch.fft.irfftn(CY,s=(2,5)) | torch.fft.hfftn(CY) | torch.fft.ihfftn(Y)
    torch.fft.ihfftn(Y,dim=()) | torch.fft.fftfreq(5) | torch.fft.fftfreq(4,d=.5)
    torch.fft.fftfreq(5,dtype=torch.int64) | torch.fft.fftfreq(3,d=0) | torch.fft.fftfreq(0) | torch.fft.fftfreq(-1)
    torch.fft.rfftfreq(5) | torch.fft.rfftfreq(4,dtype=torch.float64) | torch.fft.rfftfreq(4,dtype=torch.complex64)
    torch.fft.fftshift(V8) | torch.fft.fftshift(Y,dim=0) | torch.fft.fftshift(V8,dim=()) | torch.fft.fftshift(S,dim=0)
    torch.fft.ifftshift(Y) | torch.fft.fft(X) | torch.fft.ifft(X,dim=0) | torch.fft.rfft(X) | torch.fft.irfft(X)
    torch.fft.hfft(X) | torch.fft.ihfft(X) | torch.fft.rfftn(X) | torch.fft.irfftn(X) | torch.fft.hfftn(X)
    torch.fft.ihfftn(X) | torch.fft.ihfftn(X,dim=(1,)) | torch.stft(L,8,return_complex=True)
    torch.stft(L,8,window=T,return_complex=True) | torch.stft(L,8,4,8,T,center=False,return_complex=True)
    torch.stft(L,8,window=T,normalized=True,onesided=False,return_complex=True)
    torch.stft(L,8,window=T,return_complex=False) | torch.stft(L,8)
    torch.stft(L.to(torch.complex64),8,window=T)
    torch.stft(L,8,window=T,onesided=True,return_complex=True,pad_mode='constant')
    torch.stft(L.to(torch.complex64),8,window=T,onesided=True)
    torch.stft(L,8,win_length=6,window=T,return_complex=True)
    torch.stft(L,8,hop_length=0,window=T,return_complex=True) | torch.stft(L,100,return_complex=True)
    torch.stft(L,0,return_complex=True) | torch.stft(L.long(),8,return_complex=True)
    torch.stft(R(2,2,16),8,return_complex=True) | torch.stft(L,8,window=T,return_complex=True,align_to_window=True)
    torch.stft(L,8,win_length=9,return_complex=True) | torch.stft(X,2,1,2,torch.ones(2),return_complex=True)
    torch.istft(SP,8,window=torch.ones(8)) | torch.istft(SP,8) | torch.istft(SP,8,window=torch.ones(8),length=20)
    torch.istft(SP,8,window=torch.ones(8),onesided=False) | torch.istft(SP,8,window=torch.zeros(8))
    torch.istft(SP,8,hop_length=0) | torch.istft(SP,10) | torch.istft(SP,8,window=torch.ones(8),return_complex=True)
    torch.istft(SP.real,8,window=torch.ones(8))
"""
WINDOWS = r"""
    torch.hann_window(5) | torch.hann_window(5,periodic=False) | torch.hann_window(1) | torch.hann_window(0)
    torch.hann_window(-1) | torch.hann_window(6,dtype=torch.float64) | torch.hann_window(5,dtype=torch.float16)
    torch.hann_window(5,dtype=torch.int64) | torch.hann_window(5,dtype=torch.complex64) | torch.hamming_window(5)
    torch.hamming_window(5,periodic=False) | torch.hamming_window(1) | torch.hamming_window(0)
    torch.hamming_window(-1) | torch.hamming_window(6,dtype=torch.float64)
    torch.hamming_window(5,dtype=torch.float16) | torch.hamming_window(5,dtype=torch.int64)
    torch.hamming_window(5,dtype=torch.complex64) | torch.blackman_window(5) | torch.blackman_window(5,periodic=False)
    torch.blackman_window(1) | torch.blackman_window(0) | torch.blackman_window(-1)
    torch.blackman_window(6,dtype=torch.float64) | torch.blackman_window(5,dtype=torch.float16)
    torch.blackman_window(5,dtype=torch.int64) | torch.blackman_window(5,dtype=torch.complex64)
    torch.bartlett_window(5) | torch.bartlett_window(5,periodic=False) | torch.bartlett_window(1)
    torch.bartlett_window(0) | torch.bartlett_window(-1) | torch.bartlett_window(6,dtype=torch.float64)
    torch.bartlett_window(5,dtype=torch.float16) | torch.bartlett_window(5,dtype=torch.int64)
    torch.bartlett_window(5,dtype=torch.complex64) | torch.kaiser_window(5) | torch.kaiser_window(5,periodic=False)
    torch.kaiser_window(1) | torch.kaiser_window(0) | torch.kaiser_window(-1)
    torch.kaiser_window(6,dtype=torch.float64) | torch.kaiser_window(5,dtype=torch.float16)
    torch.kaiser_window(5,dtype=torch.int64) | torch.kaiser_window(5,dtype=torch.complex64)
    torch.signal.windows.bartlett(5) | torch.signal.windows.bartlett(6,sym=False) | torch.signal.windows.bartlett(1)
    torch.signal.windows.bartlett(0) | torch.signal.windows.bartlett(-1)
    torch.signal.windows.bartlett(5,dtype=torch.float64) | torch.signal.windows.bartlett(5,dtype=torch.float16)
    torch.signal.windows.blackman(5) | torch.signal.windows.blackman(6,sym=False) | torch.signal.windows.blackman(1)
    torch.signal.windows.blackman(0) | torch.signal.windows.blackman(-1)
    torch.signal.windows.blackman(5,dtype=torch.float64) | torch.signal.windows.blackman(5,dtype=torch.float16)
    torch.signal.windows.cosine(5) | torch.signal.windows.cosine(6,sym=False) | torch.signal.windows.cosine(1)
    torch.signal.windows.cosine(0) | torch.signal.windows.cosine(-1)
    torch.signal.windows.cosine(5,dtype=torch.float64) | torch.signal.windows.cosine(5,dtype=torch.float16)
    torch.signal.windows.exponential(5) | torch.signal.windows.exponential(6,sym=False)
    torch.signal.windows.exponential(1) | torch.signal.windows.exponential(0) | torch.signal.windows.exponential(-1)
    torch.signal.windows.exponential(5,dtype=torch.float64) | torch.signal.windows.exponential(5,dtype=torch.float16)
    torch.signal.windows.gaussian(5) | torch.signal.windows.gaussian(6,sym=False) | torch.signal.windows.gaussian(1)
    torch.signal.windows.gaussian(0) | torch.signal.windows.gaussian(-1)
    torch.signal.windows.gaussian(5,dtype=torch.float64) | torch.signal.windows.gaussian(5,dtype=torch.float16)
    torch.signal.windows.general_hamming(5) | torch.signal.windows.general_hamming(6,sym=False)
    torch.signal.windows.general_hamming(1) | torch.signal.windows.general_hamming(0)
    torch.signal.windows.general_hamming(-1) | torch.signal.windows.general_hamming(5,dtype=torch.float64)
    torch.signal.windows.general_hamming(5,dtype=torch.float16) | torch.signal.windows.hamming(5)
    torch.signal.windows.hamming(6,sym=False) | torch.signal.windows.hamming(1) | torch.signal.windows.hamming(0)
    torch.signal.windows.hamming(-1) | torch.signal.windows.hamming(5,dtype=torch.float64)
    torch.signal.windows.hamming(5,dtype=torch.float16) | torch.signal.windows.hann(5)
    torch.signal.windows.hann(6,sym=False) | torch.signal.windows.hann(1) | torch.signal.windows.hann(0)
    torch.signal.windows.hann(-1) | torch.signal.windows.hann(5,dtype=torch.float64)
    torch.signal.windows.hann(5,dtype=torch.float16) | torch.signal.windows.kaiser(5)
    torch.signal.windows.kaiser(6,sym=False) | torch.signal.windows.kaiser(1) | torch.signal.windows.kaiser(0)
    torch.signal.windows.kaiser(-1) | torch.signal.windows.kaiser(5,dtype=torch.float64)
    torch.signal.windows.kaiser(5,dtype=torch.float16) | torch.signal.windows.nuttall(5)
    torch.signal.windows.nuttall(6,sym=False) | torch.signal.windows.nuttall(1) | torch.signal.windows.nuttall(0)
    torch.signal.windows.nuttall(-1) | torch.signal.windows.nuttall(5,dtype=torch.float64)
    torch.signal.windows.nuttall(5,dtype=torch.float16) | torch.signal.windows.general_cosine(5,a=[.46,.23,.31])
    torch.signal.windows.exponential(5,tau=0) | torch.signal.windows.exponential(5,center=1.)
    torch.signal.windows.gaussian(5,std=2.) | torch.signal.windows.kaiser(5,beta=3.) | torch.kaiser_window(5,True,3.)
    torch.hamming_window(5,True,.5,.3)
"""
EINSUM = r"""
    torch.einsum('ij,jk->ik',Er,Bm) | torch.einsum('ij,jk',Er,Bm) | torch.einsum('ij,jk->ki',Er,Bm)
    torch.einsum('ij->ji',Er) | torch.einsum('ij',Er) | torch.einsum('ij->',Er) | torch.einsum('ij->i',Er)
    torch.einsum('ij->j',Er) | torch.einsum('ii',Sq) | torch.einsum('ii->i',Sq) | torch.einsum('ii->',Sq)
    torch.einsum('i,i',v,v) | torch.einsum('i,j->ij',v,u) | torch.einsum('i,j',v,u)
    torch.einsum('bij,bjk->bik',T3,U3) | torch.einsum('bij,bjk',T3,U3) | torch.einsum('...ij,...jk->...ik',T3,U3)
    torch.einsum('...ij,jk->...ik',T3,Bm) | torch.einsum('...',Er) | torch.einsum('...->...',Er)
    torch.einsum('...->',Er) | torch.einsum('i...->...',Er) | torch.einsum('...i->i...',T3)
    torch.einsum('i...j->j...i',T3) | torch.einsum('...ii->...i',T4) | torch.einsum('iijj->ij',T4)
    torch.einsum('iijj',T4) | torch.einsum('ii...',T4) | torch.einsum('AB,BC->AC',Er,Bm)
    torch.einsum('aB,Bc->ac',Er,Bm) | torch.einsum('ba',Er) | torch.einsum('bA',Er) | torch.einsum('Ba',Er)
    torch.einsum(' i j , j k -> i k ',Er,Bm) | torch.einsum('i j,jk->ik',Er,Bm) | torch.einsum('ij,jk->i k',Er,Bm)
    torch.einsum('ij,jk- >ik',Er,Bm) | torch.einsum('ij,jk->ii',Er,Bm) | torch.einsum('ij,jk->iz',Er,Bm)
    torch.einsum('ij,jk->ik->i',Er,Bm) | torch.einsum('ij,jk>ik',Er,Bm) | torch.einsum('i1,jk',Er,Bm)
    torch.einsum('ij;jk',Er,Bm) | torch.einsum('ij,',Er) | torch.einsum(',ij',Er) | torch.einsum('',torch.tensor(2.))
    torch.einsum('->',torch.tensor(2.)) | torch.einsum(',',torch.tensor(2.),torch.tensor(3.))
    torch.einsum(',ij->ij',torch.tensor(2.),Er) | torch.einsum('ij,jk->ik',Er) | torch.einsum('ij',Er,Bm)
    torch.einsum('ij',v) | torch.einsum('ijk',Er) | torch.einsum('...ijk',Er) | torch.einsum('..ij',Er)
    torch.einsum('.ij',Er) | torch.einsum('...i...j',Er) | torch.einsum('i....j',Er) | torch.einsum('ij,jk->ik',Er,Er)
    torch.einsum('ij,ij->ij',Er,Er) | torch.einsum('ij,ij->',Er,Er) | torch.einsum('ij,ij',Er,Er)
    torch.einsum('ij,kj->ik',Er,Er) | torch.einsum('ij,ij->ij',Er,O1) | torch.einsum('ij,ij->',O1,Er)
    torch.einsum('ij,jk->ik',O1,Bm) | torch.einsum('ij,jk,kl->il',Er,Bm,R(5,2)) | torch.einsum('ij,jk,kl',Er,Bm,R(5,2))
    torch.einsum('bij,bjk,bkl->bil',T3,U3,R(2,5,3)) | torch.einsum('i,ij,j->',v,Er,u) | torch.einsum('i,ij,j',v,Er,u)
    torch.einsum('ij,j->i',Er,u) | torch.einsum('i,ij->j',v,Er) | torch.einsum('ik,jk->ij',Er,Er)
    torch.einsum('ij,jk->ik',X4,Bm) | torch.einsum('ii->i',R(3,3,rg=True)) | torch.einsum('ij->ji',X4)
    torch.einsum('ij,ij->i',X4,Er) | torch.einsum('ij->',X4) | torch.einsum('ij,jk->ik',EI,EI.t())
    torch.einsum('ij,jk->ik',EB,EB.t()) | torch.einsum('ij,jk->ik',Er,EI.t()) | torch.einsum('ij,jk->ik',Er.double(),Bm)
    torch.einsum([Er,Bm]) | torch.einsum('ij,jk->ik',[Er,Bm]) | torch.einsum('ij,jk->ik',(Er,Bm))
    torch.einsum(Er,[0,1],Bm,[1,2],[0,2]) | torch.einsum(Er,[0,1],Bm,[1,2]) | torch.einsum(Er,[0,1])
    torch.einsum(Er,[0,1],[1,0]) | torch.einsum(Er,[Ellipsis,0],[0,Ellipsis]) | torch.einsum(Er,[...,0],[0,...])
    torch.einsum(Er,[0,1],Bm,[1,60]) | torch.einsum(Er,[0,-1]) | torch.einsum(Er,[0,51],[51,0]) | torch.einsum(Er,[26,0])
    torch.einsum(Er,[0,26]) | torch.einsum(Er,Bm) | torch.einsum('ij') | torch.einsum(Er) | torch.einsum(3,Er)
    torch.einsum('ij,jk->ik',Er,3) | torch.einsum('bij,bj->bi',T3,R(2,4)) | torch.einsum('bij,bj->b',T3,R(2,4))
    torch.einsum('...ij,...j->...i',T3,R(2,4)) | torch.einsum('...ij,...j->...i',T3,u)
    torch.einsum('ij...,jk...->ik...',T3,R(3,5,4)) | torch.einsum('abc,abd->cd',T3,R(2,3,5))
    torch.einsum('bn,anm,bm->ba',R(2,5),R(3,5,4),R(2,4)) | torch.einsum('...,...->...',T3,Er)
    torch.einsum('...,...',T3,u) | torch.einsum('i...,...->...',T3,Er) | torch.einsum('ii,ii->i',Sq,Sq)
    torch.einsum('ij,jj->i',Sq,Sq) | torch.einsum('iij->j',R(3,3,4)) | torch.einsum('ii',Er)
    torch.einsum('ii,i',Sq,u) | torch.einsum('...a,...b->...ab',T3,R(2,3,5))
    torch.einsum('...a,b...->...ab',T3,R(2,2,3)) | torch.einsum('i->',R(0)) | torch.einsum('ij,jk->ik',R(3,0),R(0,5))
    torch.einsum('ij,jk->ik',R(0,4),Bm) | torch.einsum('bij,bjk->bik',R(0,3,4),R(0,4,5)) | torch.einsum('ij->ijk',Er)
    torch.einsum('xy,yz->xz',R(3,4,dtype="float16"),R(4,2,dtype="float16"))
    torch.einsum('xy,yz->xz',R(3,4,dtype="complex64"),R(4,2,dtype="complex64")) | torch.einsum('i,i->i',v,v)
    torch.einsum('i,i->',X4[0],u) | torch.einsum('ij,ij->ji',Er,Er) | torch.einsum('ijk->kji',T3)
    torch.einsum('ijk->ik',T3) | torch.einsum('ij->...',Er) | torch.einsum('...ij->ij',T3) | torch.einsum('...ij',T3)
    torch.einsum('...ij->...ji',T3) | torch.einsum('ab...->...ba',T3) | torch.einsum('ij, jk',Er,Bm)
    torch.einsum('ij ,jk',Er,Bm) | torch.einsum('ij,jk->ki',R(3,4),R(4,5))
    torch.einsum('bij,bjk->bki',R(2,3,4),R(2,4,5)) | torch.einsum('bij,bjk->kbi',R(2,3,4),R(2,4,5))
    torch.einsum('bij,bjk->ikb',R(2,3,4),R(2,4,5)) | torch.einsum('ijk,kl->ilj',R(2,3,4),R(4,5))
    torch.einsum('ijk,kl->jli',R(2,3,4),R(4,5)) | torch.einsum('ijk,kl->jil',R(2,3,4),R(4,5))
    torch.einsum('i,j->ji',R(3),R(4)) | torch.einsum('ik,jk->ji',R(3,4),R(5,4))
    torch.einsum('ik,ljk->jil',R(3,4),R(2,5,4)) | torch.einsum('ik,ljk->lij',R(3,4),R(2,5,4))
    torch.einsum('ik,ljk->ijl',R(3,4),R(2,5,4)) | torch.einsum('abc,bcd->da',R(2,3,4),R(3,4,5))
    torch.einsum('ijk->kji',R(2,3,4)) | torch.einsum('ij,ij->ji',R(3,4),R(3,4))
"""
GROUPS = (SYSTEMS, SPECTRA, PRODUCTS, TRANSFORMS, WINDOWS, EINSUM)


def expressions() -> list[str]:
    """Every expression, in order."""
    found = [part.strip() for group in GROUPS for line in group.splitlines() for part in line.split(" | ")]
    return list(dict.fromkeys(part for part in found if part))


def numbers(tensor: Any, torch: Any) -> list[Any]:
    """A tensor's values, flat; complex ones as pairs."""
    tensor = tensor.detach().resolve_conj()
    if tensor.is_complex():
        tensor = torch.view_as_real(tensor)
    return [float(f"{value:.9g}") if isinstance(value, float) else value for value in tensor.reshape(-1).tolist()]


def described(value: Any, torch: Any) -> Any:
    """A value of an expression, as JSON holds it."""
    if isinstance(value, torch.Tensor):
        found = {"dtype": str(value.dtype), "shape": list(value.shape), "values": numbers(value, torch)}
        # The strides of dimensions of one element, or of no elements, mean nothing.
        found["stride"] = [step if size > 1 else 0 for step, size in zip(value.stride(), value.shape, strict=True)] if value.numel() else []
        if value.grad_fn is not None:
            found["node"] = value.grad_fn.name().rpartition("::")[2]
        return found
    if isinstance(value, (tuple, list)):
        parts: list[Any] = [type(value).__name__.rpartition(".")[2], *(described(part, torch) for part in value)]
        return parts
    return repr(value)


def outcome(expression: str, torch: Any) -> dict[str, Any]:
    """What an expression gives, as JSON holds it."""
    names: dict[str, Any] = {"torch": torch, "inf": math.inf, "nan": math.nan}
    names["R"] = lambda *shape, dtype="float32": operand(torch, *shape, dtype=dtype)
    for name, made in NAMES.items():
        names[name] = eval(made, names)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            value = eval(expression, names)
        except Exception as error:
            return {"error": [type(error).__name__, str(error)]}
    found: dict[str, Any] = {"value": described(value, torch)}
    if caught:
        found["warnings"] = [str(w.message).partition(" (Triggered")[0] for w in caught]
    parts = [part for part in (value if isinstance(value, (tuple, list)) else [value]) if getattr(part, "grad_fn", None) is not None]
    leaves = [names[name] for name in NAMES if name[0] == "X"]
    if parts:
        weights = [((torch.arange(part.numel()) * .5 + 1).reshape(part.shape)).to(part.dtype) for part in parts]
        try:
            gradients = torch.autograd.grad(parts, leaves, weights, allow_unused=True)
            found["gradients"] = [numbers(gradient, torch) for gradient in gradients if gradient is not None]
        except (RuntimeError, NotImplementedError) as error:
            found["gradients"] = [type(error).__name__, str(error)]
    return found


def main() -> None:
    import torch

    torch.set_warn_always(True)
    recorded = {expression: outcome(expression, torch) for expression in expressions()}
    text = ",\n".join(f"{json.dumps(name)}: {json.dumps(found, separators=(',', ':'))}" for name, found in recorded.items())
    DATA.write_text(f"{{\n{text}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
