"""Records what PyTorch gives for making, joining, picking and overwriting tensors, in `data/making.json`.

Run it with PyTorch installed: `python tests/parity/record_making.py`. An entry is an expression and either the text of its
value, with the name of its `grad_fn` if it has one, or the type and text of the error. Every expression starts from seed 0.
`tests/ops/test_making.py` evaluates the same expressions without PyTorch.
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

DATA = Path(__file__).with_name("data") / "making.json"

# What the expressions may use, made with either library.
NAMES = {
    "A": "torch.ones",
    "L": "torch.tensor",
    "m": "torch.arange(6.).reshape(2, 3)",
    "i": "torch.tensor([0, 1])",
    "g": "torch.ones(2, 3, requires_grad=True).clone()",
    "G": "torch.Generator().manual_seed(7)",
    "F": "torch.nn.functional",
}

CREATION = """
    torch.zeros(2, 3); torch.zeros((2, 0)); torch.zeros(2, dtype=torch.bool); torch.zeros([]); torch.zeros(-1, 2)
    torch.empty(2, -1); torch.zeros('a'); torch.zeros(1.5); torch.zeros([1.5])
    torch.zeros(2, out=torch.empty(0, dtype=torch.int64)); torch.ones(2, 2); torch.ones(10**12, 10**12)
    torch.ones(2, dtype=torch.int64, requires_grad=True); torch.ones(2, requires_grad=True)
    torch.zeros(2, out=torch.empty(2, dtype=torch.int64), dtype=torch.float32); torch.full((2,), 3); torch.full((2,), 3.5)
    torch.full((2,), True); torch.full((2,), 1j); torch.full((2,), 300, dtype=torch.uint8)
    torch.full((2,), -1, dtype=torch.uint8); torch.full((2,), -256, dtype=torch.uint8); torch.full((2,), 1e30, dtype=torch.int64)
    torch.full((2,), float('nan'), dtype=torch.int64); torch.full((2,), 1e30, dtype=torch.float16); torch.full((2,), 'a')
    torch.full((2,), float('inf'), dtype=torch.float16); torch.full((2,), 1+1j, dtype=torch.float32)
    torch.full((2,), 2, dtype=torch.bool); torch.eye(2, 3); torch.eye(-1); torch.eye(2, -1); torch.scalar_tensor(3)
    torch.scalar_tensor(300, dtype=torch.uint8); torch.empty_strided((2, 3), (1, 2)).stride()
    torch.empty_strided((2, 3), (1, 2, 3)); torch.empty_strided((2, 3), (-1, 2)); torch.empty_permuted((2, 3), (1, 0)).stride()
    torch.empty_permuted((2, 3), (0, 0)); torch.empty_permuted((2, 3), (0,)); torch.zeros_like(m.T).stride()
    torch.zeros_like(A(2, 3, 4)[:, 1:, ::2]).stride(); torch.ones_like(A(2, 1).expand(2, 3)).stride()
    torch.zeros_like(A(2, 3, 4, 5), memory_format=torch.channels_last).stride(); torch.full_like(A(2), 3, requires_grad=True)
    torch.zeros_like(A(2, 3, 4), memory_format=torch.channels_last); i.new_full((2,), 3.5); A(2).new_tensor([1, 2])
    i.new_zeros(2, 2); i.new_ones(2, dtype=torch.float32); A(2).new_empty((0, 2)); torch.ones_like(i, dtype=torch.float64)
