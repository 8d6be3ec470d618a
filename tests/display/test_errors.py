"""Failures as text: the carets and values below the right columns, the error as Python names it, and hints that hold."""

from __future__ import annotations

import json
import re

import pytest

from tensorsh import Session
from tensorsh.diagnostics.plain import plain
from tensorsh.display.errors import draw_error, text_width
from tensorsh.errors import Span, TensorshError

EXCERPTS = [
    # source, span, the two lines between the place and the message
    ("x = 1 / 0", Span(1, 5, 1, 10), ["    x = 1 / 0", "        ^^^^^"]),
    ("a\n  b + c\nd", Span(2, 3, 2, 4), ["    b + c", "    ^"]),
    ("if x:\n\ty\t+ z", Span(2, 4, 2, 7), ["    y    + z", "         ^^^"]),
    ("f(1 +\n  2)", Span(1, 3, 2, 4), ["    f(1 +", "      ^^^"]),
    ("x =", Span(1, 4, 1, 4), ["    x =", "       ^"]),
    ("'宽' / 2", Span(1, 1, 1, 8), ["    '宽' / 2", "    ^^^^^^^^"]),
    ("'宽'; y", Span(1, 6, 1, 7), ["    '宽'; y", "          ^"]),
    ("a\r\nb\rc", Span(3, 1, 3, 2), ["    c", "    ^"]),
    ("x\0y", Span(1, 2, 1, 3), ["    x␀y", "     ^"]),
]


@pytest.mark.parametrize(("source", "span", "excerpt"), EXCERPTS)
def test_excerpt(source: str, span: Span, excerpt: list[str]) -> None:
    error = TensorshError("why", span, "ValueError", source=source, filename="f.tsh")
    assert draw_error(error).splitlines() == [f'File "f.tsh", line {span.line}', *excerpt, "ValueError: why"]


def test_a_very_long_line_is_cut_around_its_failing_part() -> None:
    source = "a + " * 1000 + "missing" + " + b" * 1000
    place, line, carets, last = draw_error(
        TensorshError("why", Span(1, 4001, 1, 4008), "NameError", source=source)
    ).splitlines()
    assert len(line) < 200
    assert line[carets.index("^") : carets.rindex("^") + 1] == "missing"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (TensorshError("why"), "RuntimeError: why\n"),
        (TensorshError("", type_name="AssertionError"), "AssertionError\n"),
        (TensorshError("why", Span(9, 1, 9, 2), source="x"), 'File "<input>", line 9\nRuntimeError: why\n'),
        (TensorshError("two\nlines"), "RuntimeError: two\nlines\n"),
    ],
)
def test_what_there_is_no_line_for(error: TensorshError, text: str) -> None:
    assert draw_error(error) == text


def failing(source: str) -> TensorshError:
    with pytest.raises(TensorshError) as caught:
        Session().run(source, filename="f.tsh")
    return caught.value


