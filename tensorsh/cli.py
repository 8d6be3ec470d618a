"""The command line: what `tensorsh` does with its arguments, standard input and exit status. Scripts rely on all of it.

Standard output carries what the program prints and nothing else; everything that tensorsh itself has to say goes to
standard error. Exit status: 0 done, 1 the program failed, 2 it could not be started (usage, a file that cannot be
read), 130 interrupted. The arguments are read by a table of our own, for `argparse` takes longer to import than to be
worth it here.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tensorsh.display.screen import Screen
    from tensorsh.errors import Advice, TensorshError
    from tensorsh.session import Session

DONE, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130

HELP = """\
tensorsh: PyTorch's tensors, views and autograd at the prompt and in scripts, on NumPy.

usage: tensorsh                              the shell, or standard input if that is no terminal
       tensorsh -c 'CODE' [NAME=VALUE ...]   run CODE and show the value of each expression
       tensorsh run FILE [ARG ...]           run a script; FILE may be - for standard input

options, before FILE:
  --echo none|last|all   which expressions show their value (run: none; otherwise: all)
  --seed N               seed the random numbers, as torch.manual_seed(N) does
  --color WHEN           auto, always, never, or how much: 16, 256, truecolor
  --trace                show each operator as it runs, on standard error (--json, --no-times)
  --plain                the shell for a screen reader: no colour, no menus, nothing redrawn
  --version              show the version
  --help                 show this text; `tensorsh run --help` says more about scripts
"""

RUN_HELP = """\
usage: tensorsh run [--echo none|last|all] [--seed N] [--trace] FILE [ARG ...]

Runs the script FILE (- for standard input) and prints what it prints. The list
`argv` holds the ARGs as text.

  --echo none   show what is printed and nothing else (the default)
  --echo last   also show the value of the last statement, as a notebook's cell does
  --echo all    show the value of every expression outside functions, as a prompt does
  --seed N      seed the random numbers, as torch.manual_seed(N) does
  --trace       show each operator as it runs, on standard error: shapes in and
                out, view or new bytes, time, versions; --no-times leaves out
                the times, --json writes a line of JSON for each call

