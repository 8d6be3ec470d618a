"""Second and third derivatives, held against an installed PyTorch: their values, at points where functions have edges too, and in 2-byte
floats; what PyTorch refuses to differentiate twice is refused here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tensorsh import torch

real = pytest.importorskip("torch")

INF, NAN = float("inf"), float("nan")
EDGES = [0.0, -0.0, 1.0, -1.0, 3.0, -3.0, 0.5, -0.5, 6.0, 20.0, 21.0, -30.0, 1e-30, 0.2, INF, -INF, NAN]

# One tensor in, one out, element by element.
ACTIVATIONS = """
x.tanh()|x.sigmoid()|x.relu()|F.relu6(x)|F.elu(x)|F.elu(x, 0.7)|F.gelu(x)|F.gelu(x, approximate="tanh")|F.silu(x)|F.mish(x)
F.softplus(x)|F.softplus(x, 2, 5)|F.leaky_relu(x)|F.leaky_relu(x, 0.3)|F.hardtanh(x)|F.hardtanh(x, -3, 0.5)|F.selu(x)|F.celu(x)
F.celu(x, 2.0)|F.logsigmoid(x)|F.hardsigmoid(x)|F.hardswish(x)|F.softsign(x)|F.tanhshrink(x)|F.hardshrink(x)|F.softshrink(x)
F.threshold(x, 0.2, 3)|x.pow(2)|x.square()|x.abs()|x.clamp(-1, 1)|F.relu(x * 1, True)|F.elu(x * 1, 0.7, True)
""".replace("\n", "|").strip("|").split("|")

# Of x (4, 3) and others; each reduction stands for R.
LOSSES = """
F.mse_loss(x, y, reduction=R)|F.mse_loss(x, row, reduction=R)|F.l1_loss(x, y, reduction=R)|F.smooth_l1_loss(x, y, reduction=R)
F.smooth_l1_loss(x, y, reduction=R, beta=0.3)|F.huber_loss(x, y, reduction=R)|F.huber_loss(x, row, reduction=R, delta=0.4)
F.soft_margin_loss(x, sign.detach(), reduction=R)|F.binary_cross_entropy(x.sigmoid(), y.sigmoid(), reduction=R)
F.binary_cross_entropy(x.sigmoid(), p, weight.detach(), reduction=R)|F.binary_cross_entropy_with_logits(x, y, reduction=R)
F.binary_cross_entropy_with_logits(x, y, weight.detach(), reduction=R, pos_weight=w.detach())|F.kl_div(x, p, reduction=R)
F.nll_loss(x, lab, reduction=R)|F.nll_loss(x, lab, w.detach(), reduction=R)|F.nll_loss(x, lab, reduction=R, ignore_index=2)
F.nll_loss(x, lab, w.detach(), reduction=R, ignore_index=1)|F.nll_loss(cube, grid, reduction=R)|F.nll_loss(cube, grid, w.detach(), reduction=R, ignore_index=0)
F.nll_loss(x[0], lab[0], reduction=R)|F.nll_loss(x, minus, reduction=R)|F.cross_entropy(x, lab, reduction=R)
F.cross_entropy(x, lab, w.detach(), reduction=R, label_smoothing=0.2)|F.cross_entropy(cube, grid, reduction=R, ignore_index=1)
F.cross_entropy(x, p, reduction=R)|F.multilabel_soft_margin_loss(x, p, reduction=R)|F.poisson_nll_loss(x, p, reduction=R)
""".replace("\n", "|").strip("|").split("|")  # fmt: skip

LAYERS = """
x.softmax(0)|x.softmax(1)|x.log_softmax(0)|x.log_softmax(1)|cube.softmax(1)|F.glu(F.pad(x, (0, 1)))|F.prelu(x, w)|F.prelu(x, w[:1])
F.embedding(lab, x)|F.embedding(lab, x, padding_idx=2)|F.batch_norm(x, y[0].detach(), p[0].detach(), w)
F.group_norm(F.pad(cube, (0, 0, 0, 1)), 2)|F.group_norm(F.pad(cube, (0, 0, 0, 1)), 2, F.pad(w, (0, 1)))|x.max()|x.max(0)[0]|x.median()|x.median(0)[0]|t.maximum(x, y)|t.minimum(x, y)|x.amax(0)|x.std()|x.var(0)
F.pad(x, (1, 2), "reflect")|F.pad(cube[None], (1, 2, 2, 1), "reflect")|F.pad(x, (2, 1), "replicate")|F.pad(x, (2, 1), "circular")|x.norm()|x.prod(0)|x.repeat(2, 1)|x.squeeze()|t.stack([x, y])|x.unbind()[1]|(x.t() @ x).det()|(x.t() @ x + eye).inverse()
t.linalg.solve(x.t() @ x + eye, y.t())|x.atan2(y)|F.cosine_similarity(x, y)|x[lab]|x.sigmoid().logit()|t.lerp(x, y, 0.3)
t.addcdiv(x, y, y * y + 1, value=0.5)|F.normalize(x)|x.logsumexp(0)|x.cumprod(0)|t.einsum("ij,kj->ik", x, y)
""".replace("\n", "|").strip("|").split("|")

# PyTorch's third derivatives take the mean and the deviation for constants, and are wrong.
NORMS = """
F.layer_norm(x, (3,))|F.layer_norm(x, (3,), w, w * 2)|F.layer_norm(cube, (3, 5), None)|F.layer_norm(x, (4, 3), y)
F.batch_norm(x, None, None, training=True)|F.batch_norm(x, None, None, w, w, training=True)|F.instance_norm(cube)
F.batch_norm(cube, None, None, w, training=True)
""".strip().replace("\n", "|").split("|")

COMPLEX = ["z.tanh()", "z.sigmoid()", "z.exp()", "z * z", "z / (z + 2)", "z.pow(2)"]


def arrays(kind: Any, seed: int) -> dict[str, Any]:
    draw = np.random.default_rng(seed)
    x, y, p = draw.standard_normal((3, 4, 3))
    return {
        "x": x.astype(kind), "y": y.astype(kind), "p": (0.5 + np.arctan(p) / 4).astype(kind), "row": y[:1].astype(kind),
        "w": (draw.random(3) + 0.1).astype(kind), "weight": draw.random((4, 3)).astype(kind), "sign": np.sign(y).astype(kind),
        "cube": draw.standard_normal((2, 3, 5)).astype(kind), "lab": np.array([0, 2, 1, 1]), "minus": np.array([0, -100, 1, -100]),
        "grid": draw.integers(0, 3, (2, 5)), "eye": np.eye(3, dtype=kind),
    }  # fmt: skip


def values(library: Any, given: dict[str, Any], expression: str, order: int, narrow: str = "") -> list[Any]:
    """The gradients of an expression by every float in it, then theirs, in float64; or the error's text at the place where it came."""
    tensors = {name: library.from_numpy(np.array(value)) for name, value in given.items()}
    if narrow:
        tensors = {k: v.to(getattr(library, narrow)) if v.is_floating_point() else v for k, v in tensors.items()}
    points = [v.requires_grad_() for k, v in tensors.items() if v.is_floating_point() or v.is_complex()]
    found: list[Any] = []
    try:
        made = eval(expression, {"t": library, "F": library.nn.functional, **tensors})
        for _ in range(order):
            weights = [0.5 + (library.arange(part.numel()) * 0.618 % 1).reshape(part.shape).to(part.dtype) for part in made]
            parts = [part for part in made if part.requires_grad]
            if not parts:
                break
            used = [weight for part, weight in zip(made, weights, strict=True) if part.requires_grad]
            grads = library.autograd.grad(parts, points, used, create_graph=True, allow_unused=True)
            found.append([None if g is None else np.asarray((g.detach() + 0).to(library.complex128 if g.is_complex() else library.float64).numpy()) for g in grads])
            made = [g for g in grads if g is not None]
    except (RuntimeError, NotImplementedError) as error:
        found.append(str(error).splitlines()[0])
    return found


