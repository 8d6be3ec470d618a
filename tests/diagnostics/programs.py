"""Programs over many operators, of which gradients are explained and compared: with each other, with finite differences, with PyTorch."""

from __future__ import annotations

# What may follow of `a` (and `b`, of the same shape [2, 2]); every value stays near 1, where each has a derivative.
ELEMENTWISE = [
    "a * b", "a + b", "a - b * 2", "a / (b * b + 1)", "(a * 0.5).tanh()", "(a * 0.3).exp()", "(a * a + 1).log()", "(a * a + 0.5).sqrt()", "a.sin()",
    "a.cos()", "a.sigmoid()", "a.neg()", "a.square()", "(a * a + 1).reciprocal()", "(a * a + 1) ** 1.5", "a ** 3", "(a * a + 1).rsqrt()", "a.atan()",
    "a.erf()", "a.expm1() * 0.5", "(a * a).log1p()", "torch.nn.functional.softplus(a)", "torch.nn.functional.gelu(a)", "torch.nn.functional.silu(a)",
    "torch.nn.functional.elu(a)", "torch.nn.functional.leaky_relu(a, 0.1)", "a.relu() + a * 0.1", "a.abs() + 0.1", "a.clamp(-0.9, 1.7) + a * 0.1",
    "torch.where(a > 0.3, a, b)", "torch.maximum(a, b)", "torch.minimum(a, b * 1.1)", "torch.hypot(a, b + 2)", "torch.atan2(a, b * b + 1)",
    "torch.lerp(a, b, 0.3)", "torch.addcmul(a, b, b, value=0.5)", "torch.logaddexp(a, b)", "(a * 0.4).sinh()", "(a * 0.4).cosh()", "a.sinc()",
    "(a.sin() * 0.9).asin()", "(a.sin() * 0.9).atanh()", "torch.nn.functional.hardswish(a)", "a.masked_fill(b > 0.8, 0.5)",
]  # fmt: skip
MIXING = [
    "a @ b", "a.t() @ a", "a.softmax(1)", "a.log_softmax(0)", "a.cumsum(0)", "a.cumprod(1)", "a - a.mean()", "a / (1 + a.norm())", "a.flip(0)", "a.roll(1, 1)",
    "a.t()", "a.reshape(4).view(2, 2)", "torch.stack([a[0], b[1]])", "torch.cat([a[:1], b[:1]])", "a.unbind(0)[1].expand(2, 2)", "a.sort(1).values", "a.topk(2).values",
    "a.max(dim=1, keepdim=True).values + b", "a.logsumexp(1, keepdim=True) + a * 0.1", "a + a.std()", "a.prod() * 0.1 + b", "torch.einsum('ij,jk->ki', a, b)",
    "a.gather(1, torch.tensor([[0, 0], [1, 0]]))", "a[torch.tensor([1, 1])]", "a.index_select(1, torch.tensor([1, 0]))", "a.tril() + b", "torch.outer(a[0], b[1])",
    "torch.linalg.inv(a @ a.t() + 2 * torch.eye(2))", "torch.linalg.det(a + 2 * torch.eye(2)) * 0.1 + b", "torch.linalg.solve(b @ b.t() + torch.eye(2), a)", "a.clone().mul_(b)", "a.repeat(2, 1)[1:3]",
    "torch.nn.functional.layer_norm(a, (2,))", "a.T.reshape(2, 2)", "torch.complex(a, b).abs()", "torch.complex(a, b).square().real", "a.squeeze().unsqueeze(0)[0]",
]  # fmt: skip
START = "a, b = x.view(2, 2) * 0.7 + 0.2, x.view(2, 2).flip(1) * 0.6 - 0.1"
X0 = [0.5, -1.3, 0.9, 1.7]


def program(steps: list[str]) -> str:
    lines = [START]
    for number, step in enumerate(steps):
        lines.append(("a = " if number % 2 else "b = ") + step)
    return "\n".join([*lines, "loss = (a * b).sum()"])