Exit status: 0 done, 1 the script failed, 2 it could not be started,
130 interrupted.
"""


KNOWN_OPTIONS = ("--echo", "--seed", "--color", "--trace", "--json", "--no-times", "--plain", "--help", "--version", "-c")


class UsageError(Exception):
    """The arguments make no sense, or the input cannot be read: exit status 2."""


class OutputFailed(BaseException):
    """Standard output takes no more: its reader has stopped (`| head`) or the disk is full. No script can catch it."""


class Arguments:
    """The command line, read: what to do, and with which settings."""

    __slots__ = ("code", "color", "command", "echo", "file", "plain", "rest", "seed", "trace", "traced")

    def __init__(self) -> None:
        self.command = "stdin"  # "stdin", "code", "run", or a text to print: "help", "run help", "version"
        self.code = ""
        self.file = ""
        self.rest: list[str] = []
        self.echo: Any = None
        self.seed: int | None = None
        self.color: Any = "auto"
        self.plain = False
        self.trace: set[str] = set()  # of "trace", "json", "no-times"
        self.traced: Session | None = None  # the session whose trace must be ended


def read_arguments(words: list[str]) -> Arguments:
    """Reads the words after the program's name; raises `UsageError`."""
    arguments = Arguments()
    at = 0

    def value(option: str, kind: str) -> str:
        nonlocal at
        at += 1
        if at >= len(words):
            raise UsageError(f"{option} needs {kind}")
        return words[at]

    while at < len(words):
        word = words[at]
        option, equals, attached = word.partition("=")
        if option in ("--echo", "--seed"):
            kind = "one of none, last, all" if option == "--echo" else "a whole number"
            text = attached if equals else value(option, kind)
            if option == "--echo":
                if text not in ("none", "last", "all"):
                    raise UsageError(f"--echo needs {kind}, not {text!r}")
                arguments.echo = text
            else:
                arguments.seed = read_seed(text, kind)
        elif option == "--color":
            from tensorsh.display.colour import OPTIONS

            color = attached if equals else value(option, f"one of {', '.join(OPTIONS)}")
            if color not in OPTIONS:
                raise UsageError(f"--color needs one of {', '.join(OPTIONS)}, not {color!r}")
            arguments.color = color
        elif word == "--plain":
            arguments.plain = True
        elif word in ("--trace", "--json", "--no-times"):
            arguments.trace.add(word[2:])
        elif word in ("--help", "-h"):
            arguments.command = "run help" if arguments.command == "run" else "help"
            return arguments
        elif word in ("--version", "-V"):
            arguments.command = "version"
            return arguments
        elif word == "-c" and arguments.command == "stdin":
            arguments.command, arguments.code = "code", value("-c", "some code")
        elif word == "--" and arguments.command == "run" and at + 1 < len(words):
            arguments.file, arguments.rest = words[at + 1], words[at + 2 :]
            return check_trace(arguments)
        elif word == "-c":
            raise UsageError("-c is given twice" if arguments.command == "code" else "-c and run exclude each other")
        elif word.startswith("-") and word != "-":
            raise UsageError(f"there is no option {option}{suggestion(option, KNOWN_OPTIONS)}")
        elif arguments.command == "stdin" and word == "run":
            arguments.command = "run"
        elif arguments.command == "run":
            arguments.file, arguments.rest = word, words[at + 1 :]
            return check_trace(arguments)
        elif arguments.command == "code":
            arguments.rest.append(word)
        else:
            is_script = word == "-" or os.path.exists(word)
            hint = f"; to run it as a script: tensorsh run {word}" if is_script else suggestion(word, ("run", *KNOWN_OPTIONS))
            raise UsageError(f"there is no command {word!r}{hint}")
        at += 1
    if arguments.command == "run":
        raise UsageError("run needs a FILE, or - for standard input")
    return check_trace(arguments)


def read_seed(text: str, kind: str) -> int:
    try:
        seed = int(text)
    except ValueError:
        raise UsageError(f"--seed needs {kind}, not {text!r}") from None
    if not -(2**63) <= seed < 2**64:
        raise UsageError(f"--seed needs {kind} from -2**63 to 2**64 - 1, not {text}")
    return seed


def suggestion(word: str, known: Iterable[str]) -> str:
    """What to add to an error about a word that is none of those known."""
    from difflib import get_close_matches

    close = get_close_matches(word, known, 1, 0.6)
    return f"; did you mean {close[0]}?" if close else ""


def check_trace(arguments: Arguments) -> Arguments:
    if arguments.trace and "trace" not in arguments.trace:
        raise UsageError(f"--{min(arguments.trace)} says how to trace, and needs --trace")
    return arguments