SETUP = "x = ones(2, 3); y = arange(2.); w = ones(3, requires_grad=True); d = {'weight': x}\n"
BROADCAST = "RuntimeError: The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 1"
COMPARED = [
    "    Shapes are compared from the right: in dimension -1, x has 3 and y has 2. They must be equal, or",
    "    one of them 1.",
]
DRAWN = [
    # what fails after SETUP, everything that is shown after the line that names the place
    (
        "z = x + y",
        [
            "    z = x + y",
            "        ^^^^^",
            "        │   └─ float32 [2] = [0., 1.]",
            "        └─ float32 [2, 3]",
            BROADCAST,
            *COMPARED,
            "    Would work: x + y.unsqueeze(1)  → [2, 3]",
            "                x.t() + y           → [3, 2]",
        ],
    ),
    (
        "x @ x",
        [
            "    x @ x",
            "    ^^^^^",
            "    │   └─ float32 [2, 3]",
            "    └─ float32 [2, 3]",
            "RuntimeError: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)",
            "    The last dimension of x (3) must equal the second last of x (2).",
            "    Would work: x @ x.t()  → [2, 2]",
            "                x.t() @ x  → [3, 3]",
        ],
    ),
    (
        "x.sum(dim=2)",
        [
            "    x.sum(dim=2)",
            "    -         ^",
            "    └─ float32 [2, 3]",
            "IndexError: Dimension out of range (expected to be in range of [-2, 1], but got 2)",
            "    dim 2 is out of range: x has 2 dimensions, -2 … 1.",
        ],
    ),
    (
        "x[0, 3]",
        [
            "    x[0, 3]",
            "    -    ^",
            "    └─ float32 [2, 3]",
            "IndexError: index 3 is out of bounds for dimension 1 with size 3",
            "    x is [2, 3]: in dimension 1, indices go from 0 to 2, or from -3 to -1 from the end.",
        ],
    ),
    (
        "x.sofmax(1)",
        [
            "    x.sofmax(1)",
            "    - ^^^^^^",
            "    └─ float32 [2, 3]",
            "AttributeError: 'Tensor' object has no attribute 'sofmax'",
            "    Did you mean x.softmax?",
        ],
    ),
    (
        "torch.add(x, x, aplha=2)",
        [
            "    torch.add(x, x, aplha=2)",
            "              -  -  ^^^^^^^",
            "              │  └─ float32 [2, 3]",
            "              └─ float32 [2, 3]",
            "TypeError: add() got an unexpected keyword argument 'aplha'",
            "    Did you mean alpha=?",
        ],
    ),
    (
        "d['wieght']",
        [
            "    d['wieght']",
            "    - ^^^^^^^^",
            "    └─ dict of 1",
            "KeyError: 'wieght'",
            "    Did you mean 'weight'?",
        ],
    ),
    (
        "w += 1",
        [
            "    w += 1",
            "    ^^^^^^",
            "    └─ float32 [3] = [1., 1., 1.], requires grad",
            "RuntimeError: a leaf Variable that requires grad is being used in an in-place operation.",
            "    w is a leaf: writing to it would lose the value that its gradient belongs to.",
            "    Would work: with torch.no_grad(): w += 1  → an update that is not recorded",
        ],
    ),
    (
        "z = x.sum() * (x + y)",
        [
            "    z = x.sum() * (x + y)",
            "        -------    ^^^^^",
            "        │          │   └─ float32 [2] = [0., 1.]",
            "        │          └─ float32 [2, 3]",
            "        └─ float32 [] = 6.",
            BROADCAST,
            *COMPARED,
            "    Would work: x + y.unsqueeze(1)  → [2, 3]",
            "                x.t() + y           → [3, 2]",
        ],
    ),
    (
        "z = torch.add(\n    x,\n\n    y,\n)",
        [
            "    z = torch.add(",
            "        ^^^^^^^^^^",
            "        x,",
            "        ^^",
            "        └─ float32 [2, 3]",
            "    ⋮",
            "        y,",
            "        ^^",
            "        └─ float32 [2] = [0., 1.]",
            BROADCAST,
            *COMPARED,
            "    Would work: y.unsqueeze(1)  → [2, 3]",
            "                x.t()           → [3, 2]",
        ],
    ),
    (
        "x[0] = y",
        [
            "    x[0] = y",
            "    ^^^^   -",
            "    │      └─ float32 [2] = [0., 1.]",
            "    └─ float32 [2, 3]",
            "RuntimeError: The expanded size of the tensor (3) must match the existing size (2) at non-singleton dimension 0.  "
            "Target sizes: [3].  Tensor sizes: [2]",
            "    y is [2], and what it goes into is [3].",
        ],
    ),
    ("-'a'", ["    -'a'", "    ^^^^", "TypeError: bad operand type for unary -: 'str'"]),
    (
        "'a' + 1",
        [
            "    'a' + 1",
            "    ^^^^^^^",
            'TypeError: can only concatenate str (not "int") to str',
            "    + joins texts; str() makes a text of a value, as an f-string does.",
            "    Would work: 'a' + str(1)",
        ],
    ),
]


@pytest.mark.parametrize(("source", "shown"), DRAWN, ids=[row[0] for row in DRAWN])
def test_the_parts_are_drawn_beneath_the_text(source: str, shown: list[str]) -> None:
    assert draw_error(failing(SETUP + source)).splitlines() == ['File "f.tsh", line 2', *shown]


def test_an_error_in_a_function_names_it_and_the_calls_that_led_there() -> None:
    source = (
        "def inner(a):\n    return a @ a\ndef outer(n):\n    return outer(n - 1) if n else inner(ones(2, 3))\nouter(6)"
    )
    lines = draw_error(failing(source)).splitlines()
    assert lines[0] == 'File "f.tsh", line 2, in inner'
    assert lines[5:11] == [
        "    called at line 4: inner(ones(2, 3))",
        "    called at line 4: outer(n - 1)",
        "    called at line 4: outer(n - 1)",
        "    called at line 4: outer(n - 1)",
        "    and so on, 4 more calls",
        "RuntimeError: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)",
    ]


# Code that the hint suggests, run in the place of what failed, has the shape that the hint says.
SUGGESTED = [
    "x + y",
    "x * y.t()",
    "y - x",
    "(x + 1) @ (x * 2)",
    "x @ y",
    "torch.mm(x, x)",
    "x.mm(x)",
    "torch.mv(x, y)",
    "torch.dot(y, w)",
    "torch.bmm(ones(2, 3, 4), ones(2, 5, 4))",
    "torch.nn.functional.linear(y, x)",
    "x.view(4, 2)",
    "x.t().view(6)",
    "x > y",
    "y.add(w)",
    "x.double() @ x.t()",
    "arange(3).mean()",
    "x.gather(0, y.unsqueeze(0))",
    "x.pow(2) + y.exp()",
]


