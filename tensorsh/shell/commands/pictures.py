"""`%plot`, `%hist`, `%heat`, `%image` and `%summary`: the functions of `display.pictures.functions`, given expressions and options.

Drawn in the shell's width and colours, or said in words where the shell is plain.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tensorsh.display.screen import Screen
from tensorsh.shell.commands.command import (
    FLAG,
    Command,
    CommandError,
    complete_options,
    evaluate,
    need,
    read_options,
    screen_of,
)

_PLOT = {"kind": ("line", "scatter", "bar")}
_HIST = {"bins": int, "low": float, "high": float, "kind": ("horizontal", "vertical")}
_HEAT = {"index": str, "step": FLAG}
_IMAGE = {"layout": ("HW", "CHW", "HWC")}


class _Paper:
    """What the pictures take for a session: they write to the shell and draw for its screen."""

    def __init__(self, shell: Any) -> None:
        self.environment = self
        self.write: Callable[[str], None] = shell.write
        self._shell = shell

    def screen(self) -> Screen:
        return screen_of(self._shell)


def _values(shell: Any, command: str, argument: str, table: Any) -> tuple[list[tuple[str, Any]], dict[str, Any]]:
    rest, options = read_options(command, argument, table)
    return evaluate(shell, command, need(command, rest, "a tensor", f"%{command} x")), options


def _one(shell: Any, command: str, argument: str, table: Any) -> tuple[str, Any, dict[str, Any]]:
    values, options = _values(shell, command, argument, table)
    if len(values) > 1:
        raise CommandError(command, f"draws one tensor, not {len(values)}")
    return (*values[0], options)


def _draw(command: str, function: Callable[..., None], *args: Any, **options: Any) -> None:
    try:
        function(*args, **options)
    except (ValueError, TypeError, IndexError) as error:
        raise CommandError(command, str(error).removeprefix(f"{command}() ")) from None


def plot(shell: Any, argument: str) -> None:
    from tensorsh.display.pictures import functions

    values, options = _values(shell, "plot", argument, _PLOT)
    names = [name for name, _ in values]
    _draw("plot", functions.plot, _Paper(shell), *(value for _, value in values), names=names, **options)


def hist(shell: Any, argument: str) -> None:
    from tensorsh.display.pictures import functions

    _, value, options = _one(shell, "hist", argument, _HIST)
    low, high = options.pop("low", None), options.pop("high", None)
    if (low is None) != (high is None):
        raise CommandError("hist", "takes --low and --high together")
    limits = None if low is None else (low, high)
    _draw("hist", functions.hist, _Paper(shell), value, range=limits, **options)


def heat(shell: Any, argument: str) -> None:
    from tensorsh.display.pictures import functions

    name, value, options = _one(shell, "heat", argument, _HEAT)
    index = _index(options["index"]) if "index" in options else None
    if "step" in options:
        _draw("heat", _tell if shell.plain else _step, shell, name, functions.array_of(value, "heat"), index)
        return
    _draw("heat", functions.heat, _Paper(shell), value, index=index, name=name)
    more = getattr(value, "ndim", 2) > 2
    if more and not shell.plain:
        shell.say(f"One slice of {name}; %heat {name} --step walks through them, --index=1 shows another.")


def _index(text: str) -> tuple[Any, ...]:
    """`1,:,:,0` as an index."""
    parts: list[Any] = []
    for part in text.strip("[]()").split(","):
        word = part.strip()
        if word == ":":
            parts.append(slice(None))
        elif word == "...":
            parts.append(...)
        else:
            try:
                parts.append(int(word))
            except ValueError:
                raise CommandError(
                    "heat", f"--index needs whole numbers and :, as in --index=1,:,:, not {text!r}"
                ) from None
    return tuple(parts)


# What the stepper's keys do: the keys, how many slices further on, and what it says about them.
STEPS = ((("right", "n", " "), 1, "→ next"), (("left", "p"), -1, "← previous"))
LEAVE = ("q", "escape", "enter", "c-c", "c-d")


MOST_TOLD = 20  # slices that a screen reader gets one after the other


def _tell(shell: Any, name: str, array: Any, index: Any) -> None:
    """The slices in words, each on its line: nothing is redrawn for a screen reader."""
    from tensorsh.display.pictures.heat import describe_heat, heat_facts, next_slice

    facts = first = heat_facts(array, index, name)
    for _ in range(MOST_TOLD):
        shell.write(f"{describe_heat(facts).rstrip()}\n")
        facts = heat_facts(array, next_slice(facts), name)
        if facts.index == first.index:
            return
    shell.say(f"There are more slices; %heat {name} --index=N shows one.")


def _step(shell: Any, name: str, array: Any, index: Any) -> None:
    """Show one slice after another until the user leaves."""
    from prompt_toolkit.application import Application
    from prompt_toolkit.formatted_text import ANSI
    from prompt_toolkit.key_binding import KeyBindings
    from prompt_toolkit.key_binding.key_processor import KeyPressEvent
    from prompt_toolkit.layout import Layout, Window
    from prompt_toolkit.layout.controls import FormattedTextControl

    from tensorsh.display.pictures.heat import heat_facts, next_slice, render_heat

    facts = heat_facts(array, index, name)

    def drawn() -> ANSI:
        screen = screen_of(shell)
        height = max(min(screen.height - 3, 20), 6)
        picture = render_heat(facts, max(screen.width, 20), height, screen.colour)
        help_line = ", ".join([*(label for _, _, label in STEPS), "q leave"])
        return ANSI(f"{picture.rstrip()}\n{help_line}")

    keys = KeyBindings()

    def bind(key: str, steps: int) -> None:
        @keys.add(key)
        def move(event: KeyPressEvent) -> None:
            nonlocal facts
            facts = heat_facts(array, next_slice(facts, steps), name)

    for names, steps, _ in STEPS:
        for key in names:
            bind(key, steps)
    for key in LEAVE:

        @keys.add(key, eager=True)
        def leave(event: KeyPressEvent) -> None:
            event.app.exit()

    window = Window(FormattedTextControl(drawn, focusable=True, show_cursor=False), dont_extend_height=True)
    Application(layout=Layout(window), key_bindings=keys, erase_when_done=True).run(in_thread=_loop_runs())
    # What was looked at last stays on the screen.
    from tensorsh.display.pictures import functions

    functions.heat(_Paper(shell), array, next_slice(facts, 0), name)


def _loop_runs() -> bool:
    """Whether this thread runs an event loop already, so that a second one needs a thread of its own."""
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def image(shell: Any, argument: str) -> None:
    from tensorsh.display.pictures import functions

    _, value, options = _one(shell, "image", argument, _IMAGE)
    _draw("image", functions.image, _Paper(shell), value, **options)


def summary(shell: Any, argument: str) -> None:
    from tensorsh.display.pictures import functions

    _, value, _ = _one(shell, "summary", argument, {})
    _draw("summary", functions.summary, _Paper(shell), value)


COMMANDS = (
    Command(
        "plot",
        "%plot X [, Y ...] [--kind=line|scatter|bar]",
        "draw 1-D tensors as lines, points or bars",
        "One tensor is drawn against its index; of two or more, the first is x. A 2-D tensor is a line for each column.\n"
        "Any expression will do. In scripts: plot(x, y, kind='scatter').\n\n"
        "    %plot x * 2\n    %plot x, y --kind=scatter\n",
        plot,
        complete_options(_PLOT),
    ),
    Command(
        "hist",
        "%hist X [--bins=N] [--low=A --high=B] [--kind=vertical]",
        "draw how often values fall into bins",
        "A tensor of any shape. Without --bins, the data decide how many. In scripts: hist(x, bins=10, range=(0, 1)).\n\n"
        "    %hist randn(1000)\n    %hist x --bins=20\n",
        hist,
        complete_options(_HIST),
    ),
    Command(
        "heat",
        "%heat X [--index=I] [--step]",
        "draw a matrix as shades on a scale",
        "Of a tensor with more than two dimensions, the first slice of the last two; --index chooses another, --step walks\n"
        "through them with the arrow keys. In scripts: heat(x) and heat(x, index=(1,)).\n\n"
        "    %heat x\n    %heat x[0]\n    %heat x --index=1\n    %heat x --index=:,0,:\n    %heat x --step\n",
        heat,
        complete_options(_HEAT),
    ),
    Command(
        "image",
        "%image X [--layout=HW|CHW|HWC]",
        "draw a tensor of pixels",
        "H×W, C×H×W or H×W×C with 1, 3 or 4 channels. Real numbers in 0 … 1 and whole numbers in 0 … 255 are taken as they\n"
        "are, other ranges stretched. In scripts: image(x).\n\n    %image x\n    %image batch[0]\n",
        image,
        complete_options(_IMAGE),
    ),
    Command(
        "summary",
        "%summary X",
        "range, mean, deviation, NaN and inf counts, zeros, spread",
        "What a tensor of any shape holds. In scripts: summary(x).\n\n    %summary x.grad\n",
        summary,
    ),
)
