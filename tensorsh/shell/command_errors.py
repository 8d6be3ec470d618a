"""What a % command says when it is used wrongly. It stands apart, so that the shell knows it before any command is loaded."""

from __future__ import annotations

from tensorsh.errors import TensorshError


class CommandError(TensorshError):
    """A command was used wrongly, or cannot do what it is asked to; the message is for the person at the prompt."""

    def __init__(self, command: str, message: str, mark: str = "%") -> None:
        super().__init__(message, None, f"{mark}{command}")
