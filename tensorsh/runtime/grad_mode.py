"""Blocks and decorators that switch recording: `no_grad`, `enable_grad`, `set_grad_enabled`, `inference_mode`.

Each is a context manager and a decorator, and changes only the state in force.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from tensorsh.runtime.state import current

# Called when a block of `inference_mode` begins and ends: they mark what is made inside. Set by `tensorsh.ops`.
mark: tuple[Callable[[], None], Callable[[], None]] | None = None


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

    def __repr__(self) -> str:
        return f"<torch.autograd.grad_mode.{type(self).__name__} object at {id(self):#x}>"

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

    def __repr__(self) -> str:
        return f"torch.autograd.grad_mode.set_grad_enabled(mode={self.mode})"

    def __enter__(self) -> None:
        current().grad_enabled = self.mode

    def __exit__(self, *exc_info: Any) -> None:
        current().grad_enabled = self._previous


class set_detect_anomaly(_Block):  # noqa: N801
    """Switches the search for NaN in backward passes at once; as a block, for the block."""

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        state = current()
        self._previous = state.anomaly
        self.mode = bool(mode)
        self.check_nan = check_nan
        state.anomaly = self._wanted()

    def _wanted(self) -> Any:
        return ("nan" if self.check_nan else "traces") if self.mode else ""

    def __repr__(self) -> str:
        return f"<torch.autograd.anomaly_mode.{type(self).__name__} object at {id(self):#x}>"

    def __enter__(self) -> None:
        current().anomaly = self._wanted()

    def __exit__(self, *exc_info: Any) -> None:
        current().anomaly = self._previous


class detect_anomaly(set_detect_anomaly):  # noqa: N801
    """A block in which backward passes stop at the first NaN that they make."""

    def __init__(self, check_nan: bool = True) -> None:
        import warnings

        warnings.warn(
            "Anomaly Detection has been enabled. This mode will increase the runtime and should only be enabled for debugging.",
            UserWarning,
            stacklevel=2,
        )
        state = current()
        self._previous = state.anomaly
        self.mode, self.check_nan = True, check_nan


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
            assert mark is not None
            mark[0]()

    def __exit__(self, *exc_info: Any) -> None:
        state = current()
        state.grad_enabled, state.inference = self._previous
        if self.mode:
            assert mark is not None
            mark[1]()
