"""Records what PyTorch gives for reductions, scans, sorting and `nn.functional`, in `data/reductions.json`.

Run it with PyTorch installed: `python tests/parity/record_reductions.py`. An entry is an expression and its outcome: the text of
its value, the names of the nodes of its parts, the gradient of `x`, and what it warned of; or the type and text of its error.
`tests/ops/test_reductions.py` evaluates the same expressions without PyTorch.
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

DATA = Path(__file__).with_name("data") / "reductions.json"

# What the expressions may use, made with either library.
NAMES = {
    "F": "torch.nn.functional",
    "x": "torch.tensor([[1., 3., 3., -2.], [.5, .5, 4., 2.], [0., 1., -1., 3.]], requires_grad=True)",
    "n": "torch.tensor([[1., float('nan'), 3.], [2., 0., float('inf')]])",
    "i": "torch.tensor([[4, 1, 4], [2, 2, -3]])",
    "b": "torch.tensor([[True, False], [True, True]])",
    "u": "torch.tensor([200, 100, 3], dtype=torch.uint8)",
    "h": "torch.tensor([1., 2.5, 1e3], dtype=torch.bfloat16)",
    "c": "torch.tensor([1+1j, 2-1j])",
    "s": "torch.tensor(3.)",
    "e": "torch.empty(0)",
    "e3": "torch.empty(0, 3)",
    "t": "torch.tensor([0, 3, 1])",
    "y": "torch.tensor([[0., 1., 1., 0.], [.5, .5, .25, 0.], [1., 1., 0., .5]])",
    "w": "torch.tensor([1., 2., .5, 3.])",
    "p": "torch.tensor([[.2, .5, .9], [.1, .7, .4]])",
    "k": "torch.tensor([[0., 1., 1.], [1., 0., .5]])",
}

SUMS = """
    x.sum() | x.sum(0) | x.sum(()) | x.sum((0, 1), True) | x.sum(axis=1, keepdims=True) | x.sum(-1) | i.sum() | i.sum(1)
    b.sum() | b.sum(0) | u.sum() | u.sum(dtype=torch.uint8) | h.sum() | c.sum() | s.sum(0) | s.sum(-1) | e.sum() | e3.sum(0)
    e3.sum(1) | n.sum() | n.nansum() | n.nansum(1) | i.nansum() | x.sum(dtype=torch.float64) | i.sum(dtype=torch.float32)
    i.sum(2) | i.sum((0, 0)) | i.sum(dim=(0, -2)) | s.sum(1) | x.mean() | x.mean(0) | x.mean((0, 1)) | i.mean() | i.mean(0)
    x.mean(dtype=torch.int64) | i.mean(dtype=torch.float64) | e.mean() | e3.mean(0) | h.mean() | c.mean() | n.nanmean()
    n.nanmean(1) | i.nanmean() | x.nanmean() | x.prod() | x.prod(0) | x.prod(1, True) | i.prod() | b.prod() | e.prod()
    (x + 5).prod() | (x + 5).prod(0) | x[1].prod() | x.prod(dtype=torch.float64) | s.prod(0)
"""
SPREADS = """
    x.var() | x.var(0) | x.var(1, False) | x.var(False) | x.var(correction=0) | x.var(0, correction=2, keepdim=True)
    x.var((0, 1)) | x.std() | x.std(0) | x.std(unbiased=False) | x.std(0, True, True) | torch.var_mean(x)
    torch.std_mean(x, 0) | s.var() | s.std(0) | e.var() | i.var() | b.std() | torch.tensor([[1., 2.]]).var(0)
    torch.var_mean(s) | c.var() | c.std() | h.std() | x.var(0, correction=3) | x[:1].std(0)
    torch.tensor([2., 2.], requires_grad=True).std()
"""
TRUTHS = """
    b.all() | b.any() | b.all(0) | b.any(1, True) | b.all((0, 1)) | b.any(()) | u.all() | u.any(0) | n.all() | n.any(1)
    e.all() | e.any() | e3.all(0) | e3.any(1) | s.any(0) | i.count_nonzero() | i.count_nonzero(0) | n.count_nonzero((0, 1))
    b.count_nonzero(dim=1)
