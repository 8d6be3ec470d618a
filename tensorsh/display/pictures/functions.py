"""`plot(x)`, `hist(x)`, `heat(x)`, `image(x)` and `summary(x)`: the pictures as functions of scripts.

Each takes the session first, finds the facts, draws them for the session's screen and writes the text where the session writes
what it prints. Without a terminal that is plain text of 80 columns; where the reader wants words, the picture in words.
`%plot` and its like call the same functions with the names that the user gave the tensors.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from tensorsh.display.screen import Screen
from tensorsh.runtime.tensor import Tensor

_ROOM = 20  # lines that a picture takes at most, however high the terminal is
_LEAST_WIDTH, _LEAST_HEIGHT = 20, 6


class Output(Protocol):
    """The part of a session that pictures need."""

    environment: Any

    def screen(self) -> Screen: ...


def array_of(value: Any, caller: str) -> np.ndarray[Any, Any]:
    """The numbers of a tensor, an array, a number or a list of numbers; `TypeError` for anything else.

    >>> array_of([1, 2], "plot")
    array([1, 2])
    """
    if isinstance(value, Tensor):
        return value._array
    if isinstance(value, np.ndarray):
        return value
    if isinstance(value, (bool, int, float, complex)):
        return np.array(value)
    if isinstance(value, (list, tuple, range)) and len(value):
        items = [array_of(item, caller) for item in value]
        if len({item.shape for item in items}) == 1:
            return np.stack(items)
        shapes = sorted({str(list(item.shape)) for item in items})
        raise ValueError(f"{caller}() got a list whose elements differ in shape: {', '.join(shapes)}")
    raise TypeError(f"{caller}() expects a tensor, an array or a list of numbers, not {type(value).__name__}")


def _show(session: Output, facts: Any, describe: Any, render: Any, **options: Any) -> None:
    screen = session.screen()
    if screen.words:
        text = describe(facts)
    else:
        width, height = max(screen.width, _LEAST_WIDTH), max(min(screen.height - 2, _ROOM), _LEAST_HEIGHT)
        text = render(facts, width, height, screen.colour, **options)
    session.environment.write(text.rstrip("\n") + "\n")


def plot(session: Output, *tensors: Any, kind: Any = "line", names: Sequence[str] = ()) -> None:
    """Draws 1-D tensors: one against its index, or several against the first. `kind` is line, scatter or bar.

    A 2-D tensor is a line for each column. Raises `ValueError` for other ranks, lengths that differ and an unknown kind.

        plot(tensor([1., 4., 9.]))
    """
    from tensorsh.display.pictures.plot import describe_plot, plot_facts, render_plot

    arrays = [array_of(tensor, "plot") for tensor in tensors]
    _show(session, plot_facts(*arrays, kind=kind, names=names), describe_plot, render_plot)


def hist(session: Output, x: Any, bins: int | None = None, range: Any = None, kind: Any = "horizontal") -> None:  # noqa: A002
    """Draws how often the values of a tensor of any shape fall into `bins` bins, within `range=(low, high)` if it is given.

    `kind` says whether the bars are horizontal or vertical. Raises `ValueError` for an empty tensor.

        hist(randn(1000), bins=10)
    """
    from tensorsh.display.pictures.histogram import describe_histogram, histogram_facts, render_histogram

    limits = None
    if range is not None:
        if not isinstance(range, (tuple, list)) or len(range) != 2:
            raise ValueError("hist() range must be two numbers, (low, high)")
        limits = (float(range[0]), float(range[1]))
    facts = histogram_facts(array_of(x, "hist"), bins, limits)
    _show(session, facts, describe_histogram, render_histogram, orientation=kind)


def heat(session: Output, x: Any, index: Any = None, name: str = "x") -> None:
    """Draws a matrix as shades on a scale; of a tensor with more dimensions the first slice, or the one that `index` names.

    Raises `ValueError` for fewer than two dimensions, `IndexError` for an index out of range.

        heat(eye(8))
    """
    from tensorsh.display.pictures.heat import describe_heat, heat_facts, render_heat

    wanted = index if index is None or isinstance(index, (tuple, list)) else (index,)
    _show(session, heat_facts(array_of(x, "heat"), wanted, name), describe_heat, render_heat)


def image(session: Output, x: Any, layout: Any = None) -> None:
    """Draws a tensor of pixels: H×W, C×H×W or H×W×C (`layout` "HW", "CHW" or "HWC") with 1, 3 or 4 channels.

    Real numbers in 0 … 1 and whole numbers in 0 … 255 are taken as they are, other ranges stretched. Raises `ValueError`.

        image(rand(3, 16, 16))
    """
    from tensorsh.display.pictures.image import describe_image, image_facts, render_image

    _show(session, image_facts(array_of(x, "image"), layout), describe_image, render_image)


def summary(session: Output, x: Any) -> None:
    """Shows a tensor's range, mean, median and deviation, its NaN, infinities and zeros, and how its values are spread.

    `x` has any shape and any dtype of numbers, and may be empty.

        summary(randn(100))
    """
    from tensorsh.display.pictures.summary import describe_summary, render_summary, summary_facts

    _show(session, summary_facts(array_of(x, "summary")), describe_summary, render_summary)
