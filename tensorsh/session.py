"""One running program: its names, its state, what it prints and how it fails. The command line, the shell, the tests
and programs that embed tensorsh all drive a `Session`.

Two sessions share nothing that a script can change: seed, default dtype, print options, grad mode and names are each
one's own. Whatever a script raises leaves as a `TensorshError`; only an interrupt passes through as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal
from weakref import ref

import numpy as np

from tensorsh.display.text import repr_of
from tensorsh.errors import TensorshError
from tensorsh.language.compiler import compile_module
from tensorsh.language.environment import Environment
from tensorsh.language.functions import Builtin
from tensorsh.language.nesting import message_of
from tensorsh.language.nodes import Node
from tensorsh.language.parser import parse
from tensorsh.language.sources import Source, Sources
from tensorsh.runtime import state as states

if TYPE_CHECKING:
    from tensorsh.diagnostics.failure import Failure
    from tensorsh.diagnostics.places import Place
    from tensorsh.display.screen import Screen

Echo = Literal["none", "last", "all"]
ECHOES: tuple[Echo, ...] = ("none", "last", "all")

_PICTURES = "tensorsh.display.pictures.functions"
_GRADIENTS = "tensorsh.explain.gradients"

# Functions that scripts may call and that are not PyTorch's: name -> module:function. They get the session first and write their
# text where it writes. Every other name comes before these, so they shadow nothing.
SCRIPT_FUNCTIONS: dict[str, str] = {
    **{name: f"{_PICTURES}:{name}" for name in ("plot", "hist", "heat", "image", "summary")},
    "progress": "tensorsh.display.progress:progress",
    "share": "tensorsh.explain.sharing:share",
    "writes": "tensorsh.explain.sharing:writes_",
    "why": "tensorsh.explain.view_or_copy:why",
    "broadcast": "tensorsh.explain.broadcasting:broadcast",
    "tracing": "tensorsh.explain.trace:tracing",
    "mem": "tensorsh.explain.memory:mem",
    **{name: f"{_GRADIENTS}:{name}" for name in ("graph", "explain_grad", "why_none", "find_nan", "writes_log")},
    "explain": "tensorsh.explain.errors:explain",
}


class _ScriptFunctions(Mapping[str, Any]):
    """The functions of `SCRIPT_FUNCTIONS`, bound to a session and imported when they are first named."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._loaded: dict[str, Builtin] = {}

    def __getitem__(self, name: str) -> Builtin:
        if name not in self._loaded:
            self._loaded[name] = self._load(name)
        return self._loaded[name]

    def __contains__(self, name: object) -> bool:
        return name in SCRIPT_FUNCTIONS

    def __iter__(self) -> Iterator[str]:
        return iter(SCRIPT_FUNCTIONS)

    def __len__(self) -> int:
        return len(SCRIPT_FUNCTIONS)

    def _load(self, name: str) -> Builtin:
        from functools import partial
        from importlib import import_module
        from inspect import Parameter, signature

        module, _, attribute = SCRIPT_FUNCTIONS[name].partition(":")
        function = getattr(import_module(module), attribute)
        _, *parameters = signature(function).parameters.values()
        shown = ", ".join(str(one.replace(annotation=Parameter.empty)) for one in parameters)
        return Builtin(name, partial(function, self._session), f"({shown})", function.__doc__)


def _nowhere(value: Any) -> None:
    pass


def _at_once(run: Callable[[], None]) -> None:
    run()