"""
RANGES = """
    torch.arange(5); torch.arange(1, 2.5, .5); torch.arange(5, 0, -2); torch.arange(0, 5, -1); torch.arange(0, 5, 0)
    torch.arange(3, 1); torch.arange(0, float('inf')); torch.arange(0, float('nan')); torch.arange(1, 5, dtype=torch.bool)
    torch.arange(True); torch.arange('a'); torch.arange(0, 10, 1.5, dtype=torch.int32); torch.arange(0, 10, .5, dtype=torch.int64)
    torch.arange(2.5, out=L([0, 0])); torch.arange(0, 6.4, .1).tolist(); torch.arange(1, 9, .3, dtype=torch.float16).tolist()
    torch.arange(250, 260, dtype=torch.uint8); torch.arange(0, 1, .05, dtype=torch.float64).tolist()
    torch.arange(5, requires_grad=True); torch.range(1, 4); torch.range(1, 4, 0); torch.linspace(3, 10, 5)
    torch.linspace(0, 1, 1); torch.linspace(0, 1, 0); torch.linspace(0, 1, -1); torch.linspace(0, 10, 4, dtype=torch.int64)
    torch.linspace(0, 1+1j, 3); torch.linspace(L(0.), 1, 3); torch.linspace(A(1), 1, 3); torch.linspace(0, 1, 17).tolist()
    torch.linspace(0, 1, 3, dtype=torch.bool); torch.linspace(-1.7, 2.3, 9, dtype=torch.bfloat16)
    torch.linspace(0, 1+1j, 3, dtype=torch.float32); torch.logspace(-10, 10, 5); torch.logspace(0, 3, 4, dtype=torch.int64)
    torch.logspace(0, 3, 4, base=-2); torch.logspace(.1, 1, 7).tolist()
"""
RANDOM = """
    torch.rand(3); torch.rand(2, 2, generator=G); torch.randn(2, 3); torch.randn(20)[-3:]; torch.randn(2, dtype=torch.complex64)
    torch.rand(2, dtype=torch.int64); torch.randn(2, dtype=torch.int64); torch.rand(-1); torch.randint(10, (2, 2))
    torch.randint(3, 9, (3,)); torch.randint(5, (2,), dtype=torch.float32); torch.randint(0, (2,)); torch.randint(3, 2, (2,))
    torch.randint(5, (2,), dtype=torch.bool); torch.randperm(6); torch.randperm(-1); torch.randperm(3000, dtype=torch.float16)
    torch.randperm(3000, dtype=torch.uint8); torch.randperm(5, dtype=torch.bool); torch.rand_like(m.T)
    torch.randn_like(A(4, 5).T); torch.randint_like(m, 3, 9); torch.rand_like(i); torch.normal(2., 3., (2,)); torch.normal(m, 1.)
    torch.normal(1., A(3)); torch.normal(A(2, 1), A(3)); torch.normal(A(2), -1.); torch.normal(A(2), L([-1., 1]))
    torch.normal(i, 1.); torch.normal(A(2), A(3)); torch.normal(g, 1.); torch.normal(1., g); torch.normal(g, g)
    torch.bernoulli(L([.1, .9, .5])); torch.bernoulli(A(2), 1.5); torch.bernoulli(L([1.5])); torch.bernoulli(i)
    A(3).bernoulli(.3); A(4).bernoulli_(); A(4).bernoulli_(L([0., 1., .5, .5])); A(2).bernoulli_(L([1., 0., 1.]))
    A(2).bernoulli_(i); torch.multinomial(L([.1, .2, .7]), 2); torch.multinomial(A(2, 3), 4, True); torch.multinomial(A(2), 3)
    torch.multinomial(A(2, 2, 2), 1); torch.poisson(L([.5, 20.])); torch.poisson(L([-1.]))
    torch.binomial(L([10., 5.]), L([.5, .2])); torch.multinomial(A(2), 1, out=A(1)); A(3).uniform_(1, 2); A(3).normal_(1, 2)
    A(3).random_(); A(3).random_(5); A(3).random_(2, 9); A(3).random_(5, 2); A(3).random_(0, None); A(3).exponential_(2)
    A(3).exponential_(-1); A(3).cauchy_(); A(3).log_normal_(); A(3).geometric_(.5); A(3).geometric_(2.); i.clone().normal_()
    A(4, 5).T.normal_(); A(4, 5)[:, ::2].uniform_(); g.uniform_(); g.normal_(); g.random_(); g.bernoulli_(.5); g.geometric_(.5)
    torch.bernoulli(g); torch.poisson(g); A(2).normal_(generator=G); A(2).expand(2, 2).uniform_()
