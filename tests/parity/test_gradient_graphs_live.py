"""The graph of a gradient made with `create_graph=True`, held against an installed PyTorch: the names of its nodes, breadth first along
`next_functions`. The first of them is printed with the gradient: `grad_fn=<TanhBackwardBackward0>`.
"""

from __future__ import annotations

from typing import Any

import pytest

from tensorsh import torch

real = pytest.importorskip("torch")

EXPRESSIONS = """
x.exp()|x.log()|x.sqrt()|x.rsqrt()|x.sin()|x.cos()|x.tan()|x.tanh()|x.sigmoid()|x.relu()|F.relu6(x)|F.elu(x)|F.gelu(x)|F.silu(x)
F.softplus(x)|F.leaky_relu(x)|F.hardtanh(x)|F.selu(x)|F.celu(x)|F.logsigmoid(x)|F.hardsigmoid(x)|F.hardswish(x)|F.mish(x)|F.softsign(x)
F.tanhshrink(x)|x.softmax(1)|x.log_softmax(1)|F.mse_loss(x, y)|F.l1_loss(x, y)|F.smooth_l1_loss(x, y)|F.huber_loss(x, y)
F.cross_entropy(x, lab)|F.nll_loss(x, lab)|F.binary_cross_entropy(x.sigmoid(), p)|F.binary_cross_entropy_with_logits(x, p)|F.kl_div(x, p)
F.layer_norm(x, (3,))|F.batch_norm(x, None, None, training=True)|x * y|x / y|x + y|x - y|x ** 2|x ** y|x ** 3|2 ** x|x @ y.t()|x.sum()
x.mean()|x.prod()|x.std()|x.var()|x.norm()|x.max()|x.max(0)[0]|x.cumsum(0)|x.cumprod(0)|x.logsumexp(0)|x[0]|x[:, 1]|x[lab]
x.gather(1, lab[:, None])|x.t()|x.view(-1)|x.reshape(-1)|x.flatten()|x.expand(2, 4, 3)|x.repeat(2, 1)|t.cat([x, x])|t.stack([x, x])
x.split(2)[0]|x.unbind()[0]|t.where(x > 0, x, y)|x.clamp(0, 1)|x.abs()|t.maximum(x, y)|x.sort()[0]|x.topk(2)[0]|x.tril()|x.diag()
(x.t() @ x).det()|(x.t() @ x + t.eye(3)).inverse()|t.linalg.solve(x.t() @ x + t.eye(3), y.t())|x.masked_fill(x > 0, 0.0)|x.pow(2.5)
x.erf()|x.lgamma()|x.atan2(y)|t.einsum("ij,kj->ik", x, y)|F.linear(x, y)|t.addmm(b, x, y.t())|t.bmm(x[None], y.t()[None])
x.index_select(0, lab)|x.flip(0)|x.roll(1)|F.dropout(x, 0.0)|F.embedding(lab, x)|F.pad(x, (1, 1))|F.normalize(x)|F.cosine_similarity(x, y)
t.cdist(x, y)|x.unfold(0, 2, 1)|x.squeeze()|x.unsqueeze(0)|x.permute(1, 0)|x.scatter(1, lab[:, None], y)|x.take(lab)|x.nan_to_num()
x.fmod(2)|x.remainder(2)|x.sinh()|x.asin()|x.reciprocal()|x.square()|x.log1p()|x.expm1()|x.logit()|t.outer(x[0], x[1])|t.dot(x[0], x[1])
x.amax(0)|x.median()|x.kthvalue(1)[0]|x.acos()|x.atan()|x.cosh()|x.asinh()|(x + 1).acosh()|x.atanh()|x.exp2()|x.log2()|x.log10()|x.erfc()
x.erfinv()|x.digamma()|x.polygamma(1)|x.i0()|x.sinc()|x.deg2rad()|x.rad2deg()|x.frac()|x.sgn()|x.sign()|x.floor()|x.nan_to_num(1)
t.special.entr(x)|t.special.ndtr(x)|t.special.ndtri(x)|t.special.log_ndtr(x)|t.special.erfcx(x)|t.special.i1(x)|t.special.i0e(x)
t.special.i1e(x)|t.special.xlog1py(x, y)|x.xlogy(y)|x.hypot(y)|x.logaddexp(y)|x.logaddexp2(y)|x.copysign(y)|x.copysign(-1.0)|t.fmax(x, y)
t.fmin(x, y)|t.minimum(x, y)|x.clamp_min(0.3)|x.clamp_max(0.6)|x.clamp(y, y + 1)|x.fmod(y)|x.remainder(y)|t.lerp(x, y, 0.3)
t.lerp(x, y, p)|t.addcmul(x, x, y, value=0.3)|t.addcdiv(x, x, y, value=0.3)|t.rsub(x, 1)|t.add(x, x, alpha=2)|t.sub(y, x, alpha=2)|3 / x
1 - x|x % 2|x.ldexp(y)|t.float_power(x, 2)|y.pow(x)|x.pow(1)|x.pow(0)|x.pow(0.5)|x.pow(-1)|x.sum(0)|x.sum((0, 1), True)|x.mean(0)
x.mean((0, 1), True)|x.prod(0)|x.var(0)|x.std(0)|x.std(0, True, True)|t.var_mean(x, 0)[0]|t.var_mean(x)[1]|t.std_mean(x)[0]|x.norm(1)
x.norm(3)|x.norm(2, 0)|x.norm(0.5)|x.norm(float("inf"))|x.norm(float("inf"), 0)|t.linalg.norm(x)|t.linalg.vector_norm(x, 3)
t.linalg.matrix_norm(x)|t.linalg.matrix_norm(x, 2)|t.linalg.matrix_norm(x, "nuc")|t.dist(x, y)|t.dist(x, y, 1)|x.renorm(2, 0, 0.5)|x.min()
x.min(0)[0]|x.amin(0)|x.amax()|t.aminmax(x, dim=0)[0]|x.median(0)[0]|x.nanmedian()|x.mode(0)[0]|x.quantile(0.3)|x.quantile(0.3, 0)
x.nansum()|x.nansum(0)|x.nanmean()|x.logsumexp(1)|x.logcumsumexp(0)|x.cummax(0)[0]|x.cumsum(1)|x.cumprod(1)|x.diff()|t.trapezoid(x)
t.cumulative_trapezoid(x)|x.msort()|x.sort(descending=True)[0]|x.topk(2, 0)[0]|t.cov(x)|t.corrcoef(x)|x[1:3]|x[None]|x[..., 0]|x[x > 0.5]
x[0, 1]|x[:, lab[:2]]|x[lab, lab.clamp(max=2)]|x[::2]|x.select(0, 1)|x.narrow(0, 1, 2)|x.masked_select(x > 0.5)
x.masked_scatter(x > 0.5, y)|x.masked_fill(x > 0.5, t.tensor(1.0))|x.index_add(0, lab, y)|x.index_copy(0, t.tensor([0, 1]), y[:2])
x.index_fill(0, lab, 1.0)|x.index_put((lab,), y)|x.scatter_add(1, lab[:, None], y)|x.scatter_reduce(1, lab[:, None], y, "amax")
x.scatter_reduce(1, lab[:, None], y, "prod")|x.scatter_reduce(1, lab[:, None], y, "mean")|t.take_along_dim(x, lab[:, None], 1)
x.put(lab, t.ones(4))|x.chunk(2)[1]|x.tensor_split(2)[0]|x.hsplit(3)[0]|x.unbind(1)[2]|x.triu()|x.diagonal()|x.diag_embed()|t.diagflat(x)
x.flipud()|x.rot90()|x.roll((1, 2), (0, 1))|x.movedim(0, 1)|x.swapaxes(0, 1)|x.mT|x.T|x.transpose(0, 1)|x.unflatten(1, (3, 1))
x.squeeze(0)|x.unsqueeze(1).squeeze()|x.unsqueeze(1).squeeze(1)|x.broadcast_to(2, 4, 3)|x.tile(2, 2)|x.repeat(2, 2, 2)
x.repeat_interleave(2, 0)|x.view(3, 4)|x.view_as(y)|x.ravel()|x.contiguous()|x.clone()|t.cat([x, y], 1)|t.stack([x, y], 1)
t.hstack([x, x])|t.vstack([x, x])|t.dstack([x, x])|t.block_diag(x, x)|t.cartesian_prod(x[0], x[1])|t.combinations(x[0])
t.meshgrid(x[0], x[1], indexing="ij")[0]|x.as_strided((2, 2), (3, 1))|x.to(t.float64)|x.double()|x.half()|x.real|t.complex(x, y).abs()
t.view_as_real(t.complex(x, y))|t.polar(x, y).real|t.complex(x, y).angle()|t.where(x > 0.5, x, 0.0)|t.where(x > 0.5, 0.0, x)|y.t() @ x
x.mv(y[0])|x[0] @ y[0]|x[0].dot(y[0])|t.inner(x, y)|t.outer(x[0], y[0])|t.kron(x, y)|t.cross(x, y, dim=1)
t.baddbmm(b[None, None].expand(1, 4, 4), x[None], y.t()[None])|t.addmv(b, x, y[0])|t.addr(x, b, y[0])
t.addbmm(t.ones(4, 4), x[None], y.t()[None])|t.einsum("ij->j", x)|t.einsum("ij,ij->", x, y)|t.linalg.multi_dot([x, y.t(), x])
t.matrix_power(x.t() @ x, 2)|t.matrix_exp(x.t() @ x)|(x.t() @ x).trace()|(x.t() @ x + t.eye(3)).logdet()
(x.t() @ x + t.eye(3)).slogdet()[1]|t.linalg.cholesky(x.t() @ x + t.eye(3))|t.linalg.qr(x)[1]|t.linalg.svdvals(x)
t.linalg.svd(x, full_matrices=False)[1]|t.linalg.eigvalsh(x.t() @ x)|t.linalg.eigh(x.t() @ x)[0]|t.linalg.pinv(x)|t.linalg.lstsq(x, y)[0]
t.linalg.solve_triangular(x[:3].tril() + t.eye(3), y[:3], upper=False)|t.cholesky_solve(y[:3], x[:3].tril() + t.eye(3))
t.cholesky_inverse(x[:3].tril() + t.eye(3))|t.linalg.lu(x)[2]|t.linalg.vander(x[0])|t.linalg.cond(x[:3] + t.eye(3))|t.fft.fft(x).abs()
t.fft.rfft(x).real|t.fft.irfft(t.complex(x, y))|F.linear(x, y, b)|F.bilinear(x, x, t.ones(2, 3, 3))|F.pad(x, (1, 1), "reflect")
F.pad(x, (1, 1), "replicate")|F.pad(x, (1, 1), value=2.0)|F.normalize(x, 1.0)|F.pairwise_distance(x, y)|F.pdist(x)
F.cosine_similarity(x, y, 0)|F.glu(F.pad(x, (0, 1)))|F.prelu(x - 0.5, t.tensor([0.2]))|F.softmin(x, 0)|F.threshold(x, 0.5, 1.0)
F.hardshrink(x)|F.softshrink(x)|F.celu(x, 0.5)|F.instance_norm(x[None])|F.rms_norm(x, (3,))|F.local_response_norm(x[None], 2)
F.batch_norm(x, y[0], p[0])|F.layer_norm(x, (3,), y[0], p[0])|F.embedding(lab, x, padding_idx=1)|F.embedding_bag(lab[None], x)
F.scaled_dot_product_attention(x[None], y[None], y[None])|F.binary_cross_entropy_with_logits(x, p, pos_weight=y[0])
F.binary_cross_entropy_with_logits(x, p, p)|F.poisson_nll_loss(x, p)|F.gaussian_nll_loss(x, y, p)|F.kl_div(x, p, reduction="batchmean")
F.kl_div(x, p, reduction="sum", log_target=True)|F.cross_entropy(x, p)|F.cross_entropy(x, lab, label_smoothing=0.1)
F.cross_entropy(x, lab, y[0])|F.nll_loss(x, lab, reduction="none")|F.mse_loss(x, y, reduction="none")|F.mse_loss(x, y, reduction="sum")
F.l1_loss(x, y, reduction="sum")|F.huber_loss(x, y, reduction="none")|F.smooth_l1_loss(x, y, beta=0.2)|F.soft_margin_loss(x, y)
F.multi_margin_loss(x, lab)|F.multilabel_soft_margin_loss(x, p)|F.multilabel_margin_loss(x, lab[None].expand(4, 4)[:, :3])
F.hinge_embedding_loss(x, (y > 0.5) * 2.0 - 1)|F.margin_ranking_loss(x[0], x[1], t.ones(3))|F.triplet_margin_loss(x, y, p)
F.cosine_embedding_loss(x, y, t.ones(4))|F.relu(x * 1, True)|F.group_norm(x, 3)|t.tensordot(x, y, ([1], [1]))
""".strip().replace("\n", "|").split("|")

