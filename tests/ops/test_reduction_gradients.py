"""First and second derivatives of reductions, scans, sorting and `nn.functional`, against differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tensorsh import torch
from tests.ops.gradcheck import check_gradients

X = [[0.3, -1.2, 2.6, 0.9], [-0.7, 1.6, -2.1, 0.45], [1.1, 0.05, -0.4, 3.2]]
Z = [[0.3 + 0.2j, -1.2 + 0.7j, 0.5 - 0.4j], [1.1j, 0.8, -0.3 - 0.9j]]
ZERO = [[0.3, 0.0, 2.6], [-0.7, 1.6, -2.1], [0.0, 0.5, 0.0]]
POSITIVE = [[0.3, 0.2, 0.6], [0.7, 0.6, 0.1]]
WEIGHT = [0.5, 1.5, -0.75, 2.0]
CUBE = np.random.default_rng(0).standard_normal((2, 4, 3))
F: Any = torch.nn.functional
T = torch.tensor([0, 3, 1])
Y = torch.tensor([[0.1, 0.9, 0.3, 0.5], [0.2, 0.8, 0.6, 0.4], [0.7, 0.25, 0.35, 0.95]], dtype=torch.float64)

REDUCTIONS = {
    "sum": lambda x: x.sum(0), "mean": lambda x: x.mean((0, 1)), "prod": lambda x: x.prod(), "prod dim": lambda x: x.prod(1),
    "var": lambda x: x.var(1), "std": lambda x: x.std(0, correction=0), "var_mean": lambda x: torch.var_mean(x, 1),
    "std_mean": lambda x: torch.std_mean(x), "max": lambda x: x.max(), "max dim": lambda x: x.max(1)[0],
    "min": lambda x: x.min(0)[0],
    "amax": lambda x: x.amax(0), "aminmax": lambda x: torch.aminmax(x, dim=1), "median": lambda x: x.median(1)[0],
    "nansum": lambda x: x.nansum(0), "quantile": lambda x: x.quantile(0.3, 1), "sort": lambda x: x.sort(0)[0],
    "topk": lambda x: x.topk(2)[0], "kthvalue": lambda x: x.kthvalue(2)[0], "logsumexp": lambda x: x.logsumexp(1),
    "norm": lambda x: x.norm(), "norm 1": lambda x: x.norm(1, 0), "norm 3": lambda x: x.norm(3, 1),
    "norm inf": lambda x: x.norm(np.inf, 1),
    "norm half": lambda x: x.norm(0.5), "dist": lambda x: torch.dist(x, Y), "renorm": lambda x: x.renorm(2, 0, 1.0),
    "cumsum": lambda x: x.cumsum(1), "cumprod": lambda x: x.cumprod(0), "cummax": lambda x: x.cummax(1)[0],
    "logcumsumexp": lambda x: x.logcumsumexp(1), "diff": lambda x: x.diff(2), "trapezoid": lambda x: torch.trapezoid(x, Y),
    "softmax": lambda x: x.softmax(0), "log_softmax": lambda x: x.log_softmax(1),
}  # fmt: skip

ACTIVATIONS = {
    name: getattr(F, name)
    for name in ("relu", "relu6", "leaky_relu", "elu", "selu", "celu", "gelu", "silu", "mish", "softplus", "softsign", "tanhshrink",
                 "hardtanh", "hardsigmoid", "hardswish", "hardshrink", "softshrink", "logsigmoid", "glu")
} | {"gelu tanh": lambda x: F.gelu(x, approximate="tanh"), "threshold": lambda x: F.threshold(x, 0.2, 3)}  # fmt: skip
DIFFERENTIATED_ONCE = frozenset({"hardsigmoid"})  # PyTorch refuses the second derivative

LOSSES = {
    "mse": lambda x: F.mse_loss(x, Y), "l1": lambda x: F.l1_loss(x, Y), "smooth_l1": lambda x: F.smooth_l1_loss(x, Y),
    "huber": lambda x: F.huber_loss(x, Y, delta=0.5), "cross_entropy": lambda x: F.cross_entropy(x, T),
    "smoothed": lambda x: F.cross_entropy(x, T, label_smoothing=0.1), "probabilities": lambda x: F.cross_entropy(x, Y),
    "nll none": lambda x: F.nll_loss(x, T, reduction="none"), "bce": lambda x: F.binary_cross_entropy(x.sigmoid(), Y),
    "logits": lambda x: F.binary_cross_entropy_with_logits(x, Y, pos_weight=Y[0]),
    "kl_div": lambda x: F.kl_div(x, Y, reduction="sum"),
    "soft_margin": lambda x: F.soft_margin_loss(x, Y), "multi_margin": lambda x: F.multi_margin_loss(x, T, 2),
    "poisson": lambda x: F.poisson_nll_loss(x, Y), "gaussian": lambda x: F.gaussian_nll_loss(x, Y, x * x + 1),
    "triplet": lambda x: F.triplet_margin_loss(x, Y, Y + 1), "cosine": lambda x: F.cosine_similarity(x, Y),
}  # fmt: skip

LAYERS = {
    "layer_norm": lambda x: F.layer_norm(x, (4,)), "batch_norm": lambda x: F.batch_norm(x, None, None, training=True),
    "batch_norm running": lambda x: F.batch_norm(x, Y[0], Y[1]), "group_norm": lambda x: F.group_norm(x, 1),
    "rms_norm": lambda x: F.rms_norm(x, (4,)), "normalize": F.normalize, "pad": lambda x: F.pad(x, (1, -1, 0, 2)),
    "reflect": lambda x: F.pad(x, (2, 1), "reflect"), "replicate": lambda x: F.pad(x, (2, 1), "replicate"),
    "circular": lambda x: F.pad(x, (2, 1), "circular"),
    "embedding": lambda x: F.embedding(torch.tensor([0, 2, 2]), x),
    "pairwise_distance": lambda x: F.pairwise_distance(x, Y), "pdist": F.pdist,
    "attention": lambda x: F.scaled_dot_product_attention(x, Y, x, is_causal=True),
}  # fmt: skip


@pytest.mark.parametrize("name", REDUCTIONS)
def test_reduction(name: str) -> None:
    check_gradients(REDUCTIONS[name], X)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation(name: str) -> None:
    check_gradients(ACTIVATIONS[name], X, order=1 if name in DIFFERENTIATED_ONCE else 2)


@pytest.mark.parametrize("name", LOSSES)
def test_loss(name: str) -> None:
    check_gradients(LOSSES[name], X)


@pytest.mark.parametrize("name", LAYERS)
def test_layer(name: str) -> None:
    check_gradients(LAYERS[name], X)


@pytest.mark.parametrize("name", ["sum", "mean", "prod", "prod dim", "var", "std", "norm", "cumsum", "cumprod"])
def test_complex(name: str) -> None:
    check_gradients(REDUCTIONS[name], Z)


@pytest.mark.parametrize("name", ["prod", "prod dim", "cumprod"])
def test_with_zeros(name: str) -> None:
    check_gradients(REDUCTIONS[name], ZERO)


@pytest.mark.parametrize(
    ("function", "inputs"),
    [
        (lambda x, w, b: F.layer_norm(x, (4,), w, b), (X, WEIGHT, WEIGHT)),
        (lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True), (CUBE, WEIGHT, WEIGHT)),
        (lambda x, w, b: F.group_norm(x, 2, w, b), (CUBE, WEIGHT, WEIGHT)),
        (lambda x, w, b: F.linear(x, w, b), (X, X, [0.1, 0.2, 0.3])),
        (lambda x, w: F.prelu(x, w), (X, WEIGHT)),
        (lambda x, y: F.binary_cross_entropy(x, y), (POSITIVE, [[0.4, 0.3, 0.2], [0.6, 0.9, 0.5]])),
        (lambda x, y: F.mse_loss(x, y), (X, [[0.1] * 4] * 3)),
        (lambda x, y: F.bilinear(x, x, y), (X, np.random.default_rng(1).standard_normal((2, 4, 4)))),
    ],
)
def test_several_inputs(function: Any, inputs: Any) -> None:
    check_gradients(function, *inputs)
