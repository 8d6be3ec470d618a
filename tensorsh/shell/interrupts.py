"""Ctrl-C while a cell runs: stops the program between two steps, never in the middle of one.

The interpreter's own code can be left at any point, so there `KeyboardInterrupt` is raised at once. An operator, an
assignment to several targets, the start of a `with` block or anything else that the interpreter calls would leave a
value half written; it is let to its end, and the interrupt is raised as it returns. Waiting costs a running program
nothing: only after Ctrl-C is Python asked, by its profiling hook, to report returns.

Outside a cell Ctrl-C does nothing here; prompt_toolkit reads it as a key. No number of them ends the shell.
"""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import Any

INTERPRETER = "tensorsh.language."
# Code of the interpreter that must come to its end: it stores more than one value.
WHOLE_STEPS = frozenset({"tensorsh.language.compile_targets", "tensorsh.language.targets"})
# Code that must get as far as its next step: what it has begun is only undone from there.
OPENING = frozenset({"run_with"})
# A backward pass can be left between two nodes.
ENGINE = ("tensorsh.runtime.autograd", "run_backward")


class Interrupts:
    """A context in which Ctrl-C stops the program that runs. `asked` tells whether it was pressed."""

    def __init__(self) -> None:
        self.asked = False
        self._before: Any = None
        self._until: FrameType | None = None

    def __enter__(self) -> Interrupts:
        self.asked = False
        self._before = signal.signal(signal.SIGINT, self._pressed)
        return self

    def __exit__(self, *_: object) -> None:
        # A further Ctrl-C while the hook is taken away must not leave it behind.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._stop_waiting()
        signal.signal(signal.SIGINT, self._before)

    def _pressed(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        now, self._until = _when(frame)
        if now:
            self._stop_waiting()
            raise KeyboardInterrupt
        sys.setprofile(self._event)

    def _event(self, frame: FrameType, event: str, detail: Any) -> None:
        if self._until is not None:
            due = event == "return" and frame is self._until
        else:
            due = event == "call" and _can_stop(frame)
        if due:
            self._stop_waiting()
            raise KeyboardInterrupt

    def _stop_waiting(self) -> None:
        sys.setprofile(None)
        self._until = None


def _can_stop(frame: FrameType) -> bool:
    module = frame.f_globals.get("__name__", "")
    if module.startswith(INTERPRETER):
        return module not in WHOLE_STEPS and frame.f_code.co_name not in OPENING
    return (module, frame.f_code.co_name) == ENGINE


def _when(frame: FrameType | None) -> tuple[bool, FrameType | None]:
    """Whether the program can be stopped where it is; if not, the call that must return first, or None if the
    interpreter's next step is to be waited for.
    """
    inner: FrameType | None = None
    answer: tuple[bool, FrameType | None] | None = None
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module == "importlib._bootstrap":
            answer = None  # a module that is being loaded must not be left half loaded
        elif answer is None and _can_stop(frame):
            answer = inner is None, inner
        elif answer is None and frame.f_code.co_name in OPENING and module.startswith(INTERPRETER):
            answer = False, None
        inner = frame
        frame = frame.f_back
    return answer or (False, None)
