"""Take the README's pictures of the terminal: `python docs/screenshots.py [NAME …]` writes docs/images/NAME.svg.

Each scene is a real run: tmux gives the shell a terminal of its own and types the scene's lines, one when the prompt is
ready for it; what stands on that terminal at the end, colours included, is drawn by rich. Nothing is retouched.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

IMAGES = Path(__file__).parent / "images"
SOCKET = "tensorsh-screenshots"
PATIENCE = 20.0  # seconds that a line may take
READY = re.compile(r"In \[\d+\]: *$")


@dataclass(frozen=True)
class Scene:
    """What is typed into a terminal of `columns` by `rows`; `half` is typed last, and then Tab instead of Enter."""

    title: str
    lines: tuple[str, ...]
    half: str = ""
    columns: int = 92
    rows: int = 60


SCENES = {
    "memory": Scene(
        "Who shares memory",
        (
            "x = arange(6.); y = x.view(2, 3); z = y.t()",
            "z[0] += 10",
            "z",
            "%share",
            "%why z.view(6)",
        ),
    ),
    "gradient": Scene(
        "Where a gradient came from",
        (
            "w = tensor([1., 2.], requires_grad=True)",
            "h = w * w",
            "loss = (h * 3 + w).sum()",
            "%graph loss",
            "loss.backward()",
            "%grad w",
        ),
    ),
    "mistakes": Scene(
        "Mistakes, drawn at the text",
        (
            "batch = randn(32, 10); weight = randn(5, 10, requires_grad=True)",
            "out = (batch @ weight).relu()",
            "batch.sofmax(dim=1)",
            "s = weight.exp()",
            "s[0] = 0",
            "s.sum().backward()",
        ),
        columns=110,
    ),
    "pictures": Scene(
        "A picture beside the answer",
        (
            "t = linspace(0, 6.28, 200)",
            "%plot t, sin(t) * exp(-t / 4)",
            "%heat outer(sin(t[::20]), cos(t[::10]))",
            "%summary t.sin()",
        ),
    ),
    "typing": Scene(
        "Completion from what a tensor has",
        ("x = randn(3, 4)", "x.size()"),
        half="x.so",
        rows=18,
    ),
}

# The colours of the terminal that is drawn: background, text, then the sixteen of ANSI.
THEME = TerminalTheme(
    (18, 20, 26),
    (216, 219, 226),
    [(40, 44, 52), (240, 113, 120), (152, 195, 121), (229, 192, 123), (97, 175, 239), (198, 120, 221), (86, 182, 194), (200, 204, 212)],
    [(110, 118, 135), (255, 135, 142), (180, 220, 150), (245, 215, 150), (130, 195, 250), (220, 150, 240), (120, 210, 220), (255, 255, 255)],
)

# As rich's own, without the frame of a window and the fonts from the network.
FORMAT = """\
<svg viewBox="0 0 {width} {height}" width="{width}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: {char_height}px; }}
{styles}
</style>
<defs>{lines}</defs>
<rect width="100%" height="100%" rx="8" fill="#12141a"/>
<g transform="translate({terminal_x}, 16)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def tmux(*arguments: str) -> str:
    return subprocess.run(["tmux", "-L", SOCKET, *arguments], check=True, capture_output=True, text=True).stdout


def wait_for_prompt() -> None:
    end = time.monotonic() + PATIENCE
    while not READY.search(tmux("capture-pane", "-p").rstrip("\n")):
        if time.monotonic() > end:
            raise SystemExit("The prompt did not come back:\n" + tmux("capture-pane", "-p"))
        time.sleep(0.05)


def screen_of(scene: Scene) -> str:
    """The lines that stand on the terminal when all has been typed, with their colours as escape sequences."""
    with tempfile.TemporaryDirectory() as home:
        command = f"env HOME={home} XDG_STATE_HOME={home} XDG_CONFIG_HOME={home} COLORTERM=truecolor {sys.executable} -m tensorsh --seed 0"
        tmux("new-session", "-d", "-x", str(scene.columns), "-y", str(scene.rows), command)
        try:
            wait_for_prompt()
            for line in scene.lines:
                tmux("send-keys", "-l", line)
                tmux("send-keys", "Enter")
                time.sleep(0.2)
                wait_for_prompt()
            if scene.half:
                tmux("send-keys", "-l", scene.half)
                tmux("send-keys", "Tab")
                time.sleep(1.0)
            lines = tmux("capture-pane", "-p", "-e", "-N").split("\n")
            plain = tmux("capture-pane", "-p").rstrip().split("\n")
        finally:
            tmux("kill-server")
    shown = len(plain) if scene.half else len(plain) - 1  # without the prompt that waits
    while not plain[shown - 1].strip():
        shown -= 1
    return "\n".join(lines[:shown])


def draw(name: str, scene: Scene) -> None:
    console = Console(record=True, width=scene.columns, file=open(os.devnull, "w"), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi(screen_of(scene)), soft_wrap=True)
    svg = console.export_svg(title=scene.title, theme=THEME, code_format=FORMAT, unique_id=name)
    (IMAGES / f"{name}.svg").write_text(svg, encoding="utf-8")


def main(names: list[str]) -> None:
    IMAGES.mkdir(exist_ok=True)
    for name in names or SCENES:
        draw(name, SCENES[name])
        print(f"Wrote docs/images/{name}.svg")


if __name__ == "__main__":
    main(sys.argv[1:])
