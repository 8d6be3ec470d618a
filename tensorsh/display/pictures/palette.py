"""Colours as the terminal can draw them: 24-bit red, green and blue in, the parameters of an SGR escape sequence out.

Owns the tables of colours and the step from 24 bits down to 256 and 16. A "style" here and in `canvas` is a string of
SGR parameters such as `"38;5;81"`; the empty string is the terminal's own colour, and the only style at the level
"none".
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from tensorsh.display.colour import ColourSupport

RGB = tuple[int, int, int]

# One colour a series. Mid-bright, so that they show on a dark and on a light background.
SERIES: tuple[RGB, ...] = (
    (66, 150, 230), (235, 130, 50), (60, 175, 95), (215, 75, 90), (155, 110, 210), (40, 180, 185), (200, 165, 40),
    (225, 110, 180),
)  # fmt: skip
SERIES_16 = ("94", "33", "32", "31", "35", "36", "93", "95")
GREY: RGB = (128, 128, 128)
WARNING: RGB = (225, 85, 70)

# Matplotlib's viridis at nine even steps (CC0): rises evenly in lightness, so it also reads in grey.
VIRIDIS = np.array(
    [
        (68, 1, 84), (71, 44, 122), (59, 81, 139), (44, 113, 142), (33, 144, 141),
        (39, 173, 129), (92, 200, 99), (170, 220, 50), (253, 231, 37),
    ],
    dtype=np.float64,
)  # fmt: skip

# From darkest to brightest on a dark background.
ASCII_RAMP = " .:-=+*#%@"

# xterm's defaults for the 16 colours, in the order of their codes.
XTERM_16 = np.array(
    [
        (0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205),
        (0, 205, 205), (229, 229, 229), (127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0), (92, 92, 255),
        (255, 0, 255), (0, 255, 255), (255, 255, 255),
    ],
    dtype=np.float64,
)  # fmt: skip
_CUBE_LEVELS = np.array([0, 95, 135, 175, 215, 255], dtype=np.float64)
# xterm's colours 16 to 255: a cube of 6×6×6, then 24 greys. Below 16 are those that every user sets to taste.
XTERM_240 = np.concatenate(
    [
        np.stack(np.meshgrid(_CUBE_LEVELS, _CUBE_LEVELS, _CUBE_LEVELS, indexing="ij"), axis=-1).reshape(-1, 3),
        np.repeat(np.arange(8.0, 248.0, 10.0)[:, None], 3, axis=1),
    ]
)


def viridis(fraction: float) -> RGB:
    """The colour at `fraction` (0 to 1) of the scale."""
    position = min(max(fraction, 0.0), 1.0) * (len(VIRIDIS) - 1)
    below = min(int(position), len(VIRIDIS) - 2)
    red, green, blue = VIRIDIS[below] + (position - below) * (VIRIDIS[below + 1] - VIRIDIS[below])
    return round(red), round(green), round(blue)


def series_style(number: int, support: ColourSupport) -> str:
    """The style of series `number`, counting from 0."""
    if support == "16":
        return SERIES_16[number % len(SERIES_16)]
    return foreground(SERIES[number % len(SERIES)], support)


def foreground(rgb: RGB, support: ColourSupport) -> str:
    """The SGR parameters that write in `rgb`."""
    return _parameters(rgb, support, 38, 30, 90)


def background(rgb: RGB, support: ColourSupport) -> str:
    """The SGR parameters that write on `rgb`."""
    return _parameters(rgb, support, 48, 40, 100)


def readable_on(rgb: RGB, support: ColourSupport) -> str:
    """The style of text on a background of `rgb`: black or white, whichever shows better."""
    return (
        foreground((0, 0, 0) if luminance(np.array(rgb)) > 128 else (255, 255, 255), support)
        + ";"
        + background(rgb, support)
    )


def luminance(rgb: np.ndarray) -> np.ndarray:
    """Brightness of colours along the last axis, by the weights of ITU-R BT.601."""
    return rgb @ np.array([0.299, 0.587, 0.114])


@lru_cache(maxsize=4096)
def _parameters(rgb: RGB, support: ColourSupport, extended: int, normal: int, bright: int) -> str:
    if support == "none":
        return ""
    if support == "truecolor":
        return f"{extended};2;{rgb[0]};{rgb[1]};{rgb[2]}"
    if support == "256":
        return f"{extended};5;{nearest_256(rgb)}"
    code = nearest_16(rgb)
    return str(normal + code if code < 8 else bright + code - 8)


def nearest_256(rgb: RGB) -> int:
    """The nearest of xterm's colours 16 to 255."""
    return 16 + int(((XTERM_240 - np.array(rgb)) ** 2).sum(axis=1).argmin())


def nearest_16(rgb: RGB) -> int:
    """The nearest of xterm's 16 colours."""
    return int(((XTERM_16 - np.array(rgb)) ** 2).sum(axis=1).argmin())