@pytest.mark.parametrize("source", SUGGESTED)
def test_what_is_suggested_works(source: str) -> None:
    failure = failing(SETUP + source).failure
    assert failure is not None and failure.hints
    code = [pair for hint in failure.hints for pair in hint.code]
    assert code
    for text, gives in code:
        value = Session().evaluate(SETUP + text)
        if gives.startswith("["):
            assert str(list(value.shape)) == gives, text
        elif gives.startswith("float"):
            assert str(value.dtype) == f"torch.{gives}", text


@pytest.mark.parametrize("width", [20, 24, 31, 40, 60, 80, 200])
def test_drawings_keep_to_the_width(width: int) -> None:
    sources = [source for source, _ in DRAWN]
    wide = "宽度 = ones(2, 3); 变量 = '" + "文" * 40 + "'; 宽度 + y + " + " + ".join(["x"] * 60)
    for source in [*sources, wide, wide.replace(" ", "\t")]:
        error = failing(SETUP + source)
        code = {text for hint in error.failure.hints for text, _ in hint.code} if error.failure else set()
        for line in draw_error(error, width).splitlines()[1:]:
            if line.strip() in code or not line.startswith(" "):
                continue  # code is not broken, and PyTorch's text is not ours to break
            longest_word = max(text_width(word) for word in line.split(" "))
            assert text_width(line) <= width or longest_word + 4 >= width - 8, line


NARROW = [
    # what fails after SETUP, the columns of the window, how the drawing ends
    ("x @ x", 40, ["    Would work: x @ x.t()  → [2, 2]", "                x.t() @ x  → [3, 3]"]),
    ("x @ x", 32, ["    Would work:", "      x @ x.t()  → [2, 2]", "      x.t() @ x  → [3, 3]"]),
    ("x @ x", 20, ["    Would work:", "      x @ x.t()", "        → [2, 2]", "      x.t() @ x", "        → [3, 3]"]),
    ("w += 1", 40, ["    Would work:", "      with torch.no_grad(): w += 1", "        → an update that is not recorded"]),
]


@pytest.mark.parametrize(("source", "width", "end"), NARROW)
def test_what_would_work_stands_below_where_there_is_no_room_beside(source: str, width: int, end: list[str]) -> None:
    assert draw_error(failing(SETUP + source), width).splitlines()[-len(end) :] == end


CALLS = [
    # the columns of the window, the lines that say where the failed function was called
    (80, ['    called at "In [3]", line 1: outer_function(ones(2, 3), scale=2)']),
    (60, ['    called at "In [3]", line 1:', "      outer_function(ones(2, 3), scale=2)"]),
    (41, ['    called at "In [3]", line 1:', "      outer_function(ones(2, 3), scale=2)"]),
    (32, ['    called at "In [3]", line 1:', "      outer_functio…3), scale=2)"]),
]


@pytest.mark.parametrize(("width", "lines"), CALLS)
def test_a_call_stands_below_its_place_where_there_is_no_room_beside(width: int, lines: list[str]) -> None:
    session = Session()
    session.run("def outer_function(x, scale): return x @ x * scale", filename="In [1]")
    with pytest.raises(TensorshError) as caught:
        session.run("outer_function(ones(2, 3), scale=2)", filename="In [3]")
    drawn = draw_error(caught.value, width).splitlines()
    at = next(at for at, line in enumerate(drawn) if "called at" in line)
    assert drawn[at : at + len(lines)] == lines and drawn[at + len(lines)].startswith("RuntimeError")


def test_the_carets_are_below_the_part_whatever_the_width() -> None:
    error = failing(SETUP + " + ".join(["x"] * 60) + " + 值 + " + " + ".join(["x"] * 60))
    for width in range(20, 200, 7):
        _, line, carets, *_ = draw_error(error, width).splitlines()
        at = carets.index("^")
        cells = "".join(character + "\0" * (text_width(character) - 1) for character in line)
        assert cells[at : carets.rindex("^") + 1].replace("\0", "") == "值"


def test_colour_changes_no_character() -> None:
    for source, _ in DRAWN:
        error = failing(SETUP + source)
        coloured = draw_error(error, colour="256")
        assert "\x1b[" in coloured
        assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == draw_error(error)


def test_for_a_screen_reader_values_stand_in_words() -> None:
    lines = draw_error(failing(SETUP + "x + y"), words=True).splitlines()
    assert lines[1:5] == ["    x + y", "    ^^^^^", "    x: float32 [2, 3]", "    y: float32 [2] = [0., 1.]"]