"""
EXTREMES = """
    x.max() | x.max(0) | x.max(1) | x.max(dim=1, keepdim=True) | x.max(-1)[0] | torch.max(x, x * 2) | torch.max(x, dim=1)
    x.min() | x.min(0) | torch.min(x, 1) | n.max() | n.max(1) | n.min(0) | i.max() | i.max(1) | b.max() | b.max(0)
    u.max(0) | h.max() | s.max(0) | s.max(-1) | s.max() | e.max() | e.min() | e3.max(0) | e3.max(1) | c.max() | c.max(0)
    x.max(2) | x.amax() | x.amax(0) | x.amax(1, True) | x.amax((0, 1)) | x.amin(1) | n.amax() | n.amin(0) | e.amax()
    e3.amax(0) | e3.amax(1) | torch.aminmax(x) | torch.aminmax(x, dim=1) | torch.aminmax(n) | torch.aminmax(e)
    torch.aminmax(e3, dim=0) | torch.aminmax(i, dim=0) | x.argmax() | x.argmax(0) | x.argmax(1, True) | x.argmin()
    x.argmax(keepdim=True) | n.argmax() | n.argmin(1) | i.argmax(1) | b.argmax() | e.argmax() | e3.argmax(0) | e3.argmax(1)
    s.argmax() | s.argmax(0) | c.argmax() | x.argmax(5)
"""
ORDERS = """
    x.median() | x.median(0) | x.median(1) | x.median(1, True) | n.median() | n.median(1) | n.nanmedian() | n.nanmedian(0)
    n.nanmedian(1) | e.median() | e3.median(0) | e3.median(1) | s.median(0) | i.median() | x.mode() | i.mode() | i.mode(0)
    e.mode() | s.mode() | w.kthvalue(2) | x.kthvalue(1, 0) | x.kthvalue(9) | e3.kthvalue(1, 0) | x.quantile(.5) * 1
    x.quantile(.3, 1) * 1 | x.quantile(.3, 0, True) * 1 | x.quantile(torch.tensor([.1, .9]), 1) * 1
    x.quantile(.4, interpolation='lower') * 1 | x.quantile(.4, interpolation='nearest') * 1
    x.quantile(.4, 1, interpolation='midpoint') * 1 | x.quantile(.4, 1, interpolation='higher') * 1 | n.quantile(.5)
    n.nanquantile(.5) | n.nanquantile(.5, 1) | i.quantile(.5) | e.quantile(.5) | x.quantile(2.)
    x.quantile(.5, interpolation='a') | x.quantile(torch.tensor(.5, dtype=torch.float64)) | x.quantile(torch.ones(2, 2))
    s.quantile(.5) | x.sort() | x.sort(0) | x.sort(1, True) | x.sort(descending=True) | x.sort(stable=True) | n.sort()
    n.sort(descending=True) | b.sort() | i.sort(0) | s.sort(0) | e.sort() | c.sort() | x.argsort() | x.argsort(0, True)
    x.msort() | x.topk(2) | x.topk(1, 0) | w.topk(2, largest=False) | x.topk(9) | s.topk(1) | n.topk(2) | b.topk(1)
    x.unique() | i.unique() | torch.unique(i, return_inverse=True, return_counts=True) | i.unique(dim=0)
    i.unique(dim=1, return_inverse=True) | n.unique() | i.reshape(-1).unique_consecutive(return_counts=True)
    i.unique_consecutive(dim=0) | b.unique() | e.unique()
