"""tensorsh: a shell and script interpreter for tensor expressions. `Session` runs source text; `tensorsh.torch` is for
Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tensorsh.errors import Span, TensorshError

if TYPE_CHECKING:
    from tensorsh.session import Session

__version__ = "0.1.0"
__all__ = ["Session", "Span", "TensorshError", "__version__"]


def __getattr__(name: str) -> Any:
    # The session brings in the language and the runtime; `tensorsh --version` needs neither.
    if name == "Session":
        from tensorsh.session import Session

        return Session
    raise AttributeError(f"module 'tensorsh' has no attribute {name!r}")
