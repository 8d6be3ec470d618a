"""Records what PyTorch gives for expressions on the edges of elementwise operators, in `data/elementwise.json`.

Run it with PyTorch installed: `python tests/parity/record_elementwise.py`. An entry is an expression and either the text of its
value, with the name of its `grad_fn` if it has one, or the type and text of the error. `tests/ops/test_elementwise.py` evaluates
the same expressions without PyTorch.
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

DATA = Path(__file__).with_name("data") / "elementwise.json"

# What the expressions may use, made with either library.
NAMES = {
    "i": "torch.tensor([5, -5, 7, 0])",
    "j": "torch.tensor([2, 2, -2, 3])",
    "b": "torch.tensor([True, False])",
    "f": "torch.tensor([1.5, -2.5, float('nan'), float('inf')])",
    "c": "torch.tensor([1+1j, 2-1j])",
    "i8": "torch.tensor([1, 2], dtype=torch.int8)",
    "u8": "torch.tensor([1, 2], dtype=torch.uint8)",
    "h": "torch.tensor([1, 2.5], dtype=torch.float16)",
    "bf": "torch.tensor([1, 2.5], dtype=torch.bfloat16)",
    "d": "torch.tensor([1.5, -2.5], dtype=torch.float64)",
    "zero": "torch.tensor(2.)",
    "x": "torch.tensor([.3, .4], requires_grad=True)",
    "y": "torch.tensor([.5, .6], requires_grad=True)",
}

DIVISION = """
    i / j; i // j; i % j; torch.fmod(i, j); torch.div(i, j, rounding_mode='trunc'); torch.div(i, j, rounding_mode='floor')
    torch.div(i, 2, rounding_mode='up'); i / 0; i // 0; i % 0; torch.fmod(i, 0); f // 0; f % 0; b / b; b // b; b % b
    torch.fmod(b, b)
    torch.tensor([-1., 0., 5., -5.]) // torch.tensor([0., 0., float('inf'), float('inf')])
    torch.tensor([5., -5., -4., 4.]) % torch.tensor([float('inf'), float('inf'), 2., -2.])
    5 // j; 5 % j; 5.5 % j; 5 / j; 5 // i; torch.fmod(c, c); c % c; c // c; torch.reciprocal(i); torch.true_divide(i, j)
"""
POWERS = """
    i ** 2; i ** -1; torch.tensor([1, -1, 2, 0]) ** torch.tensor([-1, -1, -1, 2]); 2 ** torch.tensor([-1, 2]); b ** b; b ** 2
    torch.tensor([2], dtype=torch.int8) ** 7; f ** 2; f ** 0.5; f ** -1; (-2.0) ** torch.tensor([2., 3.]); torch.float_power(i, 2)
    torch.float_power(2, i); f.clone().float_power_(2); torch.square(b); torch.square(c); torch.logaddexp(i, j); torch.hypot(i, j)
    torch.ldexp(i, j); torch.xlogy(i, j); torch.xlogy(0., f)
"""
SUMS = """
    b + b; b * b; b - b; b - 1; 1 - b; -b; +b; abs(b); torch.add(b, b, alpha=2); torch.add(i, i, alpha=1.5)
    torch.add(f, f, alpha=1j)
    torch.sub(i, 1, alpha=True); torch.add(f, 1, alpha=2); torch.rsub(f, 1, alpha=2); i8 + 300; u8 + (-1); u8 - 3; i8 * 2.5
    u8 + i8
    h + 1; h + f[:2]; bf * 3; h + bf; d + x.detach(); zero + i; zero + h; zero * d; i + 1j; d * 1j; b + 1; b + 1.5; b + i[:2]
    torch.add(1, 2.5); torch.mul(2, 3); torch.abs(torch.tensor([-128], dtype=torch.int8)); torch.abs(c); torch.neg(u8)
    torch.addcmul(i, i, j, value=2); torch.addcdiv(i, i, j); torch.lerp(i, j, .5); torch.lerp(d, x.detach(), .5)
    torch.lerp(d, d, 2)
    torch.gcd(i, j); torch.lcm(i, j); torch.gcd(f, f); torch.add(f, i[:3]); i.clone().add_(1.5); b.clone().add_(1)
    i.clone().div_(2)
"""
ROUNDING = """
    torch.sign(f); torch.sign(b); torch.sign(c); torch.sgn(torch.tensor([3+4j, 0])); torch.signbit(torch.tensor([-0., 0.]))
    torch.round(torch.tensor([.5, 1.5, 2.5, -.5])); torch.round(torch.tensor([1.2345]), decimals=2); torch.round(i)
    torch.round(b)
    torch.round(torch.tensor([1234.5]), decimals=-2); torch.floor(i); torch.floor(b); torch.floor(c); torch.trunc(f)
    torch.ceil(f)
    torch.frac(i); torch.frac(f); torch.nan_to_num(f); torch.nan_to_num(f, 1, 2, 3); torch.nan_to_num(i); torch.copysign(i, -1)
    torch.copysign(b, b); torch.nextafter(i, j); torch.frexp(f); torch.frexp(i); torch.heaviside(f, zero); torch.heaviside(f, i)
    torch.isnan(f); torch.isinf(f); torch.isfinite(f); torch.isposinf(f); torch.isneginf(i); torch.isposinf(c); torch.isreal(c)