"""
SEARCHES = """
    torch.searchsorted(torch.tensor([1., 3., 5.]), w) | torch.searchsorted(torch.tensor([1., 3., 5.]), w, right=True)
    torch.searchsorted(torch.tensor([1., 3., 5.]), 3) | torch.searchsorted(torch.tensor([[1, 2, 3], [2, 2, 4]]), i)
    torch.searchsorted(torch.tensor([1, 3]), w) | torch.searchsorted(x, w) | torch.searchsorted(w, w, side='a')
    torch.bucketize(x, x) | torch.bucketize(i, torch.tensor([0, 2, 4]))
    torch.bucketize(3, torch.tensor([0, 2, 4]), out_int32=True) | torch.isin(i, torch.tensor([2, 4]))
    torch.isin(i, 4, invert=True) | torch.isin(4, i) | torch.bincount(t) | torch.bincount(t, minlength=6)
    torch.bincount(t, torch.ones(3)) | torch.bincount(x) | torch.bincount(-t) | torch.bincount(i) | torch.histc(w) [:3]
    torch.histc(w, 4) | torch.histc(w, 3, 0, 6) | torch.histc(i) | torch.histc(w, 0) | torch.histogram(w, 3)
    torch.histogram(w, 2, range=(0., 2.)) | torch.histogram(w, torch.tensor([0., 1., 3.]), density=True)
"""
SCANS = """
    x.cumsum(0) | x.cumsum(1) | i.cumsum(1) | b.cumsum(0) | u.cumsum(0) | h.cumsum(0) | s.cumsum(0) | i.cumsum(2)
    x.cumsum(1, dtype=torch.float64) | x.cumprod(0) | x.cumprod(1) | (x + 5).cumprod(1) | i.cumprod(1) | s.cumprod(0)
    x.cummax(0) | x.cummax(1) | x.cummin(1) | n.cummax(1) | n.cummin(1) | s.cummax(0) | e3.cummax(0) | c.cummax(0)
    x.logcumsumexp(1) | n.logcumsumexp(0) | i.logcumsumexp(0) | x.diff() | x.diff(2) | x.diff(dim=0) | x.diff(0) * 1
    b.diff() | i.diff(prepend=i) | x.diff(append=x[:, :1]) | s.diff() | x.diff(-1) | torch.trapezoid(x) * 1
    torch.trapezoid(x, dx=.5, dim=0) * 1 | torch.trapezoid(x, w) * 1 | torch.cumulative_trapezoid(x)
    torch.cumulative_trapezoid(x, w) * 1 | torch.trapezoid(b) | torch.trapezoid(x, w[:2]) | torch.trapz(x) * 1
"""
NORMS = """
    x.norm() | x.norm(1) | x.norm(3, 0) | x.norm(0) | x.norm(float('inf')) | x.norm(float('inf'), 1)
    x.norm(-float('inf'), 1) | x.norm(.5) | x.norm(1.5, 1) | x.norm(2, 1, True) | x.norm('fro', (0, 1)) | x.norm('a')
    i.norm() | e.norm() | c.norm() | n.norm() | e.norm(float('inf')) | x.norm(dtype=torch.float64)
    i.norm(dtype=torch.float32) | x[2:, :1].norm() | torch.dist(x, y) | torch.dist(x, x) | torch.dist(x, y, 1)
    torch.dist(i, i) | x.logsumexp(0) | x.logsumexp((0, 1)) | x.logsumexp(1, True) | i.logsumexp(0) | e.logsumexp(0)
    n.logsumexp(1) | x.renorm(2, 0, 1) | s.renorm(2, 0, 1) | x.renorm(-1, 0, 1)
"""
ACTIVATIONS = """
    x.relu() | F.relu(i) | F.relu(b) | F.relu(c) | F.relu6(x * 3) | F.leaky_relu(x) | F.leaky_relu(x, .2) | F.elu(x, 2.)
    F.selu(x) | F.celu(x, .5) | F.celu(x, 0.) | F.gelu(x / 2) | F.gelu(x, approximate='tanh') | F.gelu(x, approximate='a')
    F.gelu(i) | F.silu(x) | F.mish(x) | F.softplus(x) | F.softplus(x, 2, 3) | F.softsign(x) | F.tanhshrink(x)
    F.hardtanh(x) | F.hardtanh(x, 1, 0) | F.hardsigmoid(x) | F.hardswish(x) | F.hardshrink(x) | F.softshrink(x)
    F.softshrink(x, -1) | F.threshold(x, 1, 20) | F.glu(x) | F.glu(x, 0) | F.glu(s) | F.logsigmoid(x)
    F.prelu(x, torch.tensor([.1])) | F.prelu(x, w) | F.prelu(x, w[:3]) | torch.prelu(x, w) | F.rrelu(x) | F.elu(i)
    F.silu(i) | F.hardswish(i) | F.relu(x.detach().clone(), inplace=True) | F.elu(x, inplace=True) | torch.selu(x)
    torch.celu(x) | torch.threshold(x, 0, 1) | F.relu('a') | x.softmax(0) | x.softmax(-1) | x.log_softmax(1) | i.softmax(0)
    i.softmax(0, dtype=torch.float32) | F.softmax(x) | F.softmin(x, 0) | s.softmax(0) | torch.softmax(x) | n.softmax(1)
    h.softmax(0) | F.softmax(x, 3)