_WRITES = "PyTorch writes into a part of a new tensor there (CopySlices)"
_OWN = "one operator with a backward pass of its own in PyTorch, composed of others here"
_REFUSED = "PyTorch refuses to differentiate it twice"

# Where the names differ, and why.
EXCEPTIONS = {
    "x.as_strided((2, 2), (3, 1))": _WRITES, "t.matrix_exp(x.t() @ x)": _WRITES, "t.linalg.qr(x)[1]": _WRITES,
    "t.fft.rfft(x).real": _WRITES, "t.fft.irfft(t.complex(x, y))": _WRITES, "(x.t() @ x).trace()": _WRITES,
    "t.linalg.lu(x)[2]": _WRITES, "F.bilinear(x, x, t.ones(2, 3, 3))": _OWN, "F.pdist(x)": _OWN, "F.embedding_bag(lab[None], x)": _OWN,
    "F.scaled_dot_product_attention(x[None], y[None], y[None])": _OWN, "F.local_response_norm(x[None], 2)": _OWN,
    "F.multi_margin_loss(x, lab)": _REFUSED, "F.multilabel_margin_loss(x, lab[None].expand(4, 4)[:, :3])": _REFUSED,
    "F.group_norm(x, 3)": "PyTorch keeps the sums of the first derivative apart", "x.renorm(2, 0, 0.5)": "PyTorch casts between",
    "x.quantile(0.3)": "PyTorch moves dimensions in another order", "x.quantile(0.3, 0)": "PyTorch moves dimensions in another order",
    "x.logcumsumexp(0)": "PyTorch takes logarithms, whose second derivatives are NaN where a gradient is 0",
    "t.trapezoid(x)": "both ends are added up in another order",
}  # fmt: skip


