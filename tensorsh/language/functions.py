"""What a script can call: its own functions (`Function`) and the host's (`Builtin`).

A `Function` is called in two ways that mean the same: by the compiler through `invoke`, which costs no keyword dictionary and
no C stack, and by host code (`sorted(key=…)`, hooks) as an ordinary callable. Arguments are bound as Python binds them, with its
error texts. A frame is a list: slot 0 is the value that `return` leaves, then the parameters, then other locals and cells.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from tensorsh.language.binding import bind, bind_quickly
from tensorsh.language.limits import SCRIPT_DEPTH
from tensorsh.language.sentinels import RETURN, UNBOUND

if TYPE_CHECKING:
    from tensorsh.language.environment import Environment

Frame = list[Any]
# After so many calls a body, and after so many turns a loop, is worth writing again (`fused_code`).
HOT_CALLS = 8
HOT_TURNS = 24


def _look_like(kind: type, name: str) -> None:
    """Let a type of ours print as the type of Python's that it stands for, also in the host's error texts."""
    kind.__name__ = kind.__qualname__ = name
    kind.__module__ = "builtins"


class Cell:
    """A variable that more than one function can see."""

    __slots__ = ("value",)

    def __init__(self, value: Any = UNBOUND) -> None:
        self.value = value


class Code:
    """What is the same for every function that one `def` or `lambda` makes."""

    __slots__ = (
        "name",
        "qualname",
        "doc",
        "positional",
        "positional_only",
        "vararg",
        "keyword_only",
        "kwarg",
        "argcount",
        "parameters",
        "plain",
        "variadic",
        "has_cells",
        "cell_parameters",
        "local_tail",
        "fresh_cells",
        "gives_value",
        "body",
        "calls",
        "compile_body",
        "fuse_body",
        "node",
    )

    def __init__(
        self,
        name: str,
        qualname: str,
        doc: str | None,
        positional: tuple[str, ...],
        positional_only: int,
        vararg: str | None,
        keyword_only: tuple[str, ...],
        kwarg: str | None,
        node: Any,
        compile_body: Callable[[], Callable[[Frame], Any]],
        fuse_body: Callable[[], Callable[[Frame], Any]],
    ) -> None:
        self.name = name
        self.qualname = qualname
        self.doc = doc
        self.positional = positional
        self.positional_only = positional_only
        self.vararg = vararg
        self.keyword_only = keyword_only
        self.kwarg = kwarg
        self.argcount = len(positional)
        # All parameters, in the order in which a frame holds them.
        self.parameters = (*positional, *_some(vararg), *keyword_only, *_some(kwarg))
        self.variadic = vararg is not None or kwarg is not None
        self.plain = not self.variadic and not keyword_only
        self.node = node
        self.compile_body = compile_body
        self.fuse_body = fuse_body
        self.body: Any = None  # takes the frame
        self.calls = 0  # up to HOT_CALLS
        # Whether the body gives the value of the call, as that of a lambda and a hot one do, or a signal.
        self.gives_value = False
        self.has_cells = False
        self.cell_parameters: tuple[int, ...] = ()
        self.local_tail: list[Any] = []
        self.fresh_cells: tuple[int, ...] = ()

    def warm(self) -> None:
        """Make the body ready for one more call: closures at the first, one host function when the code turns out to be hot."""
        self.calls += 1
        if self.calls == HOT_CALLS:
            self.body, self.gives_value = self.fuse_body(), True
        elif self.calls == 1:
            self.body = self.compile_body()


def _some(name: str | None) -> tuple[str, ...]:
    return () if name is None else (name,)


class Function:
    """A function of a script. Its type prints as Python's does: `<class 'function'>`."""

    __slots__ = ("code", "environment", "defaults", "kwdefaults", "tail", "tails", "layouts", "attributes", "name", "doc", "__weakref__")

    def __init__(
        self,
        code: Code,
        environment: Environment,
        defaults: tuple[Any, ...],
        kwdefaults: dict[str, Any],
        cells: Sequence[Any],
    ) -> None:
        self.code = code
        self.environment = environment
        self.defaults = defaults
        self.kwdefaults = kwdefaults
        self.tail = [*code.local_tail, *cells]  # what follows the parameters in a frame
        # The same for hot code that is called with so many positional arguments and no others, after the defaults for the rest.
        self.tails: dict[int, list[Any]] = {}
        self.layouts: dict[tuple[Any, ...], tuple[list[int], list[Any]]] = {}  # by the form of a call: see `binding`
        self.attributes: dict[str, Any] = {}
        self.name = code.name
        self.doc = code.doc

    def __repr__(self) -> str:
        return f"<function {self.code.qualname} at {id(self):#x}>"

    @property
    def __name__(self) -> str:
        return self.name

    def __getattr__(self, name: str) -> Any:
        # For host code that wraps functions; a class body cannot define `__qualname__` as a property.
        if name == "__qualname__":
            return self.code.qualname
        raise AttributeError(f"'function' object has no attribute {name!r}", name=name, obj=self)

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]
        return self.doc

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not kwargs and len(args) in self.tails:
            return self.run([None, *args, *self.tails[len(args)]])
        return self.invoke(args, kwargs)

    def invoke(self, args: Sequence[Any], kwargs: dict[str, Any] | None = None) -> Any:
        """Call with positional arguments and, where there are any, a dictionary of keyword arguments."""
        code = self.code
        if kwargs or not code.plain or len(args) != code.argcount:
            count = -1 if kwargs else len(args)
            args = bind_quickly(self, args, kwargs or {}) or bind(self, args, kwargs or {})
        else:
            count = code.argcount
        if code.calls < HOT_CALLS:
            code.warm()
        elif count >= 0 and code.variadic is False and not code.has_cells:
            self.tails[count] = [*args[count:], *self.tail]
        frame = [None, *args, *self.tail]
        if code.has_cells:
            for slot in code.cell_parameters:
                frame[slot] = Cell(frame[slot])
            for slot in code.fresh_cells:
                frame[slot] = Cell()
        return self.run(frame)

    def run(self, frame: Frame) -> Any:
        """Run the body on a frame in which the arguments stand."""
        code, environment = self.code, self.environment
        gives_value = code.gives_value  # as long as this body runs, though the next call may have another
        depth = environment.depth
        if depth >= SCRIPT_DEPTH:
            raise RecursionError("maximum recursion depth exceeded")
        environment.depth = depth + 1
        state = environment.state
        where = state.where
        try:
            result = code.body(frame)
        finally:
            environment.depth = depth
        state.where = where  # what follows in the caller's statement is the caller's again
        if gives_value:
            return result
        return frame[0] if result is RETURN else None


_look_like(Function, "function")


class Builtin:
    """A host function as a script sees it: its name, how it is called and what it does, but none of its insides."""

    __slots__ = ("name", "function", "signature", "doc", "__weakref__")

    def __init__(
        self, name: str, function: Callable[..., Any], signature: str | None = None, doc: str | None = None
    ) -> None:
        self.name = name
        self.function = function
        self.signature = signature
        self.doc = doc

    def __repr__(self) -> str:
        space, _, name = self.name.rpartition(".")
        if space.partition(".")[0] == "torch":
            from tensorsh.ops.python_calls import find

            if find(self.name.removeprefix("torch.")) is not None:
                return f"<function {name} at {id(self):#x}>"
            if space in ("torch.linalg", "torch.special", "torch.fft"):
                name = f"{space.removeprefix('torch.')}_{name}"
            if space == "torch" and hasattr(self.function, "operator"):
                return f"<built-in method {name} of type object at {id(Builtin):#x}>"
        return f"<built-in function {name}>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)

    @property
    def __name__(self) -> str:
        return self.name.rpartition(".")[2]

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]
        return self.doc


_look_like(Builtin, "builtin_function_or_method")