"""
LOSSES = """
    F.mse_loss(x, y) | F.mse_loss(x, y, reduction='sum') | F.mse_loss(x, y, reduction='none') | F.mse_loss(x, y[0])
    F.mse_loss(x, y[:, :2]) | F.mse_loss(x, y, reduction='a') | F.mse_loss(i, i) | F.l1_loss(x, y) | F.smooth_l1_loss(x, y)
    F.smooth_l1_loss(x, y, beta=.5) | F.smooth_l1_loss(x, y, beta=0) | F.smooth_l1_loss(x, y, beta=-1)
    F.huber_loss(x, y, delta=.5) | F.huber_loss(x, y, delta=0) | F.cross_entropy(x, t) | F.cross_entropy(x, t, weight=w)
    F.cross_entropy(x, t, reduction='none') | F.cross_entropy(x, t, ignore_index=3)
    F.cross_entropy(x, t, label_smoothing=.2) | F.cross_entropy(x, t, w, label_smoothing=.1) | F.cross_entropy(x, y) * 1
    F.cross_entropy(x, y, w) * 1 | F.cross_entropy(x[0], t[0]) | F.cross_entropy(x, t + 2) | F.cross_entropy(x, t[:2])
    F.cross_entropy(x, y[0]) | F.cross_entropy(x, t.int()) | F.cross_entropy(x, t, weight=w[:2])
    F.cross_entropy(x, t, label_smoothing=2.) | F.cross_entropy(x[:, :, None], t[:, None]) | F.nll_loss(x, t)
    F.nll_loss(x, t, reduction='sum') | F.nll_loss(x[:, :, None, None], t[:, None, None]) | F.nll_loss(x, t - 103)
    F.binary_cross_entropy(p, k) | F.binary_cross_entropy(x.sigmoid(), y) | F.binary_cross_entropy(x, y)
    F.binary_cross_entropy(p, k[0]) | F.binary_cross_entropy_with_logits(x, y)
    F.binary_cross_entropy_with_logits(x, y, pos_weight=w) | F.binary_cross_entropy_with_logits(x, w) | F.kl_div(x, y)
    F.kl_div(x, y, reduction='batchmean') | F.kl_div(x, y, reduction='sum', log_target=True) | F.poisson_nll_loss(x, y)
    F.gaussian_nll_loss(x, y, y + 1) | F.gaussian_nll_loss(x, y, -y) | F.soft_margin_loss(x, y)
    F.hinge_embedding_loss(x, y.sign() * 2 - 1) | F.margin_ranking_loss(x, y, y) | F.triplet_margin_loss(x, y, y + 1)
    F.cosine_embedding_loss(x, y, torch.tensor([1, -1, 1])) | F.multi_margin_loss(x, t) * 1
    F.multi_margin_loss(x, t, 2, weight=w) * 1 | F.multi_margin_loss(x, t, 3) | F.multilabel_soft_margin_loss(x, y)
    F.multilabel_margin_loss(x, torch.tensor([[0, 2, -1, 1], [3, -1, 0, 0], [-1, 0, 0, 0]])) * 1