def agree(given: dict[str, Any], expression: str, rtol: float, atol: float, order: int = 3, narrow: str = "") -> None:
    wrapped = f"[{expression}]"
    ours, theirs = values(torch, given, wrapped, order, narrow), values(real, given, wrapped, order, narrow)
    for level, (own, expected) in enumerate(zip(ours, theirs, strict=False), 1):
        if isinstance(own, str) or isinstance(expected, str):
            assert own == expected, f"derivative {level}"
            return
        for at, (one, other) in enumerate(zip(own, expected, strict=True)):
            # No gradient is as good as one of zeros.
            if one is None or other is None:
                rest = one if other is None else other
                assert rest is None or not rest.any(), f"derivative {level} by input {at}"
                continue
            np.testing.assert_allclose(one, other, rtol, atol, err_msg=f"derivative {level} by input {at}")


@pytest.mark.parametrize("expression", ACTIVATIONS)
def test_activations_at_their_edges(expression: str) -> None:
    agree({"x": np.array(EDGES)}, expression, 1e-9, 1e-12)
    agree({"x": np.array(EDGES, np.float32)}, expression, 2e-5, 1e-6)


@pytest.mark.parametrize("narrow", ["float16", "bfloat16"])
@pytest.mark.parametrize("expression", ACTIVATIONS)
def test_activations_in_two_bytes(expression: str, narrow: str) -> None:
    agree({"x": np.array(EDGES[:-5])}, expression, 2e-2, 2e-2, 2, narrow)


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("expression", LOSSES)
@pytest.mark.filterwarnings("ignore")
def test_losses(expression: str, reduction: str) -> None:
    for seed in range(3):
        agree(arrays(np.float64, seed), expression.replace("R", repr(reduction)), 1e-8, 1e-10)


@pytest.mark.parametrize("expression", LAYERS)
@pytest.mark.filterwarnings("ignore")
def test_layers(expression: str) -> None:
    for seed in range(3):
        agree(arrays(np.float64, seed), expression, 1e-6, 1e-8)


@pytest.mark.parametrize("expression", NORMS)
def test_norms(expression: str) -> None:
    for seed in range(3):
        agree(arrays(np.float64, seed), expression, 1e-6, 1e-8, order=2)


@pytest.mark.parametrize("expression", COMPLEX)
def test_complex(expression: str) -> None:
    draw = np.random.default_rng(0)
    agree({"z": draw.standard_normal(5) + 1j * draw.standard_normal(5)}, expression, 1e-9, 1e-12)


@pytest.mark.parametrize("p", [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, INF])
def test_distances(p: float) -> None:
    given = arrays(np.float64, 0)
    agree(given, f"t.cdist(x, y[:3], float('{p}'))", 1e-9, 1e-12, order=1)
    agree(given, f"t.cdist(x, x * 1, float('{p}'))", 1e-9, 1e-12, order=1)
    agree(given, f"t.cdist(cube, cube[1:], float('{p}'))", 1e-9, 1e-12, order=1)