"""
JOINING = """
    torch.atleast_1d(); torch.randint(5, 2); torch.normal('a')
    torch.cat([A(2), L([3])]); torch.cat([A(0), A(2, 2)], 1); torch.cat([m, m], -1); torch.cat([]); torch.cat([A(2), A(())])
    torch.cat([m, A(2)]); torch.cat([m, A(2, 2)]); torch.cat([m, A(2, 2)], 2); torch.cat(A(2)); torch.cat([A(2), 3])
    torch.concat([i, i]); torch.cat([g, m]); torch.cat([i, L([True])]); torch.cat([A(2), A(2).double()])
    torch.cat([A(2), A(2)], out=A(0)); torch.cat([A(2), A(2)], axis=0); torch.stack([A(2), A(3)]); torch.stack([A(2), i], 1)
    torch.stack([A(2)], 5); torch.stack([]); torch.stack([L(1), L(2.)]); torch.stack([g, m]); torch.hstack([A(2), A(1)])
    torch.hstack([m, A(3)]); torch.hstack([]); torch.vstack([A(2), A(3)]); torch.vstack([i, i]); torch.dstack([i, i])
    torch.column_stack([i, i]); torch.column_stack([A(2), A(3)]); torch.row_stack([i, i]); torch.block_diag(A(2), m, L(3))
    torch.block_diag(A(2, 2, 2)); torch.block_diag(); torch.meshgrid(i, A(3, dtype=torch.int64), indexing='ij')
    torch.meshgrid(i, L([5, 6, 7]), indexing='xy'); torch.meshgrid(i, A(2)); torch.meshgrid()
    torch.meshgrid(A(2), A(2), indexing='zz'); [x.stride() for x in torch.meshgrid(A(2), A(3), indexing='ij')]
    torch.cartesian_prod(i, L([4, 5])); torch.cartesian_prod(i, m); torch.cartesian_prod(i); torch.combinations(L([1, 2, 3]))
    torch.combinations(m); torch.combinations(L([1, 2]), 3); torch.combinations(i, with_replacement=True)
    torch.combinations(i, -1); torch.broadcast_tensors(A(2, 1), i); torch.broadcast_tensors(A(2), A(3))
    torch.broadcast_shapes((2, 1), (3,), 1); torch.broadcast_shapes((2,), (3,)); torch.broadcast_shapes((2, -1))
    torch.atleast_1d(L(1)); torch.atleast_2d(i, L(1)); torch.atleast_3d([i]); torch.atleast_3d(m).shape; m.repeat(2, 1)
    i.repeat(2, 2); m.repeat(2); m.repeat(-2, 1); m.repeat(0, 1); m.tile(2); torch.tile(i, (2, 1, 1)).shape; g.repeat(2, 1)
    m.repeat_interleave(2); m.repeat_interleave(2, 0); m.repeat_interleave(L([1, 2]), 0); m.repeat_interleave(L([1, 2, 3]), 0)
    m.repeat_interleave(-1); m.repeat_interleave(L([1, -2]), 0); m.repeat_interleave(L([1., 2.]), 0)
    torch.repeat_interleave(L([1, 2])); m.repeat_interleave(2, output_size=5); g.repeat_interleave(2)
    g.repeat_interleave(L([1, 2]), dim=0); m.flip(0); m.flip(0, 1); m.flip(0, 0); m.flip(2); m.fliplr(); i.fliplr(); L(1).flipud()
    g.flip(0); m.roll(1); m.roll((1, -1), (0, 1)); m.roll((1, 2), 0); m.roll(()); L(1.).roll(1, 0); m.rot90(); m.rot90(-1, (1, 0))
    m.rot90(1, [0]); i.rot90(); m.rot90(1, [0, 0]); m.rot90(1, [0, 5]); g.rot90(); g.roll(1)
