"""No pivots, shapes or values that a script can choose reach LAPACK where LAPACK trusts them, nor is a nan waited for.

A routine that follows a wrong pivot writes outside of the matrix, and the process dies later, elsewhere: so every case also runs in
a process of its own in which the allocator fills and checks its blocks.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tensorsh import torch

EXTENT = 3
MATRIX = [[4.0, 1.0, 2.0], [1.0, 3.0, 0.5], [2.0, 0.5, 5.0]]
INT32 = torch.int32

# Pivots that no factorization gives: too large, zero, far away, a block of two that begins in the last row or has one row only.
WRONG_LDL = [
    [4, 2, 3], [1, 2, 2**31 - 1], [0, 2, 3], [1, 2, -(2**31)], [1, 2, -3], [-1, 2, 3], [-2, -2, -2], [1, -9, -9], [-3, 2, -3],
    [1, 2, 0],
]  # fmt: skip
WRONG_LU = [[4, 2, 3], [0, 2, 3], [-1, 2, 3], [1, 2, 2**31 - 1], [1, 2, -(2**31)]]
WRONG_SHAPES: list[object] = [[1, 2], [1, 2, 3, 3], [], [[1, 2, 3]], 1]


@pytest.mark.parametrize("complex_", [False, True])
@pytest.mark.parametrize("hermitian", [False, True])
@pytest.mark.parametrize("pivots", [*WRONG_LDL, *WRONG_SHAPES], ids=str)
def test_ldl_solve_refuses_wrong_pivots(pivots: object, hermitian: bool, complex_: bool) -> None:
    matrix = torch.tensor(MATRIX, dtype=torch.complex64 if complex_ else torch.float32)
    for dtype in (INT32, torch.int64):
        if dtype is INT32 or isinstance(pivots, list):
            with pytest.raises(RuntimeError, match=r"pivots|LD\.shape"):
                torch.linalg.ldl_solve(matrix, torch.tensor(pivots, dtype=dtype), matrix, hermitian=hermitian)


def test_ldl_solve_refuses_pivots_that_only_fit_after_wrapping() -> None:
    matrix = torch.tensor(MATRIX)
    for pivot in (2**32 + 1, -(2**63)):
        with pytest.raises(RuntimeError, match="pivots"):
            torch.linalg.ldl_solve(matrix, torch.tensor([1, 2, pivot]), matrix)


@pytest.mark.parametrize("pivots", [[1, 2, 3], [3, 3, 3], [-1, -1, 3], [1, -3, -3], [-2, -3, 1]], ids=str)
def test_ldl_solve_takes_pivots_that_stay_inside(pivots: list[int]) -> None:
    matrix = torch.tensor(MATRIX)
    assert torch.linalg.ldl_solve(matrix, torch.tensor(pivots, dtype=INT32), matrix).shape == (EXTENT, EXTENT)


@pytest.mark.parametrize("pivots", [*WRONG_LU, *WRONG_SHAPES], ids=str)
def test_lu_refuses_wrong_pivots(pivots: object) -> None:
    matrix, wrong = torch.tensor(MATRIX), torch.tensor(pivots, dtype=INT32)
    with pytest.raises(RuntimeError, match="pivots"):
        torch.lu_unpack(matrix, wrong)
    with pytest.raises((RuntimeError, IndexError), match="pivots|dimension"):
        torch.linalg.lu_solve(matrix, wrong, matrix)
    with pytest.raises((RuntimeError, IndexError), match="pivots|dimension"):
        torch.lu_solve(matrix, matrix, wrong)


@pytest.mark.parametrize(
    "call",
    [
        "ldl_solve(m, p, m[:2])", "ldl_solve(m, p, m[0])", "ldl_solve(m, p, m.double())", "ldl_solve(m.long(), p, m.long())",
        "ldl_solve(m.half(), p, m.half())", "ldl_solve(m, p.float(), m)", "ldl_solve(m[:2], p[:2], m[:2])", "ldl_solve(m[0], p, m)",
        "ldl_factor(m.long())", "ldl_factor(m[:2])", "ldl_factor(m.half())", "lu_solve(m, p, m[:2])", "lu_solve(m, p, m.double())",
        "lu_solve(m.long(), p, m.long())", "lu_solve(m, p.long(), m)", "solve_triangular(m, m[:2], upper=True)",
        "solve_triangular(m, m.double(), upper=True)", "solve_triangular(m.long(), m.long(), upper=True)", "solve(m, m[:2])",
        "lstsq(m, m[:2])", "lstsq(m, m.double())", "lstsq(m.half(), m.half())", "householder_product(m, m)",
        "householder_product(m.long(), p.long())", "householder_product(m[:2], p[:2].float())",
    ],
)  # fmt: skip
def test_operands_that_do_not_fit_are_refused(call: str) -> None:
    names = {"m": torch.tensor(MATRIX), "p": torch.tensor([1, 2, 3], dtype=INT32)}
    with pytest.raises((RuntimeError, NotImplementedError, IndexError)):
        eval(f"linalg.{call}", {**names, "linalg": torch.linalg})


UNUSUAL = """
import faulthandler, math
faulthandler.dump_traceback_later(60, exit=True)
from tensorsh import torch
L = torch.linalg
one_operand = [L.ldl_factor, L.ldl_factor_ex, L.lu_factor_ex, L.lu, L.inv_ex, L.cholesky_ex, L.qr, L.svd, L.eigh, L.eig, L.eigvals,
               L.eigvalsh, L.svdvals, L.pinv, L.matrix_exp, L.det, L.slogdet, L.matrix_rank, torch.geqrf, torch.matrix_exp]