class Session:
    """A program's names and state, which live from one `run` to the next.

    >>> session = Session(seed=0)
    >>> session.run("x = torch.arange(3)")
    ''
    >>> session.run("x * 2")
    'tensor([0, 2, 4])\\n'
    """

    def __init__(self, seed: int | None = None) -> None:
        self.state = states.State(seed)
        # Weakly, for a trace holds the state, and must end with the session.
        forgotten = ref(self)
        self.state.stale = lambda *facts: (session := forgotten()) is not None and session._stale(*facts)
        self.environment = Environment(state=self.state)
        self.environment.extra = _ScriptFunctions(self)
        self.screen: Callable[[], Screen] = _no_screen  # what pictures are drawn on; measured anew for each
        self.filename = "<input>"  # of the source that runs, or that ran last
        self.sources = Sources()  # what was run, so that an error or a graph node can say where it stands

    @property
    def names(self) -> dict[str, Any]:
        """The global names of the program and their values."""
        return self.environment.globals

    def run(self, source: str, echo: Echo = "last", filename: str = "<input>") -> str:
        """Runs `source` and returns the text that it printed, echoed values among it.

        `echo` says which expression statements outside functions show their value: `"none"`, `"last"` (the last
        statement, as a notebook's cell does) or `"all"`. None is never shown, nor an expression that ends in `;`.

        Raises `TensorshError` if `source` does not parse or fails; its `output` is what was printed before.

        >>> Session().run("x = 6; print(x); x * 7")
        '6\\n42\\n'
        """
        printed: list[str] = []
        try:
            self.execute(source, printed.append, echo, filename)
        except TensorshError as error:
            error.output = "".join(printed)
            raise
        return "".join(printed)

    def execute(
        self,
        source: str,
        write: Callable[[str], object],
        echo: Echo = "none",
        filename: str = "<input>",
        *,
        show: Callable[[Any], object] | None = None,
    ) -> None:
        """Runs `source` as `run` does, but hands every piece of text to `write` as soon as it is printed, and the
        values that are echoed to `show`, if it is given.
        """

        def write_value(value: Any) -> None:
            if value is not None:
                write(repr_of(value) + "\n")

        self._execute(source, write, show or write_value, echo, filename)

    def evaluate(self, source: str, filename: str = "<input>") -> Any:
        """The value of `source` if its last statement is an expression, else None.

        >>> Session().evaluate("2 + 3")
        5
        """
        values: list[Any] = [None]
        self._execute(source, _nowhere, values.append, "last", filename)
        return values[-1]

    def timed(
        self,
        source: str,
        timer: Callable[[Callable[[], None]], Any],
        filename: str = "<input>",
        write: Callable[[str], object] | None = None,
        show: Callable[[Any], object] | None = None,
    ) -> Any:
        """What `timer` returns; it gets a function that runs `source`, compiled once, as often as it is called.

        What is printed goes to `write`, the value of the last statement to `show`; nowhere if they are not given.

        >>> Session().timed("x = 2 + 3", lambda run: [run() for _ in range(3)])
        [None, None, None]
        """
        results: list[Any] = []

        def start(run: Callable[[], None]) -> None:
            results.append(timer(run))

        echo: Echo = "none" if show is None else "last"
        self._execute(source, write or _nowhere, show or _nowhere, echo, filename, start)
        return results[0]

    def _execute(
        self,
        source: str,
        write: Callable[[str], object],
        show: Callable[[Any], object],
        echo: Echo,
        filename: str,
        start: Callable[[Callable[[], None]], object] = _at_once,
    ) -> None:
        if echo not in ECHOES:
            raise ValueError(f"echo must be one of {', '.join(map(repr, ECHOES))}, not {echo!r}")
        environment = self.environment
        outer = environment.write, environment.echo, self.state.where
        environment.write, environment.echo, self.filename = write, show, filename
        running = Source(None, source, filename)
        try:
            with states.use(self.state), np.errstate(all="ignore"):
                module = parse(source, filename)
                running = Source(module, source, filename)
                program = compile_module(module, source, filename)
                self.sources.remember(running, bool(program.symbols.scopes))
                start(program.prepare(environment, echo))
        except TensorshError as error:
            error.source = error.source or source
            raise
        except (Exception, SystemExit) as error:
            raise self._failure(error, running) from error
        finally:
            environment.write, environment.echo, self.state.where = outer

    def _failure(self, error: BaseException, running: Source) -> TensorshError:
        """What `error` looks like from outside: its text and type, and the innermost part of the source it passed."""
        trail = error.__dict__.get("tensorsh_trail")
        node = trail[0][0] if trail else None
        source = self.sources.of(node) or running
        failure = TensorshError(
            message_of(error),
            node.span if node else None,
            type(error).__name__,
            source=source.text,
            filename=source.filename,
        )
        for note in error.__dict__.get("__notes__", ()):
            failure.add_note(note)

        statement = self.state.where

        def examine() -> Failure:
            from tensorsh.language.failures import failure_of

            with states.use(self.state):
                facts = failure_of(error, self.environment, source_of, failure.type_name, statement)
            if "tensorsh_saved" in error.__dict__:
                from dataclasses import replace

                from tensorsh.language.blaming import hints

                facts = replace(facts, hints=(*facts.hints, *hints(error, self.names, self.place_of, self.sources)))
            return facts

        def source_of(part: Node | None) -> tuple[str, str]:
            found = self.sources.of(part) or running
            return found.text, found.filename

        failure.examine = examine
        failure.started = running.text
        # The host's frames mean nothing to a reader of the script and would keep all of its values alive.
        error.__traceback__ = None
        return failure

    def caught(self, error: BaseException) -> TensorshError:
        """An error that a script has caught, with its place and its facts, as `run` would have raised it."""
        return self._failure(error, Source(None, "", self.filename))

    def source_of(self, node: Node) -> str | None:
        """The text of the source that `node` is a part of, if that is remembered."""
        source = self.sources.of(node)
        return None if source is None else source.text

    def place_of(self, node: Any) -> Place | None:
        """Where a statement stands (a graph node's or a write's `where`); None if its source is not remembered.

        >>> session = Session()
        >>> session.run("x = torch.ones(2, requires_grad=True)\\ny = x * 2")
        ''
        >>> session.place_of(session.names["y"].grad_fn.where)
        Place(filename='<input>', line=2, text='y = x * 2')
        """
        from tensorsh.diagnostics.places import Place

        source = self.sources.of(node)
        return None if source is None else Place(source.filename, node.span.line, source.piece(node))

    def _stale(self, node: Any, grad: Any, arrived: dict[Any, Any]) -> bool:
        """Warn where a backward pass uses a value that was written to behind its version."""
        from tensorsh.language.blaming import warn_if_stale

        return self.state.advice and warn_if_stale(node, grad, arrived, self.names, self.place_of, self.sources)


def _no_screen() -> Screen:
    from tensorsh.display.screen import PLAIN

    return PLAIN