def main(words: list[str] | None = None) -> int:
    """Runs the command line and returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and stream.encoding != "utf-8":
            from tensorsh.display.lookalikes import replace_in

            replace_in(stream, stream.errors or "strict")
    try:
        arguments = read_arguments(sys.argv[1:] if words is None else words)
        try:
            status = COMMANDS[arguments.command](arguments)
        finally:
            end_trace(arguments)
    except UsageError as error:
        status = USAGE
        complain(f"tensorsh: {error}\n")
        if not error.__cause__:
            complain("Try 'tensorsh --help'.\n")
    except KeyboardInterrupt:
        status = INTERRUPTED
        complain("KeyboardInterrupt\n")
    except OutputFailed as failure:
        return abandon_output(failure)
    try:
        flush()
    except OutputFailed as failure:
        return abandon_output(failure)
    return status


# Commands


def show_text(arguments: Arguments) -> int:
    if arguments.command == "version":
        from tensorsh import __version__

        write(f"tensorsh {__version__}\n")
    else:
        text = RUN_HELP if arguments.command == "run help" else HELP
        if sys.stdout is not None and sys.stdout.isatty():
            from tensorsh.display.prose import filled

            text = filled(text, screen(sys.stdout, arguments).width)
        write(text)
    return DONE


def run_stdin(arguments: Arguments) -> int:
    if sys.stdin is not None and sys.stdin.isatty():
        from tensorsh.shell.quiet import quiet_terminal

        with quiet_terminal():
            from tensorsh.shell.prompt import run_prompt

            return run_prompt(new_session(arguments), color=arguments.color, plain=arguments.plain)
    from tensorsh.language.statements import whole_statements

    session = new_session(arguments)
    for first_line, source in whole_statements(standard_input_lines()):
        # Lines above stand empty, so that every span counts from the first line of the input.
        status = run_source(session, "\n" * (first_line - 1) + source, arguments, "all", "<stdin>")
        if status != DONE:
            return status
        flush()
    return DONE


def run_code(arguments: Arguments) -> int:
    from tensorsh.language.lexer import KEYWORDS

    session = new_session(arguments)
    for word in arguments.rest:
        name, equals, text = word.partition("=")
        if not equals or not name.isidentifier():
            raise UsageError(f"{word!r} is not of the form NAME=VALUE")
        if name in KEYWORDS:
            raise UsageError(f"{name!r} is a keyword, so no value can have that name")
        session.names[name] = value_of(session, text)
    return run_source(session, arguments.code, arguments, "all", "<command line>")


def run_file(arguments: Arguments) -> int:
    if arguments.file == "-":
        name, source = "<stdin>", "".join(standard_input_lines())
    else:
        name, source = arguments.file, read_file(arguments.file)
    session = new_session(arguments)
    session.names["argv"] = arguments.rest
    return run_source(session, source, arguments, "none", name)


COMMANDS = {
    "stdin": run_stdin,
    "code": run_code,
    "run": run_file,
    "help": show_text,
    "run help": show_text,
    "version": show_text,
}


# Running


def new_session(arguments: Arguments) -> Session:
    import warnings

    from tensorsh.errors import Advice
    from tensorsh.session import Session

    session = Session(arguments.seed)
    session.names["argv"] = []
    session.screen = lambda: screen(sys.stdout, arguments)
    shown: set[tuple[str, str, int]] = set()

    def show_warning(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
        """A warning once for each line of each source that runs, as Python shows one once for each place."""
        where = session.state.where
        text, line = str(message), where.span.line if where else 0
        if (text, session.filename, line) in shown:
            return
        shown.add((text, session.filename, line))
        place = session.place_of(where)
        start = f"{place.label if place else f'{session.filename}:{line}'}: {category.__name__}: "
        complain((advised(start, message, arguments) if isinstance(message, Advice) else start + text) + "\n")

    warnings.simplefilter("ignore")
    warnings.simplefilter("always", UserWarning)
    warnings.filterwarnings("always", category=SyntaxWarning, module="tensorsh")  # and none about what hot code is written as
    warnings.showwarning = show_warning
    if arguments.trace:
        from tensorsh.explain.trace import start_trace

        terminal = sys.stderr is not None and sys.stderr.isatty()
        width = (lambda: screen(sys.stderr, arguments).width) if terminal else None
        start_trace(session, complain, times="no-times" not in arguments.trace, json="json" in arguments.trace, width=width)
        arguments.traced = session
    return session


def end_trace(arguments: Arguments) -> None:
    if arguments.traced is not None:
        from tensorsh.explain.trace import stop_trace

        stop_trace(arguments.traced)


def run_source(session: Session, source: str, arguments: Arguments, echo: Any, name: str) -> int:
    """Runs `source`; `echo` is what shows values unless the arguments say otherwise."""
    from tensorsh.errors import TensorshError

    try:
        session.execute(source, write, arguments.echo or echo, name)
    except TensorshError as error:
        if error.type_name == "SystemExit":
            return exit_status(error)
        flush()
        end_trace(arguments)
        complain(drawn(error, arguments))
        return FAILED
    return DONE


def screen(stream: Any, arguments: Arguments) -> Screen:
    """What there is to draw on, of a standard stream."""
    from tensorsh.display.screen import screen_of

    return screen_of(stream, arguments.color, arguments.plain)()


def drawn(error: TensorshError, arguments: Arguments) -> str:
    """An error as text for standard error."""
    from tensorsh.display.errors import draw_error

    paper = screen(sys.stderr, arguments)
    return draw_error(error, columns(paper), paper.colour, paper.words)


def advised(place: str, advice: Advice, arguments: Arguments) -> str:
    """A warning of ours as text for standard error."""
    from tensorsh.display.excerpt import advice_text

    return advice_text(place, advice, columns(screen(sys.stderr, arguments)))


def columns(paper: Screen) -> int:
    """How wide the lines of standard error may be."""
    from tensorsh.display.errors import WIDTH

    return paper.width if sys.stderr is not None and sys.stderr.isatty() else WIDTH


def exit_status(error: TensorshError) -> int:
    """What `raise SystemExit(code)` means, as in Python: a number is the status, None is 0, anything else a message."""
    code = getattr(error.__cause__, "code", None)
    if code is None or isinstance(code, int):
        return int(code or 0) & 0xFF
    flush()
    complain(f"{code}\n")
    return FAILED


def value_of(session: Session, text: str) -> Any:
    """The VALUE of NAME=VALUE: the value of the expression that it is, or its text if it is none (`x=ones(2)`,
    `name=Ann`)."""
    from tensorsh.errors import TensorshError

    if not text.strip() or text.lstrip().startswith("#"):
        return text
    try:
        return session.evaluate(f"({text}\n)", "<command line>")
    except TensorshError as error:
        if error.type_name in ("SyntaxError", "NameError"):
            return text
        raise UsageError(f"{text!r} has no value: {error.type_name}: {error}") from error


# Input and output


def standard_input_lines() -> Iterator[str]:
    if sys.stdin is None:
        return
    for number, line in enumerate(sys.stdin.buffer, 1):
        yield decode(line, "standard input", number)


def read_file(name: str) -> str:
    if name.endswith(".ipynb"):
        raise UsageError(f"{name} is a notebook; 'jupyter nbconvert --to script {name}' makes a script of it")
    try:
        with open(name, "rb") as file:
            return decode(file.read(), name, 1)
    except OSError as error:
        shown = name if name and name.isprintable() else repr(name)
        raise UsageError(f"cannot read {shown}: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"cannot read {name!r}: {error}") from error


def decode(data: bytes, name: str, line: int) -> str:
    try:
        return data.decode("utf-8-sig" if line == 1 else "utf-8")
    except UnicodeDecodeError as error:
        if line == 1 and data.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise UsageError(f"{name} is UTF-16 text; save it as UTF-8") from error
        line += data.count(b"\n", 0, error.start)
        byte = data[error.start]
        raise UsageError(f"{name} is not UTF-8 text: line {line} holds the byte 0x{byte:02x}") from error


def write(text: str) -> None:
    try:
        sys.stdout.write(text)
    except OSError as error:
        raise OutputFailed from error
    except AttributeError:  # the process was started without a standard output
        return


def flush() -> None:
    try:
        sys.stdout.flush()
    except OSError as error:
        raise OutputFailed from error
    except AttributeError:
        return


def complain(text: str) -> None:
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except (OSError, AttributeError):
        return


def abandon_output(failure: OutputFailed) -> int:
    """Says why nothing more can be written, unless the reader just left, and gives the exit status."""
    # The interpreter flushes once more at the end; let it have nothing to fail on.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(failure.__cause__, BrokenPipeError):
        return DONE
    complain(f"tensorsh: cannot write the output: {getattr(failure.__cause__, 'strerror', None)}\n")
    return FAILED
