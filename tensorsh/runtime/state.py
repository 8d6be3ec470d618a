"""The state in force: what belongs to one session and decides what an operator does.

Each session owns a `State` and puts it in force while it runs, so that two sessions in one process do not touch each other.
Python code that imports `tensorsh.torch` without a session gets one state a thread, made on first use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tensorsh.runtime.dtype import dtype as DType
    from tensorsh.runtime.generator import Generator


class State:
    """Grad mode, default dtype, random generator, print options, and the statement that runs now. `advice` says whether what
    runs without an error but can hardly be meant may warn.
    """

    __slots__ = (
        "advice", "anomaly", "default_dtype", "formula", "generator", "grad_enabled", "inference", "print_options", "roots",
        "settings", "stale", "where", "__weakref__", "cuts",
    )  # fmt: skip

    advice: bool
    anomaly: str
    default_dtype: DType
    formula: bool
    generator: Generator
    grad_enabled: bool
    inference: bool
    print_options: dict[str, Any]
    cuts: dict[Any, str]
    roots: tuple[int, ...]
    settings: dict[str, Any]
    stale: Callable[[Any, Any, dict[Any, Any]], bool] | None
    where: Any

    def __init__(self, seed: int | None = None) -> None:
        from tensorsh.runtime.dtype import float32
        from tensorsh.runtime.generator import Generator

        self.advice = True
        self.grad_enabled = True
        self.inference = False
        self.anomaly = ""  # "nan" while backward passes look for NaN, "traces" in anomaly mode without that
        self.default_dtype = float32
        self.formula = False  # while derivatives' formulas run and are recorded, but not while hooks do
        self.generator = Generator()
        if seed is None:
            self.generator.seed()
        else:
            self.generator.manual_seed(seed)
        self.print_options = {}
        self.settings = {}  # what `machine` was told: threads, deterministic algorithms …
        self.cuts = {}  # statements that left the graph, and how: see `cut` and `left`
        self.roots = ()  # the numbers of the nodes at which the backward pass that runs began
        # Looks at a node of a backward pass that is older than a write through `.data`, with its gradient and what has arrived at the nodes
        # to come; says whether what it saved has changed.
        self.stale = None
        self.where = None

    def cut(self, made: Any) -> None:
        """Remember that `made` requires no gradient though it was made of what does: nothing is recorded, or it is an integer or bool."""
        where = made._cut = self.where
        if self.grad_enabled:
            self.cuts.setdefault(where, "integer")
        else:
            self.cuts[where] = "inference" if self.inference else "no_grad"

    def left(self, how: str) -> None:
        """Remember that the statement that runs took values out of the graph: `"detach"`, `"data"`, `"item"` or `"copy"`."""
        if how in ("item", "copy"):
            self.cuts.setdefault(self.where, how)
        else:
            self.cuts[self.where] = how


_current: ContextVar[State] = ContextVar("tensorsh.state")


def current() -> State:
    """The state in force; a thread without one gets a fresh state that it keeps."""
    try:
        return _current.get()
    except LookupError:
        state = State()
        _current.set(state)
        return state


@contextmanager
def use(state: State) -> Iterator[State]:
    """Put `state` in force for a block.

    >>> with use(State(seed=0)) as state:
    ...     current() is state
    True
    """
    token = _current.set(state)
    try:
        yield state
    finally:
        _current.reset(token)
