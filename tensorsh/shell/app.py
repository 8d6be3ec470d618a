"""The shell: runs one cell after another in a session, numbers them, and shows their values.

Owns what a user means by `In`, `Out`, `_`, `__` and `___`. They stand below the user's own names, so a variable called
`_` hides ours and `del _` brings it back. Standard output carries the values' exact text; what is drawn around it, the
footer included, is written only to a terminal. Nothing that a cell does ends the shell, except leaving it.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from typing import IO, Any

from tensorsh.display.colour import ColourSupport
from tensorsh.display.errors import draw_error
from tensorsh.display.screen import Screen
from tensorsh.display.text import repr_of
from tensorsh.errors import TensorshError
from tensorsh.runtime import state as states
from tensorsh.runtime.tensor import Tensor
from tensorsh.session import Session
from tensorsh.shell import settings
from tensorsh.shell.cells import Part, split
from tensorsh.shell.command_errors import CommandError
from tensorsh.shell.config import Config
from tensorsh.shell.interrupts import Interrupts
from tensorsh.shell.record import Cell, Record
from tensorsh.shell.themes import PRINTED

OUTPUTS_KEPT = 1000  # as IPython: older values are let go, so that a long session does not fill the memory
LONGEST_SHOWN = 20_000  # characters of a value that a terminal shows without being asked to print it
SYSTEM = "the shell runs no programs of the system; %load, %run, %save and %export work with files"
LEAVING = frozenset({"exit", "quit", "exit()", "quit()"})


class Shell:
    """A session at a terminal.

    `output` and `errors` default to the process's own at the time of writing. `terminal` says whether `output` is one.
    `next_input` is text that the next prompt starts with.
    `outputs` maps a cell's number to its value, `inputs` lists the cells' texts, `last_error` is what the last cell
    failed with, if it did. `exit_status` is set by whatever leaves the shell.
    """

    def __init__(
        self,
        session: Session,
        *,
        colour: ColourSupport = "none",
        plain: bool = False,
        config: Config | None = None,
        output: IO[str] | None = None,
        errors: IO[str] | None = None,
        terminal: bool | None = None,
    ) -> None:
        self.session = session
        self.colour = colour
        self.plain = plain
        self.config = config or Config()
        self.inputs: list[str] = []
        self.outputs: dict[int, Any] = {}
        self.last_error: TensorshError | None = None
        self.failure: TensorshError | None = None  # the latest that code failed with, whichever cell it was in
        self.exit_status: int | None = None
        self.next_input = ""  # stands at the next prompt already
        self.after_cell: list[Callable[[], None]] = []  # called when a cell has run
        self.record = Record(self)
        self._above = 0  # lines of the cell above the part that runs
        session.screen = lambda: Screen(self.width, self.height, self.colour, self.plain)
        settings.apply_all(self)
        self._output = output
        self._errors = errors
        self._terminal = terminal
        self._line_begun = False
        self._in = [""]
        session.environment.builtins.update({"In": self._in, "Out": self.outputs, "_": "", "__": "", "___": ""})

    # --- writing -----------------------------------------------------------------------------------------------------

    @property
    def output(self) -> IO[str]:
        return sys.stdout if self._output is None else self._output

    @property
    def terminal(self) -> bool:
        return self.output.isatty() if self._terminal is None else self._terminal

    @property
    def width(self) -> int:
        return self._size()[0]

    @property
    def height(self) -> int:
        return self._size()[1]

    def _size(self) -> tuple[int, int]:
        try:
            columns, lines = os.get_terminal_size(self.output.fileno())
        except (OSError, ValueError):
            columns, lines = 80, 24
        return columns or 80, lines or 24

    def write(self, text: str) -> None:
        """Write to the output, at once: it is a person who reads it."""
        if text:
            self.output.write(text)
            self.output.flush()
            self._line_begun = not text.removesuffix("\x1b[0m").endswith("\n")

    def say(self, text: str) -> None:
        """Write a sentence about what was done."""
        self.write(self.folded(text) + "\n")

    def folded(self, text: str) -> str:
        """`text` with its lines broken at words where a terminal is narrower."""
        from tensorsh.display.tables import folded

        return folded(text, self.width) if self.terminal else text

    def complain(self, text: str) -> None:
        """Write to the errors, on a line of their own."""
        if self._line_begun:
            self.write("\n")
        stream = sys.stderr if self._errors is None else self._errors
        stream.write(text)
        stream.flush()

    def painted(self, text: str, kind: str) -> str:
        """`text` in the colour of its kind (a key of `themes.PRINTED`), where there is colour."""
        return text if self.colour == "none" or not text else f"\x1b[{PRINTED[kind]}m{text}\x1b[0m"

    # --- running -----------------------------------------------------------------------------------------------------

    @property
    def number(self) -> int:
        """The number of the cell that comes next."""
        return len(self.inputs) + 1

    def run_cell(self, text: str) -> None:
        """Run a cell and show what it gives; an empty one is none. Nothing is raised."""
        if not text.strip():
            return
        self.inputs.append(text)
        self._in.append(text)
        self.last_error = None
        if text.strip() in LEAVING and text.strip()[:4] not in self.session.names:
            self.exit_status = 0
            return
        try:
            with Interrupts():
                parts = split(text)
                for part in parts:
                    self._run_part(part, last=part is parts[-1])
        except KeyboardInterrupt:
            self.session.environment.depth = 0
            self.complain(self.painted("KeyboardInterrupt", "error") + "\n")
        except TensorshError as error:
            self._failed(error)
            if error.type_name in ("NameError", "SyntaxError"):
                self._hint_at_command(text.strip())
        if self._line_begun and self.terminal:
            self.write("\n")
        for notice in list(self.after_cell):
            notice()

    def _run_part(self, part: Part, last: bool) -> None:
        self._above = part.line
        if part.kind == "code" and part.text.strip() == "help" and "help" not in self.session.names:
            self._run_command("help", "")
        elif part.kind == "command":
            self._run_command(part.text, part.argument)
        elif part.kind == "system":
            raise CommandError(part.text.split()[0].removeprefix("!"), SYSTEM, mark="!")
        elif part.kind == "question":
            from tensorsh.shell.help import answer

            self.write(answer(part.text, part.argument, self))
        else:
            self.run_code(self.placed(part.text), echo=last)

    def run_code(self, source: str, echo: bool = True, origin: str = "", filename: str = "") -> None:
        """Run source in the session; the value of its last statement is shown if `echo`. Raises what it raises.

        `origin` names the command that runs it, if one does, and `filename` the file that it comes from.
        """
        name = filename or self.cell_name
        self.session.state.advice = self.config["advice"]
        with self.record.running(source, origin) if source.strip() else nullcontext() as cell:
            self.session.execute(source, self.write, "last" if echo else "none", name, show=self.show)
        if cell is not None and self.terminal and self.config["changes"]:
            self._mark_changes(cell)

    @property
    def cell_name(self) -> str:
        """What the cell that runs is called in errors and explanations, code of its commands included."""
        return f"In [{len(self.inputs)}]"

    def placed(self, code: str) -> str:
        """`code` of the part that runs, in the line that it has in the cell."""
        cell = self.inputs[-1].strip()
        # A block (`%%time`) ends where its cell does; how many lines its options take, its command knows.
        above = cell.count("\n") - code.rstrip().count("\n") if cell.startswith("%%") else self._above
        return "\n" * above + code

    def _mark_changes(self, cell: Cell) -> None:
        """A line about what the cell changed in place, where other variables changed with what it names."""
        if cell.snapshot is None or not cell.snapshot.written:
            return
        from tensorsh.diagnostics.effects import changes
        from tensorsh.display.sharing import changes_text
        from tensorsh.explain.session import own_names
        from tensorsh.shell.snapshot import mentioned_names

        # A variable that the cell itself made was not there to change.
        before = {name: value for name, value in own_names(self.session.names).items() if cell.snapshot.names.get(name) is value}
        line = changes_text(changes(before, cell.snapshot.written), mentioned_names(cell.source))
        if line:
            self.write(("\n" if self._line_begun else "") + self.painted(self.folded(line), "footer") + "\n")

    def _run_command(self, name: str, argument: str) -> None:
        from tensorsh.shell.commands import COMMANDS, CommandError
        from tensorsh.shell.commands.command import suggestion
        from tensorsh.shell.commands.habits import INSTEAD, NEEDLESS

        command = COMMANDS.get(name)
        if name in NEEDLESS:
            self.say(f"%{name} does nothing here: {NEEDLESS[name]}.")
            return
        if name in INSTEAD:
            raise CommandError(name, f"there is no such command: {INSTEAD[name]}")
        if command is None:
            hint = suggestion(name, COMMANDS, "%") or "; %help lists them all"
            raise CommandError(name, f"there is no such command{hint}")
        try:
            command.run(self, argument)
        except (TensorshError, KeyboardInterrupt):
            raise
        except OSError as error:
            raise CommandError(name, f"{error.filename or 'the file'}: {error.strerror}") from error
        except (TypeError, ValueError) as error:
            # What the command's function says to scripts, which call it by its own name.
            raise CommandError(name, re.sub(r"\A\w+\(\) ", "", str(error))) from error
        except Exception as error:
            # Whatever else goes wrong inside a command, its author's stack says nothing to its user.
            raise TensorshError(str(error), None, f"%{name}: {type(error).__name__}") from error

    def show(self, value: Any) -> None:
        """Echo a value: `Out[n]:`, its text, and the line beneath it."""
        if value is None:
            return
        text = repr_of(value)
        self._remember(value)
        lead = ""
        if self.config["prompt"] == "ipython":
            label = f"Out[{len(self.inputs)}]:"
            lead = self.painted(label, "out") + ("\n" if "\n" in text else " ")
        note = ""
        # A tensor's text is summarised by print options; nothing else is.
        if self.terminal and len(text) > LONGEST_SHOWN and not isinstance(value, Tensor):
            note = self.painted(f"… of {len(text):,} characters; print(_) writes them all", "footer") + "\n"
            text = text[:LONGEST_SHOWN]
        self.write(("\n" if self._line_begun else "") + lead + text + "\n" + note)
        if self.terminal and self.config["footer"] and isinstance(value, Tensor):
            self.write(self._footer(value))

    def _footer(self, tensor: Tensor) -> str:
        from tensorsh.diagnostics.tensor_facts import tensor_facts
        from tensorsh.shell.footer import footer_lines

        lines = footer_lines(tensor_facts(tensor, self.session.names), self.width)
        return "".join(self.painted(line, "footer") + "\n" for line in lines)

    def _remember(self, value: Any) -> None:
        number = len(self.inputs)
        builtins = self.session.environment.builtins
        builtins.update({"___": builtins["__"], "__": builtins["_"], "_": value})
        self.outputs[number] = builtins[f"_{number}"] = value
        if len(self.outputs) > OUTPUTS_KEPT:
            oldest = next(iter(self.outputs))
            self.outputs.pop(oldest)
            builtins.pop(f"_{oldest}", None)

    def forget_outputs(self, numbers: Iterable[int]) -> None:
        """Let go of these cells' values; `_` and its like are the latest of those that are left."""
        builtins = self.session.environment.builtins
        for number in numbers:
            self.outputs.pop(number, None)
            builtins.pop(f"_{number}", None)
        latest = list(self.outputs.values())[:-4:-1]
        builtins.update(zip(("_", "__", "___"), [*latest, "", "", ""], strict=False))

    def _failed(self, error: TensorshError) -> None:
        if error.type_name == "SystemExit":
            code = getattr(error.__cause__, "code", None)
            self.exit_status = int(code or 0) & 0xFF if code is None or isinstance(code, int) else 1
            if self.exit_status == 1 and isinstance(code, str):
                self.complain(f"{code}\n")
            return
        self.last_error = error
        if isinstance(error, CommandError):
            said = self.folded(f"{error.type_name}: {error.message}")
            self.complain(self.painted(error.type_name, "error") + said.removeprefix(error.type_name) + "\n")
            return
        self.failure = error
        with states.use(self.session.state):
            self.complain(draw_error(error, self.width, self.colour, self.plain))

    def _hint_at_command(self, text: str) -> None:
        """Where a cell failed that is a command without its %, as IPython takes one, say so."""
        from tensorsh.shell.commands import COMMANDS
        from tensorsh.shell.commands.habits import INSTEAD

        first, _, rest = text.partition(" ")
        if "\n" in text or first in self.session.names or rest.lstrip()[:1] in ("=", "("):
            return
        if first in COMMANDS:
            self._advise(f"Commands begin with %: %{text}")
        elif first in INSTEAD:
            said = INSTEAD[first]
            self._advise(f"{said[0].upper()}{said[1:]}.")

    def _advise(self, text: str) -> None:
        """A sentence of ours below an error."""
        self.complain(self.folded(f"    {text}") + "\n")

    def save_config(self, name: str) -> None:
        """Keep a setting; says so if that is not possible, for the change itself holds."""
        try:
            self.config.save(name)
        except OSError as error:
            self.complain(f"the settings cannot be kept in {self.config.path}: {error.strerror}\n")