"""
LAYERS = """
    F.linear(x, y) | F.linear(x, y, torch.ones(3)) | F.linear(x[None], y) | F.linear(x[None], y, torch.ones(3))
    F.linear(x[0], y) | F.linear(x, y.T) | F.bilinear(x, y, torch.ones(2, 4, 4)) | F.bilinear(x, y, torch.ones(2, 3, 4))
    F.dropout(x, training=False) | F.dropout(x, 2.) | F.dropout(x, 1.) | F.dropout(i) | F.embedding(t[:2] % 3, x)
    F.embedding(t, x) | F.embedding(x, x) | F.embedding(t % 3, x, padding_idx=0) | F.embedding(t, x, padding_idx=7)
    F.embedding(t, w) | F.one_hot(t) | F.one_hot(t, 5) | F.one_hot(t, 2) | F.one_hot(t - 1) | F.one_hot(x)
    F.layer_norm(x, (4,)) | F.layer_norm(x, (4,), w, w) | F.layer_norm(x, (3,)) | F.layer_norm(x, ())
    F.layer_norm(x, (4,), w[:2]) | F.batch_norm(x, None, None, training=True) | F.batch_norm(x, w, w)
    F.batch_norm(x, w.clone(), w.clone(), w, w, True) | F.batch_norm(x[:1], None, None, training=True)
    F.batch_norm(x, None, None) | F.batch_norm(x, w[:2], w) | F.group_norm(x, 1) | F.group_norm(x, 3)
    F.instance_norm(x[None]) | F.rms_norm(x, (4,)) | F.rms_norm(x, (3,)) | F.normalize(x) | F.normalize(x, 1, 0)
    F.local_response_norm(x[None], 2) | F.pad(x, (1, 2)) | F.pad(x, (1, -1, 0, 1), value=7) | F.pad(x, (1,))
    F.pad(x, (1, 1) * 3) | F.pad(x, (2, 1), 'reflect') | F.pad(x, (2, 1), 'replicate') | F.pad(x, (2, 1), 'circular') * 1
    F.pad(x, (4, 1), 'reflect') | F.pad(x, (1, 1), 'a') | F.pad(w, (1, 1), 'reflect') | F.cosine_similarity(x, y)
    F.cosine_similarity(i, i) | F.pairwise_distance(x, y) | F.pairwise_distance(x, y, 1, keepdim=True) | F.pdist(x) * 1
    F.pdist(w) | F.scaled_dot_product_attention(x, y, y) | F.scaled_dot_product_attention(x, y, y, is_causal=True)
    F.pixel_shuffle(x.reshape(1, 4, 3, 1), 2) | F.pixel_shuffle(x, 2) | F.pixel_unshuffle(x.reshape(1, 2, 6), 2)
    F.channel_shuffle(x.reshape(1, 4, 3), 2)
"""
GROUPS = (SUMS, SPREADS, TRUTHS, EXTREMES, ORDERS, SEARCHES, SCANS, NORMS, ACTIVATIONS, LOSSES, LAYERS)


def expressions() -> list[str]:
    """Every expression, in order."""
    found = [part.strip() for group in GROUPS for line in group.splitlines() for part in line.split(" | ")]
    return [part for part in found if part]


def outcome(expression: str, torch: Any) -> dict[str, Any]:
    """What an expression gives, as JSON holds it."""
    names = {name: eval(made, {"torch": torch}) for name, made in NAMES.items()}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            value = eval(expression, {"torch": torch, **names})
        except Exception as error:
            return {"error": [type(error).__name__, str(error)]}
    found: dict[str, Any] = {"text": repr(value)}
    if caught:
        found["warnings"] = [str(w.message).partition(" (Triggered")[0] for w in caught]
    parts = list(value) if isinstance(value, (tuple, list)) else [value]
    parts = [part for part in parts if part.grad_fn is not None]
    if not parts:
        return found
    found["nodes"] = [part.grad_fn.name().rpartition("::")[2] for part in parts]
    try:
        weights = [(torch.arange(part.numel()) * .5 + 1).reshape(part.shape).to(part.dtype) for part in parts]
        found["gradient"] = repr(torch.autograd.grad(parts, [names["x"]], weights)[0])
    except (RuntimeError, NotImplementedError) as error:
        found["gradient"] = type(error).__name__
    return found


def main() -> None:
    import torch

    recorded = {expression: outcome(expression, torch) for expression in expressions()}
    DATA.write_text(json.dumps(recorded, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