def names(library: Any, expression: str) -> list[str]:
    library.manual_seed(0)
    scope = {"t": library, "F": library.nn.functional, "y": library.rand(4, 3), "p": library.rand(4, 3), "b": library.rand(4)}
    x = scope["x"] = (library.rand(4, 3) * 0.8 + 0.1).requires_grad_()
    scope["lab"] = library.tensor([0, 2, 1, 1])
    value = eval(expression, scope)
    gradient = library.autograd.grad((value * value).sum(), x, create_graph=True)[0]
    found, seen, pending = [], set(), [gradient.grad_fn]
    while pending:
        node = pending.pop(0)
        if node is not None and node not in seen:
            seen.add(node)
            found.append(node.name())
            pending += [target for target, _ in node.next_functions]
    return found


@pytest.mark.parametrize("expression", EXPRESSIONS)
@pytest.mark.filterwarnings("ignore")
def test_names(expression: str) -> None:
    same = names(torch, expression) == names(real, expression)
    assert same is (expression not in EXCEPTIONS)


def test_every_exception_is_one_of_the_expressions() -> None:
    assert set(EXCEPTIONS) <= set(EXPRESSIONS)


# In a hook numbers are a person's own, and so are those of the forward pass when they come back in its derivative.
@pytest.mark.parametrize("hook", [lambda g: g * 2, lambda g: (1 - g) / 2 + 1])
def test_numbers_in_hooks_are_named_as_in_a_program(hook: Any) -> None:
    made = []
    for library in (torch, real):
        x = library.tensor([1.0, 2.0], requires_grad=True)
        y = x * 2
        y.register_hook(hook)
        gradient = library.autograd.grad((y * y).sum(), x, create_graph=True)[0]
        node, found = gradient.grad_fn, []
        while node is not None:
            found.append(node.name())
            node = node.next_functions[0][0]
        made.append(found)
    assert made[0] == made[1]
