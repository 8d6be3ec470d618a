"""Images: which dimension holds the channels, what is black and white, and pixels that can be checked by eye."""

from __future__ import annotations

import numpy as np
import pytest

from tensorsh.display.pictures.image import describe_image, image_facts, render_image


def pixel(array, row=0, column=0, **options):
    return image_facts(np.asarray(array), **options).pixels[row, column].tolist()


@pytest.mark.parametrize(
    ("shape", "layout", "size", "channels"),
    [
        ((5, 7), "HW", (5, 7), 1),
        ((1, 5, 7), "CHW", (5, 7), 1),
        ((3, 5, 7), "CHW", (5, 7), 3),
        ((4, 5, 7), "CHW", (5, 7), 4),
        ((5, 7, 1), "HWC", (5, 7), 1),
        ((5, 7, 3), "HWC", (5, 7), 3),
        ((5, 7, 4), "HWC", (5, 7), 4),
        ((3, 5, 3), "CHW", (5, 3), 3),
    ],
)
def test_layouts(shape, layout, size, channels):
    facts = image_facts(np.zeros(shape))
    assert (facts.layout, facts.pixels.shape[:2], facts.channels) == (layout, size, channels)


def test_a_layout_can_be_asked_for():
    assert image_facts(np.zeros((3, 5, 3)), "HWC").pixels.shape == (3, 5, 4)


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.array([[0, 200]], dtype=np.uint8), [200, 200, 200, 255]),
        (np.array([[0.0, 0.2]]), [51, 51, 51, 255]),
        (np.array([[False, True]]), [255, 255, 255, 255]),
        (np.array([[-1.0, 3.0]]), [255, 255, 255, 255]),
        (np.array([[0.0, np.inf]]), [255, 255, 255, 255]),
        (np.array([[1.0, np.nan]]), [0, 0, 0, 255]),
        (np.array([[0, 255]], dtype=np.int64), [255, 255, 255, 255]),
        (np.array([[[0.0, 1.0]], [[0.0, 0.0]], [[0.0, 0.6]]]), [255, 0, 153, 255]),
        (np.array([[[0, 10]], [[0, 20]], [[0, 30]], [[0, 40]]], dtype=np.uint8), [10, 20, 30, 40]),
    ],
)
def test_levels(array, expected):
    assert pixel(array, 0, 1) == expected


def test_another_range_is_stretched_and_said_so():
    facts = image_facts(np.array([[-1.0, 1.0, 3.0]]))
    assert facts.pixels[0, :, 0].tolist() == [0, 128, 255]
    assert facts.note == "-1 … 3 stretched to black … white"


def test_without_colour_bright_pixels_are_dense():
    image = np.array([[0, 85, 170, 255]] * 2, dtype=np.uint8)
    assert render_image(image_facts(image), 20, 6, "none").split("\n") == ["     -----*****@@@@@"] * 5 + [
        "2 × 4, grey, HW"
    ]


def test_half_blocks_hold_two_pixels():
    image = np.zeros((40, 20, 3), dtype=np.uint8)
    image[0::2] = (255, 0, 0)
    image[1::2] = (0, 0, 255)
    line = render_image(image_facts(image), 20, 21, "truecolor").split("\n")[0]
    assert line == "\x1b[38;2;255;0;0;48;2;0;0;255m" + "▀" * 20 + "\x1b[0m"


@pytest.mark.parametrize(
    ("colour", "red"),
    [("16", "91;101"), ("256", "38;5;196;48;5;196"), ("truecolor", "38;2;255;0;0;48;2;255;0;0")],
)
def test_colour_is_what_the_terminal_can(colour, red):
    image = np.zeros((5, 5, 3))
    image[..., 0] = 1.0
    assert render_image(image_facts(image), 20, 6, colour).startswith(f"\x1b[{red}m▀")


@pytest.mark.parametrize("colour", ["16", "256"])
def test_fewer_colours_keep_the_mean(colour):
    grey = np.full((40, 40), 0.4)
    text = render_image(image_facts(grey), 40, 21, colour)
    # The levels of xterm's greys, by the code that writes in them.
    greys = {"30": 0, "90": 127, "37": 229, "97": 255} | {f"38;5;{232 + step}": 8 + 10 * step for step in range(24)}
    drawn = []
    for run in text.rsplit("\n", 1)[0].split("\x1b["):
        codes, _, blocks = run.partition("m")
        if "▀" in blocks:
            upper = ";".join(codes.removeprefix("0;").split(";")[: 3 if colour == "256" else 1])
            drawn += [greys[upper]] * blocks.count("▀")
    assert len(drawn) == 40 * 20
    assert np.mean(drawn) == pytest.approx(0.4 * 255, abs=5)


def test_large_images_are_averaged_and_keep_their_proportions():
    image = np.zeros((400, 800))
    image[:, 1::2] = 1.0
    lines = render_image(image_facts(image), 40, 40, "none").split("\n")
    # 20 pixels high are 10 lines; half of white is the fifth of ten shades.
    assert lines == ["=" * 40] * 10 + ["400 × 800, grey, HW"]


def test_transparent_pixels_show_the_board():
    image = np.zeros((8, 8, 4), dtype=np.uint8)
    assert "38;2;96;96;96" in render_image(image_facts(image), 20, 6, "truecolor")


@pytest.mark.parametrize(
    ("array", "layout", "message"),
    [
        (np.zeros(4), None, r"image\(\) expects a 2-D or 3-D tensor, got 1-D with shape \[4\]"),
        (np.zeros((8, 3, 4, 4)), None, r"got 4-D with shape \[8, 3, 4, 4\]; choose one image, as in x\[0\]"),
        (np.zeros((2, 5, 7)), None, r"image\(\) expects 1, 3 or 4 channels first or last, got shape \[2, 5, 7\]"),
        (np.zeros((3, 5, 7)), "HWC", r"image\(\) expects 1, 3 or 4 channels, got 7 in shape \[3, 5, 7\]"),
        (np.zeros((5, 7)), "CHW", r"image\(\) cannot read shape \[5, 7\] as CHW"),
        (np.zeros((0, 7)), None, r"image\(\) has nothing to draw: the tensor is empty, with shape \[0, 7\]"),
        (np.full((2, 2), np.nan), None, r"image\(\) has nothing to draw: no value is finite \(4 NaN\)"),
        (np.array([["a"]]), None, r"image\(\) expects numbers, got"),
    ],
)
def test_refusals(array, layout, message):
    with pytest.raises(ValueError, match=message):
        image_facts(array, layout)


def test_words():
    assert describe_image(image_facts(np.ones((3, 2, 4)))) == "Image 2 × 4, RGB, CHW; mean brightness 100%."