pairs = [L.solve, L.solve_ex, L.lstsq, lambda a, b: L.solve_triangular(a, b, upper=True),
         lambda a, b: L.ldl_solve(*L.ldl_factor_ex(a)[:2], b), lambda a, b: L.lu_solve(*L.lu_factor_ex(a)[:2], b)]
for kind in (torch.float32, torch.float64, torch.complex64, torch.complex128):
    plain = torch.arange(16.).reshape(4, 4).sin().to(kind)
    matrices = [plain, plain.t(), plain[::2, ::2], plain[:1, :1], plain.expand(3, 4, 4), plain[:0, :0], plain.expand(0, 4, 4),
                plain[:, :0][:0], torch.zeros(4, 4, dtype=kind), plain[:1].expand(4, 4), plain.expand(2, 0, 4, 4)]
    for value in (math.nan, math.inf, -math.inf, 1e38, 1e-45):
        for extent in (1, 4, 30):
            whole = torch.eye(extent, dtype=kind)
            whole[0, 0] = value
            matrices += [whole, whole.expand(2, extent, extent), torch.full((extent, extent), value, dtype=kind)]
    for matrix in matrices:
        for f in one_operand:
            try: f(matrix)
            except RuntimeError: pass
        for f in pairs:
            for side in (matrix, matrix[..., :1], matrix[..., :0], matrix.mT):
                try: f(matrix, side)
                except RuntimeError: pass
print("whole")
"""


def test_unusual_matrices_leave_memory_whole_and_end() -> None:
    guards = {"MALLOC_CHECK_": "3", "MALLOC_PERTURB_": "165"}
    result = subprocess.run([sys.executable, "-c", UNUSUAL], capture_output=True, text=True, env={**os.environ, **guards})
    assert result.stdout.splitlines()[-1:] == ["whole"], result.stderr


@pytest.mark.parametrize(
    "call",
    [
        "linalg.cond(m, [1])", "linalg.cond(m, m)", "linalg.pinv(m, rtol='a')", "linalg.matrix_rank(m, tol='a')", "tensordot(m, m, dims='a')",
        "tensordot(m, m, dims=[1])", "signal.windows.general_cosine(5, a=[1, 'x'])", "linalg.matrix_norm(m, None)", "linalg.matrix_norm(m, [1])",
    ],
)  # fmt: skip
def test_arguments_of_no_sensible_type_are_named(call: str) -> None:
    with pytest.raises(TypeError) as caught:
        eval(f"torch.{call}", {"torch": torch, "m": torch.tensor(MATRIX)})
    assert type(caught.value) is TypeError and "ufunc" not in str(caught.value)