"""
COMPARISONS = """
    i == j; i == None; i != None; i < None; i < 'a'; i + None; i + 'a'; torch.eq(i, f); torch.gt(c, 1); torch.lt(b, 2); u8 > -1
    i8 == 300; f > f; torch.eq(i, i[:3]); torch.isclose(f, f); torch.isclose(f, f, equal_nan=True); torch.isclose(f, i)
    torch.isclose(f, f, rtol=-1.); torch.allclose(i, j, 0, 1e9); torch.allclose(f, f); torch.equal(i, j); torch.equal(i, i[:2])
    torch.logical_and(f, i); torch.logical_not(f); torch.logical_xor(i, 1); i.clone().logical_not_(); i & 1; i | j; i ^ True
    b & 1
    f & f; ~i; ~b; ~f; torch.bitwise_not(f); i << 1; i << -1; i << 64; i >> 1; i >> 64; 1 << j; f << 1; b << b; u8 << 9
"""
SELECTION = """
    torch.maximum(f, zero); torch.maximum(i, f); torch.maximum(c, c); torch.fmax(f, zero); torch.maximum(f, 1)
    torch.clamp(f, 0, 1); torch.clamp(i, 1.5, 2); torch.clamp(i); torch.clamp(f, 1, 0); torch.clamp(b, 0, 1); torch.clamp(c, 0)
    torch.clamp(f, float('nan'), 1.); torch.clamp(f, max=zero); torch.clamp_min(i, 1.5); torch.clamp_max(b, 1); f.clip(0)
    torch.where(b, 1, 2); torch.where(b, 1., 2); torch.where(b, f[:2], i[:2]); torch.where(b, i[:2], zero); torch.where(i, 1, 2)
    torch.where(b, f[:2], c); f[:2].where(b, 0); torch.where(i > 0, f, i[:2])
"""
COMPLEX = """
    torch.real(f); torch.imag(f); c.real; c.imag; torch.conj(c); torch.angle(c); torch.angle(f); torch.angle(i); torch.polar(f, f)
    torch.polar(i, i); torch.complex(d, d); torch.complex(d, f[:2]); torch.view_as_real(c); torch.view_as_real(f)
"""
SPECIAL = """
    torch.exp(b); torch.exp(1); torch.exp('a'); torch.erf(i); torch.erf(c); torch.lgamma(torch.tensor([0., -1., -.5]))
    torch.digamma(torch.tensor([0., -1., -0.])); torch.erfinv(torch.tensor([1., -1., 2.]))
    torch.logit(torch.tensor([.5, 2.]), .1)
    torch.polygamma(2, torch.tensor([0., -.5, 3.])); torch.polygamma(-1, f); torch.mvlgamma(torch.tensor([3.]), 0)
    torch.igamma(i, i)
    torch.special.entr(torch.tensor([0., 1., -2.])); torch.special.zeta(2, torch.tensor([1., 2.]))
    torch.sinc(torch.tensor([0., 1.5]))
    torch.special.hermite_polynomial_h(torch.tensor([.5]), 3); torch.special.airy_ai(torch.tensor([0., 1.])); torch.deg2rad(i)
"""
GRADIENTS = """
    1 - x; 1 / x; 2 ** x; x ** 2; x ** y; x // 2; 2 // x; x % 2; x % y; 2 % x; x / 2; x - 1; -x; abs(x); torch.rsub(x, y)
    torch.fmod(x, 2)
    torch.clamp(x, 0, 1); torch.clamp(x, y); x.clamp_min(0); x.clamp_min(y); torch.maximum(x, y); torch.where(x > 0, x, y)
    torch.lerp(x, y, .5); torch.lerp(x, y, y); torch.div(x, y, rounding_mode='floor'); torch.div(x, 2); torch.multiply(x, y)
    torch.square(x); torch.float_power(2, x); torch.xlogy(x, y); torch.xlogy(2, x); torch.xlogy(x, 2); torch.log1p(x)
    torch.copysign(x, 1)
    torch.round(x, decimals=2); torch.special.i0e(x); torch.special.zeta(2, x); torch.rad2deg(x); torch.real(x + 1j)
    (x + 1j).conj()
    torch.special.expit(x); torch.arctan2(x, y); torch.absolute(x); torch.frexp(x); x.clone().add_(1); x.clone().pow_(2)
    torch.polygamma(1, x)
"""
GROUPS = (DIVISION, POWERS, SUMS, ROUNDING, COMPARISONS, SELECTION, COMPLEX, SPECIAL, GRADIENTS)


def expressions() -> list[str]:
    """Every expression, in order."""
    found = [part.strip() for group in GROUPS for line in group.splitlines() for part in line.split(";")]
    return [part for part in found if part]


def outcome(expression: str, torch: Any) -> list[str]:
    """`[text]` or `[text, grad_fn's name]` of the value, or `[type, text]` of the error after "error"."""
    names = {name: eval(made, {"torch": torch}) for name, made in NAMES.items()}
    try:
        value = eval(expression, {"torch": torch, **names})
    except Exception as error:
        return ["error", type(error).__name__, str(error)]
    node = getattr(value, "grad_fn", None)
    return [repr(value)] if node is None else [repr(value), node.name().rpartition("::")[2]]


def main() -> None:
    import torch

    warnings.simplefilter("ignore")
    recorded = {expression: outcome(expression, torch) for expression in expressions()}
    DATA.write_text(json.dumps(recorded, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
