"""What is advised after the mistakes that beginners make: our words, and code that works where they say so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from record_transcripts import programs

from tensorsh import Session, TensorshError
from tensorsh.diagnostics.failure import Failure

SETUP = """
import torch
import torch.nn.functional as F
import math
import numpy as np
x = torch.arange(6.).view(2, 3)
y = torch.ones(4, 3)
v = torch.tensor([1., 2., 3.])
w = torch.ones(3, requires_grad=True)
idx = torch.tensor([0, 1])
m = torch.eye(3)
img = torch.zeros(2, 3, 8, 8)
lab = torch.tensor([0, 2])
d = {"weight": m, "bias": v}
l = [1, 2, 3]
s = torch.tensor(3.)
i64 = torch.arange(3)
b = torch.tensor([True, False, True])
wide = v.expand(2, 3)
"""
MISTAKES = Path(__file__).parents[1] / "transcripts" / "mistakes.txt"  # with what PyTorch says to each


def failure_of(source: str, *before: str) -> Failure | None:
    """What is known about the failure of `source`; None if it does not fail."""
    session = begun(*(before or [SETUP]))
    try:
        session.run(source)
    except TensorshError as error:
        return error.failure
    return None


def begun(*sources: str) -> Session:
    """A session that has run these, whether they fail or not."""
    session = Session(seed=0)
    for source in sources:
        with suppress(TensorshError):
            session.run(source)
    return session


ADVISED = [
    # the mistake, what is said about it, code that would work
    # shapes that do not fit
    ("x @ y", "The last dimension of x (3) must equal the second last of y (4).", ["x @ y.t()"]),
    (
        "x + y",
        "Shapes are compared from the right: in dimension -2, x has 2 and y has 4. They must be equal, or one of them 1.",
        [],
    ),
    (
        "x + torch.ones(2)",
        "Shapes are compared from the right: in dimension -1, x has 3 and torch.ones(2) has 2. They must be equal, or one of them 1.",
        ["x + torch.ones(2).unsqueeze(1)", "x.t() + torch.ones(2)"],
    ),
    (
        "x * torch.ones(4)",
        "Shapes are compared from the right: in dimension -1, x has 3 and torch.ones(4) has 4. They must be equal, or one of them 1.",
        [],
    ),
    ("x @ x", "The last dimension of x (3) must equal the second last of x (2).", ["x @ x.t()", "x.t() @ x"]),
    ("x.mm(v)", "mm is for two matrices; x is [2, 3] and v is [3].", ["x.matmul(v)"]),
    ("m.mv(x)", "mv is for a matrix and a vector; m is [3, 3] and x is [2, 3].", []),
    ("torch.dot(x, x)", "dot is for two vectors; x is [2, 3] and x is [2, 3].", ["(x * x).sum()"]),
    (
        "v.dot(torch.ones(2))",
        "The product of two vectors needs equal lengths: v has 3 and torch.ones(2) has 2.",
        ["torch.outer(v, torch.ones(2))"],
    ),
    ("torch.bmm(x, x)", "bmm is for two batches of matrices; x is [2, 3] and x is [2, 3].", []),
    ("x @ 2", "@ is for vectors and matrices; a number is multiplied with *.", ["x * 2"]),
    (
        "torch.ones(3, 4) @ torch.ones(3)",
        "The last dimension of torch.ones(3, 4) (4) must equal the length of torch.ones(3) (3).",
        ["torch.ones(3, 4).t() @ torch.ones(3)", "torch.ones(3) @ torch.ones(3, 4)"],
    ),
    (
        "torch.ones(2, 3, 4) @ torch.ones(2, 3, 4)",
        "The last dimension of torch.ones(2, 3, 4) (4) must equal the second last of torch.ones(2, 3, 4) (3).",
        ["torch.ones(2, 3, 4) @ torch.ones(2, 3, 4).mT", "torch.ones(2, 3, 4).mT @ torch.ones(2, 3, 4)"],
    ),
    ("F.linear(x, y.t())", "The last dimension of x (3) must equal the last of y.t() (4).", ["F.linear(x, y)"]),
    ("F.linear(x, y, torch.ones(3))", "torch.ones(3) is [3], and what it goes into is [2, 4].", []),
    ("torch.det(x)", "x is [2, 3]: the last two sizes must be equal.", []),
    ("torch.zeros(2, -1)", "A size is 0 or more; -1 stands for what is left over in view() and reshape() alone.", []),
    ("torch.rand(-1)", "A size is 0 or more; -1 stands for what is left over in view() and reshape() alone.", []),
    ("torch.stack([x, x.T])", "torch.stack needs equal shapes: x is [2, 3] and x.T is [3, 2].", []),
    # lists and texts
    (
        "torch.tensor([[1, 2], [3]])",
        "A tensor is rectangular: lists at one depth have equal lengths, and hold numbers only or lists only.",
        [],
    ),
    ("torch.tensor([1, 'a'])", "A tensor holds numbers, and no text.", []),
    ("x[0] = [1, 2]", "A tensor takes tensors and numbers: torch.tensor() makes one of a list.", []),
    ("x[0] = 'a'", "A tensor takes tensors and numbers.", []),
    ("x[0, ::-1]", "Steps go forward only; flip() turns a dimension round.", []),
    # dtypes and values that do not do
    ("i64.std()", "i64 is int64, and a standard deviation has fractions.", ["i64.float().std()"]),
    ("i64.norm()", "i64 is int64, and a norm has fractions.", ["i64.float().norm()"]),
    ("i64 ** -1", "i64 is int64, and its negative powers are fractions.", ["i64.float() ** -1"]),
    ("i64[b] = v[b]", "i64 is int64, and takes values of that dtype: .to(i64.dtype) makes them.", []),
    ("torch.tensor(300, dtype=torch.uint8)", "uint8 holds whole numbers from 0 to 255.", []),
    ("torch.tensor(2**70)", "int64 holds whole numbers from -2**63 to 2**63 - 1.", []),
    ("~v", "~ is for masks and whole numbers; - negates.", []),
    ("i64 // 0", "Whole numbers cannot be divided by 0; real numbers can, and give inf or nan.", []),
    (
        "torch.zeros(2, 2).inverse()",
        "A singular matrix has no inverse; torch.linalg.pinv() gives the nearest to one.",
        [],
    ),
    (
        "torch.linalg.cholesky(-m)",
        "Only a symmetric matrix whose eigenvalues are all above 0 has this factorization.",
        [],
    ),
    ("torch.multinomial(torch.zeros(2), 1)", "At least one of the weights must be above 0.", []),
    # what is only told
    ("x.shape = (3, 2)", "A tensor of another shape is made by x.reshape(…).", []),
    ("x.T += 1", "x.T is made anew each time: x.T.copy_(…), add_(…) … write through it.", []),
    # calls
    (
        "torch.linspace(0, 1)",
        "It takes linspace(start, end, steps, *, dtype=None, layout=None, device=None, pin_memory=None, requires_grad=False, out=None).",
        [],
    ),
    # joining
    (
        "torch.cat([x, v])",
        "Tensors that are joined need equal numbers of dimensions: x is [2, 3] and v is [3].",
        ["torch.cat([x, v.unsqueeze(0)])"],
    ),
    ("torch.cat(x, y)", "The tensors go in one list or tuple.", ["torch.cat([x, y])"]),
    ("torch.stack([x, y])", "torch.stack needs equal shapes; torch.cat joins along one.", ["torch.cat([x, y], dim=0)"]),
    (
        "torch.cat([x, y], dim=1)",
        "All sizes but the one that is joined must be equal; here they are [2, 3] and [4, 3].",
        ["torch.cat([x, y], dim=0)"],
    ),
    (
        "torch.cat([x, img])",
        "Tensors that are joined need equal numbers of dimensions: x is [2, 3] and img is [2, 3, 8, 8].",
        [],
    ),
    ("torch.stack(v, w)", "The tensors go in one list or tuple.", ["torch.stack([v, w])"]),
    (
        "torch.hstack([x, y])",
        "All sizes but the one that is joined must be equal; here they are [2, 3] and [4, 3].",
        ["torch.cat([x, y], dim=0)"],
    ),
    # other shapes
    ("x.view(4, 2)", "x has 6 elements, and [4, 2] holds 8.", ["x.view(3, 2)"]),
    ("x.view(-1, 4)", "x has 6 elements, which do not divide by 4.", []),
    (
        "x.t().view(6)",
        "The elements of x.t() do not lie in memory in the order of its dimensions, so that no view has this shape.",
        ["x.t().reshape(6)"],
    ),
    ("x.reshape(5)", "x has 6 elements, and [5] holds 5.", ["x.reshape(6)"]),
    ("x.reshape(2, -1, -1)", "-1 stands for the size that is left over, so that only one can be -1.", []),
    ("x.expand(3, 3)", "x is [2, 3]: only a dimension of size 1 can be stretched, so it does not fit [3, 3].", []),
    ("x.expand(4)", "x is [2, 3]: a size is needed for each of its dimensions, new ones in front of them.", []),
    ("x.repeat(2)", "x is [2, 3]: repeat() needs a count for each of its dimensions.", ["x.repeat(2, 1)"]),
    ("img.t()", "t() is for matrices; .mT turns the last two dimensions, transpose(a, b) any two.", ["img.mT"]),
    ("x.permute(0)", "permute names every dimension once: x has 2, and 1 was given.", []),
    # dimensions and indices
    ("x.sum(dim=2)", "dim 2 is out of range: x has 2 dimensions, -2 … 1.", []),
    ("x.squeeze(5)", "dim 5 is out of range: x has 2 dimensions, -2 … 1.", []),
    ("x.unsqueeze(4)", "dim 4 is out of range: x has 2 dimensions, and a new one can become -3 … 2.", []),
    ("x[2]", "x is [2, 3]: in dimension 0, indices go from 0 to 1, or from -2 to -1 from the end.", []),
    ("x[0, 3]", "x is [2, 3]: in dimension 1, indices go from 0 to 2, or from -3 to -1 from the end.", []),
    ("x[0, 0, 0]", "x is [2, 3], which takes 2 indices at most.", []),
    ('v["a"]', "A tensor is indexed by numbers, slices, masks and index tensors; names belong to a dictionary.", []),
    ('x["mean"]', "A tensor is indexed by numbers, slices, masks and index tensors; names belong to a dictionary.", []),
    ("x[1.5]", "An index is a whole number, a slice, a mask or an index tensor.", []),
    ("x[v]", "Indices are whole numbers, and v is float32.", []),
    ("x[[0, 5]]", "x is [2, 3]: in dimension 0, indices go from 0 to 1, or from -2 to -1 from the end.", []),
    ("x[b]", "A mask has the sizes of the dimensions that it selects from: b is [3], x is [2, 3].", ["x[:, b]"]),
    ("s[0]", "s has no dimensions: it is one number.", ["s.item()"]),
    ("len(s)", "s has no dimensions: it is one number.", ["s.item()"]),
    ("for k in s: print(k)", "s has no dimensions: it is one number.", ["s.item()"]),
    ("x[0] = torch.ones(2)", "torch.ones(2) is [2], and what it goes into is [3].", []),
    ("torch.gather(x, 0, idx)", "x is [2, 3], so the index needs 2 dimensions too; idx is [2].", []),
    (
        "torch.index_select(x, 0, torch.tensor([3]))",
        "x is [2, 3]: in dimension 0, indices go from 0 to 1, and torch.tensor([3]) goes from 3 to 3.",
        [],
    ),
    ("y.index_select(0, v)", "Indices are whole numbers, and v is float32.", ["y.index_select(0, v.long())"]),
    (
        "F.embedding(torch.tensor([0, 9]), m)",
        "m is [3, 3]: in dimension 0, indices go from 0 to 2, and torch.tensor([0, 9]) goes from 0 to 9.",
        [],
    ),
    ("F.one_hot(lab, 2)", "lab goes up to 2, which makes 3 classes.", ["F.one_hot(lab, 3)"]),
    ("F.cross_entropy(x, torch.tensor([0, 5]))", "x is [2, 3], which scores 3 classes: targets go from 0 to 2.", []),
    (
        "torch.topk(v, 5)",
        "v is [3]: k can be as large as the dimension that is searched, the last one if none is named.",
        [],
    ),
    # what is no function, and what is not called
    ("x.shape()", "shape is a torch.Size, not a method: it stands without parentheses.", ["x.shape"]),
    ("x.shape(0)", "x.shape is a torch.Size, not a function: parts are picked with square brackets.", ["x.shape[0]"]),
    ("x(0)", "x is a tensor, not a function: parts are picked with square brackets.", ["x[0]"]),
    ("x.T()", "T is a tensor, not a method: it stands without parentheses.", ["x.T"]),
    ("x.ndim()", "ndim is an int, not a method: it stands without parentheses.", ["x.ndim"]),
    ("x.sum(0, 1)", "Several dimensions go in one tuple.", ["x.sum((0, 1))"]),
    ("x.softmax()", "Along which of the dimensions of x, [2, 3]? -1 is the last.", ["x.softmax(dim=-1)"]),
    ("x.cumsum()", "Along which of the dimensions of x, [2, 3]? -1 is the last.", ["x.cumsum(dim=-1)"]),
    (
        "torch.sqrt(4)",
        "torch's functions take tensors; Python's numbers have math.sqrt, abs, sum and their like.",
        ["torch.sqrt(torch.tensor(4))"],
    ),
    (
        "torch.sum([1, 2])",
        "torch's functions take tensors: torch.tensor() makes one of a list.",
        ["torch.sum(torch.tensor([1, 2]))"],
    ),
    ("torch.sum(l)", "torch's functions take tensors: torch.tensor() makes one of a list.", ["torch.sum(torch.tensor(l))"]),
    (
        "x.index_select(0, [1])",
        "torch's functions take tensors: torch.tensor() makes one of a list.",
        ["x.index_select(0, torch.tensor([1]))"],
    ),
    (
        "v.quantile([0.1, 0.5])",
        "torch's functions take tensors: torch.tensor() makes one of a list.",
        ["v.quantile(torch.tensor([0.1, 0.5]))"],
    ),
    ("v.clone().copy_([1, 2])", "torch's functions take tensors: torch.tensor() makes one of a list.", []),
    ("torch.maximum(x, 1)", "maximum() takes tensors here.", ["torch.maximum(x, torch.tensor(1))"]),
    ("torch.allclose(x, 4)", "allclose() takes tensors here.", []),
    (
        "torch.arange(10, 0)",
        "The step is 1 unless one is given: to count down, it is negative.",
        ["torch.arange(10, 0, -1)"],
    ),
    ("torch.Tensor(2.5)", "Tensor() takes sizes or a list; tensor() takes numbers too.", ["torch.tensor(2.5)"]),
    ("torch.float32(x)", "torch.float32 is a dtype, not a function: x.to(torch.float32) converts a tensor x.", []),
    (
        "torch.where(x, x, 0)",
        "A mask holds True and False, and x is float32.",
        ["torch.where(x != 0, x, 0)"],
    ),
    ("v.add_(x)", "v is [3], and in place it keeps its shape.", ["v = v.add(x)"]),
    ("v += x", "v is [3], and in place it keeps its shape.", ["v = v + x"]),
    ("torch.ones(2, 3, requires_gard=True)", "Did you mean requires_grad=?", []),
    ("F.relu(x, y, x)", "It takes relu(input, inplace=False).", []),
    ("with torch.no_grad: pass", "torch.no_grad makes a context when it is called.", ["torch.no_grad()"]),
    # one number, one truth value
    ("x.item()", "This takes a tensor of one element, and x is [2, 3].", ["x.tolist()", "x.sum().item()"]),
    ("float(x)", "This takes a tensor of one element, and x is [2, 3].", ["x.tolist()", "x.sum().item()"]),
    ("int(v)", "This takes a tensor of one element, and v is [3].", ["v.tolist()", "v.sum().item()"]),
    (
        "if x > 2: print(1)",
        "A condition needs one truth value, and (x > 2) has several.",
        ["(x > 2).any()", "(x > 2).all()"],
    ),
    (
        "x > 2 and x < 4",
        "A condition needs one truth value, and (x > 2) has several. For an answer to each element, write & instead of and.",
        ["(x > 2).any()", "(x > 2).all()"],
    ),
    ("i64 > 0 & i64 < 2", "& binds tighter than a comparison.", ["(i64 > 0) & (i64 < 2)"]),
    ("x and y", "A condition needs one truth value, and x has several.", ["x.any()", "x.all()"]),
    ("not x", "A condition needs one truth value, and x has several.", ["x.any()", "x.all()"]),
    ("max(x)", "Python's max() asks whether one row is less than another.", ["x.max()"]),
    ("1 < x < 3", "A chain of comparisons asks for one truth value between them.", ["(1 < x) & (x < 3)"]),
    (
        "x in [1, 2]",
        "`in` compares with one item after another, and each answer must be one truth value.",
        ["torch.isin(x, torch.tensor([1, 2]))"],
    ),
    ("range(x)", "A whole number is needed, and x is float32 [2, 3].", []),
    ("round(v, 2)", "Python's round() is for numbers.", ["torch.round(v, decimals=2)"]),
    (
        'f"{x:.2f}"',
        "A format is for a tensor of one element; torch.set_printoptions(precision=2) rounds what print() shows.",
        [],
    ),
    ('"loss: " + s', "+ joins texts; str() makes a text of a value, as an f-string does.", ['"loss: " + str(s)']),
    ('x + "1"', '"1" is a text, not a number.', ['x + float("1")']),
    (
        "x + [1, 2, 3]",
        "[1, 2, 3] is a list, with which + joins and * repeats; tensors compute.",
        ["x + torch.tensor([1, 2, 3])"],
    ),
    ("l + 1", "l is a list, with which + joins and * repeats; tensors compute.", ["torch.tensor(l) + 1"]),
    ("x > [1, 2]", "[1, 2] is a list; tensors compute.", []),
    ("for i in 5: print(i)", "5 is a number, which has no items; range() counts up to it.", ["range(5)"]),
    ("a, bb = v", "v gives 3 parts.", []),
    ("x.max(dim=0) - 1", "x.max(dim=0) has values and indices.", ["x.max(dim=0).values - 1"]),
    ("x.max(dim=0).sum()", "It holds values and indices: did you mean x.max(dim=0).values.sum?", []),
    # dtypes
    ("i64.mean()", "i64 is int64, and a mean has fractions.", ["i64.float().mean()"]),
    ("i64 @ m", "A matrix product needs one dtype: i64 is int64 and m is float32.", ["i64.to(torch.float32) @ m"]),
    ("m @ i64", "A matrix product needs one dtype: m is float32 and i64 is int64.", ["m @ i64.to(torch.float32)"]),
    (
        "x @ m.double()",
        "A matrix product needs one dtype: x is float32 and m.double() is float64.",
        ["x.to(torch.float64) @ m.double()", "x @ m.double().to(torch.float32)"],
    ),
    ("i64 += 0.5", "i64 is int64, and in place it keeps its dtype.", ["i64 = i64 + 0.5"]),
    ("i64.add_(0.5)", "i64 is int64, and in place it keeps its dtype.", ["i64 = i64.add(0.5)"]),
    (
        'torch.zeros(2, 3, dtype="float32")',
        "A dtype is one of torch's own.",
        ["torch.zeros(2, 3, dtype=torch.float32)"],
    ),
    ("F.softmax(i64, dim=0)", "i64 is int64, and softmax gives fractions.", ["F.softmax(i64.float(), dim=0)"]),
    (
        "x & 1",
        "x is float32, and & | ^ combine truth values, or the bits of whole numbers: compare first, as in (x > 0) & (x < 1).",
        [],
    ),
    (
        "F.binary_cross_entropy(v, torch.ones(3))",
        "It takes probabilities; for scores of any size there is binary_cross_entropy_with_logits.",
        ["F.binary_cross_entropy_with_logits(v, torch.ones(3))"],
    ),
    (
        "F.nll_loss(x, lab.float())",
        "Targets are the numbers of classes, and lab.float() is float32.",
        ["F.nll_loss(x, lab.float().long())"],
    ),
    (
        "torch.from_numpy([1, 2])",
        "from_numpy() looks at an array's memory; tensor() copies anything that holds numbers.",
        ["torch.tensor([1, 2])"],
    ),
    ("torch.from_numpy(x)", "x is a tensor already.", []),
    (
        "x.cuda()",
        "tensorsh computes on the CPU alone: every tensor is there already, and this call can be left out.",
        [],
    ),
    # gradients
    (
        "torch.tensor([1, 2], requires_grad=True)",
        "Whole numbers have no derivative. Write the numbers with a point (1. for 1), or say dtype=torch.float32.",
        ["torch.tensor([1, 2], requires_grad=True, dtype=torch.float32)"],
    ),
    (
        "i64.requires_grad_()",
        "Whole numbers have no derivative. Write the numbers with a point (1. for 1), or say dtype=torch.float32.",
        ["i64.float().requires_grad_()"],
    ),
    (
        "i64.requires_grad = True",
        "Whole numbers have no derivative. Write the numbers with a point (1. for 1), or say dtype=torch.float32.",
        [],
    ),
    (
        "x.backward()",
        "Nothing that x was made from requires grad, or recording was off when it was made. Make the inputs with requires_grad=True.",
        [],
    ),
    (
        "(w * 2).backward()",
        "(w * 2) has several elements: say how each counts, or make one number of them.",
        ["(w * 2).sum().backward()", "(w * 2).backward(torch.ones_like(w * 2))"],
    ),
    (
        "l3 = (w*w).sum(); l3.backward(); l3.backward()",
        "The first backward() freed what the graph had saved. Compute the value anew, or give the first call retain_graph=True.",
        [],
    ),
    (
        "w += 1",
        "w is a leaf: writing to it would lose the value that its gradient belongs to.",
        ["with torch.no_grad(): w += 1"],
    ),
    (
        "w[0] = 5",
        "This is a window on a leaf: writing to it would lose the value that its gradient belongs to.",
        ["with torch.no_grad(): w[0] = 5"],
    ),
    (
        "w.view(3)[0] = 5",
        "This is a window on a leaf: writing to it would lose the value that its gradient belongs to.",
        ["with torch.no_grad(): w.view(3)[0] = 5"],
    ),
    (
        "w.add_(1)",
        "w is a leaf: writing to it would lose the value that its gradient belongs to.",
        ["with torch.no_grad(): w.add_(1)"],
    ),
    ("w.grad + 1", "w.grad is None: no backward() has given w a gradient.", []),
    ("w.grad.zero_()", "w.grad is None: no backward() has given w a gradient.", []),
    ("w.numpy()", "An array knows no gradients.", ["w.detach().numpy()"]),
    (
        "torch.autograd.grad(x.sum(), w)",
        "Nothing that x.sum() was made from requires grad, or recording was off when it was made. Make the inputs with requires_grad=True.",
        [],
    ),
    (
        "q = (w * 2).sum().item(); q.backward()",
        "q is a Python number, not a tensor: item() and float() leave gradients behind.",
        [],
    ),
    # names
    ("x.lenght()", "A tensor has length as numel(), and its first size as len(x).", []),
    ('x.astype("float")', "A tensor has astype as to(dtype).", []),
    ("torch.sofmax(x, 1)", "Did you mean torch.softmax?", []),
    ('d["wieght"]', "Did you mean 'weight'?", []),
    ("d.weight", "A dictionary's keys stand in square brackets.", ["d['weight']"]),
    ("l.shape", "l is a list.", ["torch.tensor(l).shape"]),
    ("l.length", "len(l) counts.", []),
    ("l[3]", "l has 3 items: indices go from 0 to 2, or from -3 to -1 from the end.", []),
    ('"abc"[10]', '"abc" has 3 characters: indices go from 0 to 2, or from -3 to -1 from the end.', []),
    ('int("3.5")', "int() reads whole numbers only.", ['int(float("3.5"))']),
    # names and values of Python's
    ("torch.view(x, 6)", "view belongs to tensors: x.view, of a tensor x.", []),
    ("torch.add_(x, 1)", "add_ belongs to tensors: x.add_, of a tensor x.", []),
    ("v.sort(reverse=True)", "Did you mean descending=?", []),
    ("[[1, 2], [3, 4]][0, 1]", "Lists within lists take one index after another; tensors take several.", ["[[1, 2], [3, 4]][0][1]"]),
    ("[v, w].index(torch.zeros(3))", "Each comparison of two items must give one truth value; torch.equal(a, b) does.", []),
    ("(1, 2).append(3)", "A tuple never changes: list((1, 2)) makes a list of it.", []),
    ("d.has_key('a')", "`in` asks that, as in 'a' in d.", []),
    ("'a'.toUpper()", "A text has toUpper as upper.", []),
    ("len = 3; len(l)", "len is an int here, which hides Python's own until it is deleted: del len.", []),
    ("v * '2'", "'2' is a text, not a number.", ["v * float('2')"]),
    ("math.sqrt(v)", "math's functions take one number, and v is [3].", ["torch.sqrt(v)"]),
    ("torch.tensor([x, x])", "tensor() takes numbers; stack() joins tensors of one shape.", ["torch.stack([x, x])"]),
    ("max(5)", "5 is a number, which has no items.", []),
    (
        "def f(): l += [1]\nf()",
        "l is assigned to in this function, which makes it local there: it needs a value first, or `global l` where the program's is meant.",
        [],
    ),
    # NumPy and torch
    (
        "torch.sqrt(np.ones(2))",
        "np.ones(2) is NumPy's array: torch.from_numpy() makes a tensor on its memory.",
        ["torch.sqrt(torch.from_numpy(np.ones(2)))"],
    ),
    (
        "torch.cat([v, np.ones(2)])",
        "np.ones(2) is NumPy's array: torch.from_numpy() makes a tensor on its memory.",
        ["torch.cat([v, torch.from_numpy(np.ones(2))])"],
    ),
    ("np.ones(3).unsqueeze(0)", "np.ones(3) is NumPy's array, not a tensor.", ["torch.from_numpy(np.ones(3)).unsqueeze"]),
    ("np.ones(3).view(3, 1)", "NumPy's view() is for dtypes; reshape() gives another shape.", ["np.ones(3).reshape(3, 1)"]),
    ("np.ones(3).sum(dim=0)", "Did you mean axis=?", []),
    ("np.zeros(2, 3)", "NumPy takes a shape as one tuple.", ["np.zeros((2, 3))"]),
    ("np.ones(3).astype(torch.float32)", "NumPy has dtypes of its own: np.float32.", ["np.ones(3).astype(np.float32)"]),
    ("np.concatenate(np.ones(2), np.ones(2))", "The arrays go in one list or tuple.", []),
    ('x.to("float64")', "A dtype is one of torch's own.", ["x.to(torch.float64)"]),
    ("x.to(np.float64)", "A dtype is one of torch's own.", ["x.to(torch.float64)"]),
    # memory
    (
        "wide.add_(1)",
        "wide has stride 0 in dimension 0: what it shows there several times is one element in memory.",
        ["wide = wide.clone(); wide.add_(1)"],
    ),
    (
        "v[1:] += v[:-1]",
        "v[:-1] and v[1:] have elements in common, which would change while they are still to be read.",
        ["v[1:] += v[:-1].clone()"],
    ),
    (
        "v[1:] = v[:-1]",
        "v[:-1] and v[1:] have elements in common, which would change while they are still to be read.",
        ["v[1:] = v[:-1].clone()"],
    ),
]


@pytest.mark.parametrize(("source", "sentence", "code"), ADVISED, ids=[row[0] for row in ADVISED])
def test_what_is_advised(source: str, sentence: str, code: list[str]) -> None:
    failure = failure_of(source)
    assert failure is not None
    [hint] = failure.hints
    assert hint.text == sentence
    assert [text for text, _ in hint.code] == code


def mistakes() -> Iterator[tuple[list[str], str]]:
    """Each statement that fails in PyTorch, with those before it."""
    for _, program in programs(MISTAKES.read_text(encoding="utf-8")):
        for at, (source, said) in enumerate(program):
            if re.search(r"^\w*Error: ", said, re.MULTILINE):
                yield [step for step, _ in program[:at]], source


CASES = list(mistakes())


@pytest.mark.parametrize(("before", "source"), CASES, ids=[source for _, source in CASES])
def test_every_suggestion_works(before: list[str], source: str) -> None:
    failure = failure_of(source, *before)
    assert failure is not None
    for text, gives in (pair for hint in failure.hints for pair in hint.code):
        session = begun(*before)
        value = session.evaluate(text)
        if gives.startswith("["):
            value = session.names[text.split()[0]] if value is None else value  # a statement that assigns
            assert str(list(value.shape)) == gives, text
        elif gives.startswith(("float", "int")):
            assert str(value.dtype) == f"torch.{gives}", text


def test_there_are_many_mistakes() -> None:
    assert len(CASES) > 150


def test_a_suggestion_inside_a_function_uses_its_names() -> None:
    failure = failure_of("def layer(a, b):\n    return a @ b\nlayer(x, x)")
    assert failure is not None
    assert failure.hints[0].code == (("a @ b.t()", "[2, 2]"), ("a.t() @ b", "[3, 3]"))


def test_the_last_operand_of_a_condition_is_the_one_that_has_no_truth_value() -> None:
    source = "if x.sum() > 3 and x > 2: pass"
    failure = failure_of(source)
    assert failure is not None and failure.span is not None
    assert source[failure.span.column - 1 : failure.span.end_column - 1] == "x > 2"


def test_texts_with_braces_are_no_formats() -> None:
    failure = failure_of("{1: 2}.key()")
    assert failure is not None
    assert failure.hints[0].text == "Did you mean {1: 2}.keys?"
