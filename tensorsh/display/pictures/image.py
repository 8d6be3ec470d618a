"""Images: tensors of pixels as half blocks in colour, or as a ramp of characters.

Owns `image_facts` (which dimension holds the channels, and what 0 and 255 stand for) and `render_image`. A pixel is one
column wide and half a line high, about square on a terminal; a larger image is averaged down, a small one enlarged by a
whole factor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from tensorsh.display.colour import ColourSupport
from tensorsh.display.pictures.axes import number_text
from tensorsh.display.pictures.canvas import Canvas, check_size, fit
from tensorsh.display.pictures.palette import ASCII_RAMP, GREY, XTERM_16, XTERM_240, background, foreground, luminance
from tensorsh.display.pictures.values import (
    count_missing,
    describe_missing,
    drawable_values,
    finite_range,
    fractions,
    refuse_rank,
)

Layout = Literal["HW", "CHW", "HWC"]

_CHANNELS = (1, 3, 4)
_BELOW = np.array([[3.0], [5.0], [1.0]])
# What transparent pixels are laid on, in squares of four.
_BOARD = (96, 160)


@dataclass(frozen=True, slots=True, eq=False)
class Image:
    """`pixels` is height × width × 4, uint8: red, green, blue and opacity. `note` says what was done to the values, if
    anything."""

    pixels: np.ndarray
    layout: Layout
    channels: int
    note: str


def image_facts(array: np.ndarray, layout: Layout | None = None) -> Image:
    """Reads an array as an image: H×W, C×H×W or H×W×C with 1, 3 or 4 channels (grey; red, green, blue; and opacity).

    Without `layout`, the dimension that has 1, 3 or 4 entries holds the channels; where both ends do, it is the first,
    as PyTorch has it. Whole numbers in 0 … 255 and real numbers in 0 … 1 are taken as they are; any other range is
    stretched to black … white, and `note` says so. Booleans are black and white. NaN is drawn black.

    Raises `ValueError` for other ranks and numbers of channels, an empty tensor, no finite value, or no numbers.

    >>> import numpy as np
    >>> facts = image_facts(np.zeros((3, 32, 48)))
    >>> facts.layout, facts.pixels.shape
    ('CHW', (32, 48, 4))
    """
    array = np.asarray(array)
    if array.ndim not in (2, 3):
        raise refuse_rank(
            "image", "2-D or 3-D", array.shape, "; choose one image, as in x[0]" if array.ndim > 3 else ""
        )
    values = drawable_values(array, "image")
    layout = _layout(array.shape) if layout is None else layout
    if layout not in ("HW", "CHW", "HWC") or (layout == "HW") != (array.ndim == 2):
        raise ValueError(f"image() cannot read shape {list(array.shape)} as {layout}")
    if layout == "HW":
        values = values[:, :, None]
    elif layout == "CHW":
        values = np.moveaxis(values, 0, 2)
    channels = values.shape[2]
    if channels not in _CHANNELS:
        raise ValueError(f"image() expects 1, 3 or 4 channels, got {channels} in shape {list(array.shape)}")
    levels, note = _levels(values, array.dtype)
    pixels = np.full((*levels.shape[:2], 4), 255, dtype=np.uint8)
    # One channel is broadcast to red, green and blue.
    pixels[:, :, : max(channels, 3)] = levels
    return Image(pixels, layout, channels, note)


def _layout(shape: tuple[int, ...]) -> Layout:
    if len(shape) == 2:
        return "HW"
    if shape[0] in _CHANNELS:
        return "CHW"
    if shape[2] in _CHANNELS:
        return "HWC"
    raise ValueError(f"image() expects 1, 3 or 4 channels first or last, got shape {list(shape)}")


def _levels(values: np.ndarray, dtype: np.dtype) -> tuple[np.ndarray, str]:
    """Values as uint8, and a note on how."""
    low, high = finite_range(values)
    notes = ["magnitudes"] if dtype.kind == "c" else []
    white = 255.0 if dtype.kind in "iu" else 1.0
    if low < 0 or high > white:
        notes.append(f"{number_text(low)} … {number_text(high)} stretched to black … white")
    else:
        low, high = 0.0, white
    missing = describe_missing(*count_missing(values))
    if missing:
        notes.append(missing)
    return np.rint(np.nan_to_num(fractions(values, low, high), nan=0.0) * 255).astype(np.uint8), ", ".join(notes)


def describe_image(facts: Image) -> str:
    """The image in words."""
    opacity = facts.pixels[:, :, 3:] / 255
    mean = (luminance(facts.pixels[:, :, :3]) * opacity[:, :, 0]).mean() / 255
    return f"Image {_caption(facts)}; mean brightness {mean:.0%}."


def _caption(facts: Image) -> str:
    height, width = facts.pixels.shape[:2]
    kind = {1: "grey", 3: "RGB", 4: "RGBA"}[facts.channels]
    return f"{height} × {width}, {kind}, {facts.layout}" + (f", {facts.note}" if facts.note else "")


def render_image(facts: Image, width: int, height: int, colour: ColourSupport) -> str:
    """Draws the image, with its size below it, in at most `width` columns and `height` lines. Without colour, bright
    pixels are dense characters. Raises `ValueError` below 20 columns or 6 lines."""
    check_size(width, height)
    rgb = _scaled(facts.pixels, width, 2 * (height - 1))
    rows, columns = rgb.shape[0] // 2, rgb.shape[1]
    canvas = Canvas(width, rows + 1)
    if colour == "none":
        bright = luminance(rgb.reshape(rows, 2, columns, 3).mean(axis=1))
        levels = np.minimum((bright / 256 * len(ASCII_RAMP)).astype(int), len(ASCII_RAMP) - 1)
        for row, line in enumerate(levels.tolist()):
            canvas.put(row, 0, "".join(ASCII_RAMP[level] for level in line))
    else:
        if colour != "truecolor":
            rgb = _diffused(rgb, XTERM_16 if colour == "16" else XTERM_240)
        pairs = np.rint(rgb).astype(int).tolist()
        for row in range(rows):
            for column in range(columns):
                upper, lower = (tuple(pairs[2 * row + half][column]) for half in (0, 1))
                canvas.put(row, column, "▀", f"{foreground(upper, colour)};{background(lower, colour)}")
    canvas.put(rows, 0, fit(_caption(facts), width), foreground(GREY, colour))
    return canvas.text()


def _scaled(pixels: np.ndarray, most_columns: int, most_rows: int) -> np.ndarray:
    """Pixels as red, green and blue (float64) on a board where they are transparent, with an even number of rows."""
    height, width = pixels.shape[:2]
    opaque = pixels[:, :, 3:] / 255.0
    # Colour counts by its opacity, or transparent pixels would bleed into their neighbours.
    layers = np.concatenate([pixels[:, :, :3] * opaque, opaque], axis=2)
    scale = min(most_columns / width, most_rows / height)
    if scale >= 1:
        layers = layers.repeat(int(scale), axis=0).repeat(int(scale), axis=1)
    else:
        for axis, size in ((0, max(round(height * scale), 1)), (1, max(round(width * scale), 1))):
            layers = _averaged(layers, axis, size)
    if layers.shape[0] % 2:
        # The last line has a lower half; it repeats the row above it.
        layers = np.concatenate([layers, layers[-1:]])
    row, column = np.indices(layers.shape[:2]) // 4
    board = np.array(_BOARD, dtype=np.float64)[(row + column) % 2]
    return layers[:, :, :3] + board[:, :, None] * (1 - layers[:, :, 3:])


def _averaged(layers: np.ndarray, axis: int, size: int) -> np.ndarray:
    """Averages along an axis down to `size` entries."""
    edges = np.linspace(0, layers.shape[axis], size + 1).round().astype(int)
    totals = np.add.reduceat(layers, edges[:-1], axis=axis)
    return totals / np.diff(edges).reshape([-1 if dim == axis else 1 for dim in range(3)])


def _diffused(rgb: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """Pixels in the given colours alone, each passing its error on to its neighbours (Floyd and Steinberg, 1976)."""
    rows, columns = rgb.shape[:2]
    # A margin at the left, the right and below takes what would fall outside.
    wanted = np.zeros((rows + 1, columns + 2, 3))
    wanted[:rows, 1:-1] = rgb
    drawn = np.empty_like(rgb)
    for row in range(rows):
        for column in range(1, columns + 1):
            drawn[row, column - 1] = colours[((colours - wanted[row, column]) ** 2).sum(axis=1).argmin()]
            error = (wanted[row, column] - drawn[row, column - 1]) / 16
            wanted[row, column + 1] += 7 * error
            wanted[row + 1, column - 1 : column + 2] += _BELOW * error
    return drawn
