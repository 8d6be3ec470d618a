"""The steps of `%tutorial`, as data.

Each step tells one thing, asks for one thing, and has a check: an expression in the language itself, computed after each cell,
which is True when the thing is done. `solution` passes the check after the solutions of the steps before it in the lesson.
"""

from __future__ import annotations

from typing import NamedTuple

LESSONS = {
    "tensors": "Tensors",
    "views": "Views",
    "broadcasting": "Broadcasting",
    "autograd": "Autograd",
}


class Step(NamedTuple):
    lesson: str
    text: str
    task: str
    check: str
    hint: str
    solution: str
    praise: str = ""


STEPS: tuple[Step, ...] = (
    Step(
        "tensors",
        "A tensor is a table of numbers with any number of dimensions. `tensor([1., 2., 3.])` makes one from a list. PyTorch's\n"
        "functions have their own names here, with or without `torch.` before them.",
        "make a tensor x that holds 1, 2 and 3 as real numbers.",
        "is_tensor(x) and x.dtype == float32 and x.tolist() == [1.0, 2.0, 3.0]",
        "Assign with `=`. Numbers with a point are real numbers (float32), those without are whole (int64).",
        "x = tensor([1., 2., 3.])",
        "It has a shape and a dtype: type x.shape or x.dtype any time.",
    ),
    Step(
        "tensors",
        "Arithmetic works on every element at once: `x * 2`, `x + x`, `x ** 2`, `exp(x)`. A cell's last value is shown,\n"
        "and `_` is that value in the next cell.",
        "let y be the squares of x.",
        "is_tensor(y) and y.tolist() == [1.0, 4.0, 9.0]",
        "`**` is the power.",
        "y = x ** 2",
    ),
    Step(
        "tensors",
        "Reductions make fewer numbers out of many: `y.sum()`, `y.mean()`, `y.max()`. What comes out is a tensor too, with no\n"
        "dimension; `.item()` makes a Python number of it.",
        "let total be the sum of y, as a Python number.",
        "type(total) is float and total == 14.0",
        "First the sum, then `.item()`.",
        "total = y.sum().item()",
    ),
    Step(
        "tensors",
        "`arange(6)` counts from 0 to 5. `.reshape(2, 3)` arranges six elements in two rows and three columns. `m[0]` is\n"
        "the first row, `m[:, 1]` the second column, `m[1, 2]` one element.",
        "let m be 0 … 5 in two rows of three, and c its last column.",
        "m.tolist() == [[0, 1, 2], [3, 4, 5]] and c.tolist() == [2, 5]",
        "All rows and the last column: `m[:, 2]`, or `m[:, -1]`.",
        "m = arange(6).reshape(2, 3)\nc = m[:, 2]",
        "%who lists what you have so far.",
    ),
    Step(
        "views",
        "Taking a row, a column or a transpose copies nothing: the result is a view, another window on the same memory. Whoever\n"
        "writes through one window changes what all of them see.",
        "let a be zeros(2, 3), let row be its first row, and set all of row to 7 with row.fill_(7).",
        "a.tolist() == [[7.0, 7.0, 7.0], [0.0, 0.0, 0.0]] and row._is_view()",
        "`row = a[0]`. Methods that end in `_` write in place.",
        "a = zeros(2, 3)\nrow = a[0]\nrow.fill_(7)",
        "a has changed although only row was written to. The dim line beneath a value says whose memory it is.",
    ),
    Step(
        "views",
        "`.clone()` makes a copy with memory of its own.",
        "let b be a copy of a, and set b[1, 1] to 5 without changing a.",
        "b[1, 1].item() == 5.0 and a[1, 1].item() == 0.0",
        "`b = a.clone()`, then assign to `b[1, 1]`.",
        "b = a.clone()\nb[1, 1] = 5.",
    ),
    Step(
        "views",
        "A view is possible where a stride for each dimension describes it. `.t()` swaps the strides of a matrix; after that\n"
        "`.view(6)` has no strides that would do, and says so. `.reshape(6)` makes a view if it can and a copy if it must.",
        "let f be a.t() as one dimension of six, whichever way works.",
        "f.shape == (6,) and f.tolist() == [7.0, 0.0, 7.0, 0.0, 7.0, 0.0]",
        "`a.t().view(6)` fails; try it, then take `reshape`.",
        "f = a.t().reshape(6)",
        "f is a copy: writing to it changes nothing else. %undo takes a statement back, in-place writes too.",
    ),
    Step(
        "broadcasting",
        "Shapes need not be equal. They are aligned at their last dimension, and a dimension of 1, or one that is not there,\n"
        "stretches: [2, 3] + [3] adds the three numbers to every row.",
        "let g be ones(2, 3) plus tensor([10., 20., 30.]).",
        "g.tolist() == [[11.0, 21.0, 31.0], [11.0, 21.0, 31.0]]",
        "Just add them.",
        "g = ones(2, 3) + tensor([10., 20., 30.])",
    ),
    Step(
        "broadcasting",
        "A column has the shape [n, 1]. `v[:, None]` puts a dimension of 1 at the end, so that a column and a row give a table.",
        "let v be arange(1, 4), and table its multiplication table, 3 rows by 3 columns.",
        "table.tolist() == [[1, 2, 3], [2, 4, 6], [3, 6, 9]]",
        "A column times a row: `v[:, None] * v`.",
        "v = arange(1, 4)\ntable = v[:, None] * v",
        "This also happens by mistake: [100, 1] - [100] is a table of 10,000 numbers.",
    ),
    Step(
        "autograd",
        "A tensor with requires_grad=True is recorded: whatever is computed from it remembers how. Only real numbers can be.",
        "let w be tensor([2., 3.], requires_grad=True), and loss the sum of its squares.",
        "w.requires_grad and w.is_leaf and loss.requires_grad and loss.item() == 13.0",
        "`(w ** 2).sum()`.",
        "w = tensor([2., 3.], requires_grad=True)\nloss = (w ** 2).sum()",
        "loss shows a grad_fn: the last step of how it was made.",
    ),
    Step(
        "autograd",
        "`loss.backward()` goes back through all steps and puts the derivative of loss by w into w.grad. The derivative of w² is\n"
        "2w.",
        "call backward() on loss, then look at w.grad.",
        "w.grad is not None and w.grad.tolist() == [4.0, 6.0]",
        "`loss.backward()`; nothing is shown, so ask for `w.grad`. (If you called it twice: %undo.)",
        "loss.backward()",
    ),
    Step(
        "autograd",
        "A second backward() adds to w.grad. To begin anew, set it to None. A step against the gradient makes loss smaller; it\n"
        "must not be recorded, hence `with no_grad():`.",
        "set w to w - 0.1 * w.grad in place, within no_grad, so that w is about 1.6 and 2.4, and set w.grad to None.",
        "w.is_leaf and w.grad is None and allclose(w.detach(), tensor([1.6, 2.4]))",
        "In place and not recorded:\n    with no_grad():\n        w -= 0.1 * w.grad",
        "with no_grad():\n    w -= 0.1 * w.grad\nw.grad = None",
        "That was one step of gradient descent. A loop of such steps is all that training is.",
    ),
)
