"""Blocks and decorators that switch recording: `no_grad`, `enable_grad`, `set_grad_enabled`, `inference_mode`.

Each is a context manager and a decorator, and changes only the state in force.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from tensorsh.runtime.state import current


def is_grad_enabled() -> bool:
    return current().grad_enabled


def is_inference_mode_enabled() -> bool:
    return current().inference


class _Block:
    """A context manager that can decorate a function, also without calling it first: `@no_grad` and `@no_grad()`."""

    _previous: Any = None

    def __new__(cls, function: Any = None, *args: Any) -> Any:
        made = super().__new__(cls)
        if callable(function):
            made.__init__()  # type: ignore[misc]
            return made(function)
        return made

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function, updated=())
        def inside(*args: Any, **kwargs: Any) -> Any:
            with self._again():
                return function(*args, **kwargs)

        return inside

    def _again(self) -> Any:
        return type(self)()

    def __enter__(self) -> None:
        raise NotImplementedError

    def __exit__(self, *exc_info: Any) -> None:
        raise NotImplementedError


class no_grad(_Block):  # noqa: N801
    """Records nothing inside.

    >>> with no_grad():
    ...     is_grad_enabled()
    False
    """

    _enabled = False

    def __init__(self, *_: Any) -> None:
        pass

    def __enter__(self) -> None:
        state = current()
        self._previous = state.grad_enabled
        state.grad_enabled = self._enabled

    def __exit__(self, *exc_info: Any) -> None:
        current().grad_enabled = self._previous


class enable_grad(no_grad):  # noqa: N801
    """Records inside, also within `no_grad`."""

    _enabled = True


class set_grad_enabled(_Block):  # noqa: N801
    """Switches recording at once; as a block, for the block."""

    def __init__(self, mode: bool) -> None:
        state = current()
        self._previous = state.grad_enabled
        self.mode = bool(mode)
        state.grad_enabled = self.mode

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        current().grad_enabled = self._previous
        return super().__call__(function)

    def _again(self) -> Any:
        return set_grad_enabled(self.mode)

    def __enter__(self) -> None:
        current().grad_enabled = self.mode

    def __exit__(self, *exc_info: Any) -> None:
        current().grad_enabled = self._previous


class inference_mode(_Block):  # noqa: N801
    """Records nothing inside; tensors made there can never be recorded later."""

    def __init__(self, mode: bool = True) -> None:
        self.mode = mode if isinstance(mode, bool) else True

    def _again(self) -> Any:
        return inference_mode(self.mode)

    def __enter__(self) -> None:
        state = current()
        self._previous = (state.grad_enabled, state.inference)
        state.inference = self.mode
        if self.mode:
            state.grad_enabled = False

    def __exit__(self, *exc_info: Any) -> None:
        state = current()
        state.grad_enabled, state.inference = self._previous