NAMES = [
    # source, what the hint says
    ("featurs = 1\nfeatures", "Did you mean featurs?"),
    ("def f(width):\n    return widht\nf(1)", "Did you mean width?"),
    ("prnt(1)", "Did you mean print?"),
    ("torch.onse(2)", "Did you mean torch.ones?"),
    ("softplus(ones(2))", "softplus is in a submodule: torch.nn.functional.softplus."),
    ("'a'.uper()", "Did you mean 'a'.upper?"),
    ("ones(2).plot()", "plot is a function here: plot(ones(2))."),
    ("ones(2).astype(int)", "A tensor has astype as to(dtype)."),
    ("def f(alpha=1): return alpha\nprint(f(alhpa=2))", "Did you mean alpha=?"),
    ("ones(2).sum(dims=0)", "Did you mean dim=?"),
    ("from torch import onse", "Did you mean ones?"),
    ("import tortch", "Did you mean torch?"),
    ("ones(2) |> sum(dim=0)", "sum is Python's own. PyTorch's is torch.sum, or a tensor's method."),
    ("{'lr': 1, 'decay': 2}['momentum']", "It has 'lr', 'decay'."),
    ("display(ones(2))", "An expression on a line of its own shows its value; print() prints it."),
    ("import pandas", "Only torch, numpy, math and their submodules can be imported."),
    (
        "import matplotlib.pyplot as plt",
        "Only torch, numpy, math and their submodules can be imported. plot(), hist(), heat() and image() draw in the terminal.",
    ),
    ("torch.hub", "PyTorch has torch.hub; tensorsh does not."),
    ("torch.save", "PyTorch has torch.save; tensorsh does not. Programs reach no files here."),
    (
        "from torch.autograd import Variable",
        "PyTorch has torch.autograd.Variable; tensorsh does not. Every tensor is one; requires_grad=True records it.",
    ),
    ("from torch.utils.data import DataLoader", "PyTorch has torch.utils; tensorsh does not. x.split(32) makes batches."),
    ("torch.ones(2).to_sparse()", "PyTorch has Tensor.to_sparse; tensorsh does not."),
]


LAYERS = [
    ("Linear", "linear"), ("ReLU", "relu"), ("LeakyReLU", "leaky_relu"), ("LogSoftmax", "log_softmax"), ("Dropout", "dropout"),
    ("LayerNorm", "layer_norm"), ("BatchNorm1d", "batch_norm"), ("Embedding", "embedding"), ("MSELoss", "mse_loss"),
    ("CrossEntropyLoss", "cross_entropy"), ("NLLLoss", "nll_loss"), ("BCELoss", "binary_cross_entropy"),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "function"), LAYERS)
def test_a_layer_is_known_as_the_function_that_it_applies(layer: str, function: str) -> None:
    for source in (f"torch.nn.{layer}(2)", f"from torch.nn import {layer}"):
        failure = failing(source).failure
        assert failure is not None
        assert [found.text for found in failure.hints] == [
            f"PyTorch has torch.nn.{layer}; tensorsh does not. As a function it is torch.nn.functional.{function}."
        ]
    Session().evaluate(f"torch.nn.functional.{function}")


@pytest.mark.parametrize(("source", "hint"), NAMES, ids=[row[0] for row in NAMES])
def test_what_was_meant(source: str, hint: str) -> None:
    failure = failing(source).failure
    assert failure is not None
    assert [found.text for found in failure.hints] == [hint]


def test_nothing_is_suggested_that_was_not_checked() -> None:
    failure = failing("sorted([ones(2), ones(3)])").failure
    assert failure is not None
    assert all(not hint.code for hint in failure.hints)


def test_facts_are_plain_data_and_keep_no_value_alive() -> None:
    error = failing(SETUP + "x + y")
    facts = plain(error.failure)
    assert json.loads(json.dumps(facts)) == facts
    assert facts["parts"][0] == {
        "role": "left",
        "text": "x",
        "span": [2, 1, 2, 2],
        "value": {
            "kind": "tensor",
            "shape": [2, 3],
            "dtype": "float32",
            "text": None,
            "requires_grad": False,
            "length": None,
            "bounds": [1.0, 1.0],
            "repeats": [],
        },
    }


def test_looking_at_a_failure_changes_nothing() -> None:
    session = Session()
    with pytest.raises(TensorshError) as caught:
        session.run("a = ones(2, requires_grad=True); b = a * 2; c = b.t(); b.add_(1); v = a.detach(); c @ ones(3)")
    before = [(t._version, t._storage, t._grad_fn, t._meta) for t in (session.names[name] for name in "abcv")]
    draw_error(caught.value)
    assert [(t._version, t._storage, t._grad_fn, t._meta) for t in (session.names[name] for name in "abcv")] == before