"""
PICKING = """
    m.gather(1, L([[0, 2], [1, 1]])); m.gather(0, L([[0, 5, 1]])); m.gather(0, i); m.gather(0, L([[0.]]))
    m.gather(1, L([[0], [1], [1]])); m.gather(5, L([[0]])); m.gather(0, L([[-1]])); i.gather(0, L(1)); L(3).gather(0, i * 0)
    g.gather(0, L([[0]])); m.gather(0, L([[0]]).int()); m.index_select(1, L([2, 0])); m.index_select(0, L([5]))
    m.index_select(0, L([-1])); m.index_select(0, L([[1]])); m.index_select(0, L([1.])); L(3.).index_select(0, L([0]))
    m.T.contiguous().index_select(1, i).stride(); m.take(L([5, -1])); m.take(L([10])); m.take(L([1.])); A(0).take(L([0]))
    torch.take_along_dim(m, L([[2], [0]]), 1); torch.take_along_dim(m, L([0]), 0); torch.take_along_dim(m, L([3, 1]))
    m.masked_select(m > 2); m.masked_select(L([True, False, True])); m.masked_select(L([1, 0, 1]))
    m.masked_select(L([True, False])); m.nonzero(); m.nonzero(as_tuple=True); L(5).nonzero(); L(5).nonzero(as_tuple=True)
    torch.argwhere(i); torch.nonzero_static(i, size=2); g.take(i); g.masked_select(m > 2); g.index_select(0, i)
"""
OVERWRITING = """
    A(7, 3).fill_diagonal_(5, wrap=True); A(3).fill_diagonal_(1); A(2, 3, 2).fill_diagonal_(1); A(2, 2, 2).fill_diagonal_(2)
    (g * 1).fill_diagonal_(5); A(2, 2).fill_diagonal_(1j)
    m.scatter(0, L([[1, 0, 1]]), 9.); m.scatter(0, L([[0, 5]]), 1.); m.scatter(0, L([0]), 1.)
    m.scatter(0, L([[0]]), A(2, 2).double()); m.scatter(0, L([[0, 0, 0], [0, 0, 0]]), A(1, 3))
    m.scatter(0, L([[0, 0, 0], [0, 0, 0]]), m, reduce='add'); m.scatter(1, L([[0, 1]]), m)
    m.scatter(0, L([[0, 0, 0]]), 2, reduce='multiply'); m.scatter(0, L([[0, 0, 0]]), m, reduce='foo'); m.scatter(0, L([[1.]]), 1)
    L(3).scatter(0, i * 0, 1); m.scatter_add(1, L([[0, 0, 2]]), m); m.scatter_reduce(1, L([[0, 0, 2]]), m, 'mean')
    m.scatter_reduce(1, L([[0, 0, 2]]), m, 'foo'); m.scatter_reduce(1, L([[0, 0, 2]]), m, 'prod', include_self=False)
    m.scatter_reduce(0, L([[1, 1, 0]]), m, 'amin'); m.clone().scatter_(0, L([[1]]), 7)
    m.scatter_reduce(0, L([[0]]), A(1, 1).double(), 'sum'); g.scatter(0, L([[0]]), 1.); g.scatter(0, L([[0]]), m)
    g.scatter_add(0, L([[0]]), m); m.index_add(0, L([0, 0]), m, alpha=2); m.index_add(0, L([5]), A(1, 3))
    m.index_add(0, i, A(1, 3)); m.index_add(0, i, A(2, 4)); m.index_add(0, i, A(2)); m.index_add(0, i, m.double())
    m.index_add(0, i.float(), m); m.index_add(0, L([[0]]), A(1, 3)); m.clone().index_add_(1, L([0]), A(2, 1))
    m.index_copy(1, L([2, 0]), m[:, :2]); m.index_copy(0, L([5]), A(1, 3)); m.index_copy(0, i, A(1, 3))
    m.index_copy(0, i, A(2, 4)); m.index_copy(0, i, A(2)); m.index_copy(0, i, m.double()); m.index_copy(0, i.int(), m)
    m.index_fill(0, L([-1]), 7); m.index_fill(0, L([5]), 1.); m.index_fill(0, L([1.]), 1.); m.index_fill(0, L([[1]]), 1.)
    m.index_fill(0, i, A(2)); m.long().index_fill(0, L(1), 1.5); m.index_fill(0, i, 1+2j); m.index_fill(0, L([1]), L(4.))
    m.index_reduce(0, L([1, 1]), m, 'amax'); m.index_reduce(0, L([1, 1]), m, 'mean', include_self=False)
    m.index_reduce(0, i, m, 'foo'); g.index_fill(0, i, 1.); m.masked_fill(m > 2, -1); m.masked_fill(L([1, 0, 1]), 1)
    m.masked_fill(L([True, False]), 1); m.masked_fill(m > 2, A(2)); m.half().masked_fill(m > 2, 1e30); A(3).masked_fill(m > 2, 5.)
    A(3).masked_fill_(m > 2, 5.); i.masked_fill(i > 0, 1.5); m.masked_fill(m > 2, 1j); g.masked_fill(m > 2, 1.)
    g.masked_fill_(m > 2, 1.); A(3).masked_scatter(L([True, False, True]), L([5., 6., 7.])); A(3).masked_scatter(A(3) > 0, A(2))
    A(3).masked_scatter(A(3) > 0, A(3).double()); m.put(L([1, -1]), A(2)); m.put(L([10]), A(1)); m.put(L([1, 2]), A(1))
    m.put(L([1, 2]), A(2).double()); m.put(L([1, 1]), A(2), accumulate=True); torch.select_scatter(m, A(3), 0, 1)
    torch.select_scatter(m, A(2), 0, 1); torch.select_scatter(m, A(3), 0, 5); torch.slice_scatter(m, A(2, 1), 1, 2)
    torch.slice_scatter(m, A(3), 0, 1); torch.diagonal_scatter(m, -A(2)); torch.diagonal_scatter(m, A(3))
    torch.as_strided_scatter(m, -A(2), (2,), (2,), 1); torch.as_strided_scatter(m, A(3), (2,), (1,))
    torch.as_strided_scatter(m.T, -A(2), (2,), (1,)); torch.fill(m, 3); torch.fill(m, A(2)); torch.fill(i, 1.5)
    g.select_scatter(A(3), 0, 1); g.put(i, A(2)); g.index_copy(0, i, m); torch.fill(g, 1.)
    torch.as_strided_scatter(g, A(2), (2,), (1,)); g.index_add(0, i, m)
"""
PADDING = """
    F.pad(i, (1, 2)); F.pad(m, (1, 0, 0, 1), value=7); F.pad(m, (-1, 1)); F.pad(i, (1,)); F.pad(i, (1, 1, 1, 1))
    F.pad(i, (1, 1), 'foo'); F.pad(m, (1, 2), 'reflect'); F.pad(m, (1, 2), 'replicate'); F.pad(m, (2, 1), 'circular')
    F.pad(m, (3, 1), 'reflect'); F.pad(m, (4, 1), 'circular'); F.pad(m, (1, 1), 'reflect', 1); F.pad(A(2), (1, 1), 'reflect')
    F.pad(g, (1, 1)); F.pad(g, (1, 1), 'reflect'); torch.constant_pad_nd(m, (1, 1), 9)
"""
GROUPS = (CREATION, RANGES, RANDOM, JOINING, PICKING, OVERWRITING, PADDING)


def expressions() -> list[str]:
    """Every expression, in order."""
    found = [part.strip() for group in GROUPS for line in group.splitlines() for part in line.split(";")]
    return [part for part in found if part]


def outcome(expression: str, torch: Any) -> list[str]:
    """`[text]` or `[text, grad_fn's name]` of the value, or `[type, text]` of the error after "error"."""
    names = {name: eval(made, {"torch": torch}) for name, made in NAMES.items()}
    torch.manual_seed(0)
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
