"""What can stand at the cursor: candidates as plain data, and prompt_toolkit's view of them.

`candidates` looks at the text before the cursor and at the session's values, never at the terminal. Names that begin
with what was typed come first, the user's own before the rest; if none does, those that contain its letters in order.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from tensorsh.language import attributes
from tensorsh.language.context import MISSING
from tensorsh.language.documentation import document
from tensorsh.language.lexer import KEYWORDS
from tensorsh.language.namespace import ROOTS, Namespace
from tensorsh.runtime.tensor import Tensor
from tensorsh.shell.cells import command_of
from tensorsh.shell.cursor import Call, Place, place_of
from tensorsh.shell.peek import value_of

if TYPE_CHECKING:
    from tensorsh.shell.app import Shell

MOST_ENTRIES = 500  # of a folder or a dictionary


class Candidate(NamedTuple):
    """Something to insert in place of the last `size` characters; `meta` stands beside it in the menu."""

    text: str
    size: int
    display: str = ""
    meta: str = ""


def candidates(text: str, shell: Shell) -> list[Candidate]:
    """The candidates at the end of `text`, best first."""
    line = text[text.rfind("\n") + 1 :]
    command = command_of(line)
    if command is not None:
        return _of_command(*command, shell)
    if line.startswith("?"):
        return _ranked(line.lstrip("?"), _names(shell))
    place = place_of(text)
    if place.kind in FINDERS:
        return FINDERS[place.kind](place, shell, text)
    return []


def _in_name(place: Place, shell: Shell, text: str) -> list[Candidate]:
    keywords = keyword_arguments(place.call, shell) if place.call and not place.call.keyword else {}
    metas = {f"{name}=": said for name, said in keywords.items()}
    names = [*metas, *_names(shell), *_words(text, place.prefix)]
    return _ranked(place.prefix, names, lambda name: metas[name] if name in metas else _kind_of_name(name, shell), metas)


def _in_attribute(place: Place, shell: Shell, text: str) -> list[Candidate]:
    value = MISSING if place.owner is None else value_of(place.owner, shell.session)
    if value is MISSING:
        return []
    return _ranked(place.prefix, attributes.names(value), lambda name: _kind_of_attribute(value, name))


def _in_key(place: Place, shell: Shell, text: str) -> list[Candidate]:
    assert place.owner is not None
    value = value_of(place.owner, shell.session)
    found = []
    if type(value) is dict:
        keys = list(value)[:MOST_ENTRIES]
        if not place.quote:
            found = [Candidate(repr(key), 0, meta=_kind_of(value[key])) for key in keys if type(key) in (str, int)]
        else:
            simple = [key for key in keys if type(key) is str and key.isprintable() and place.quote not in key]
            found = _ranked(place.prefix, simple, lambda key: _kind_of(value[key]))
    if place.quote:
        return found
    return found + _in_name(place, shell, text)


def _in_string(place: Place, shell: Shell, text: str) -> list[Candidate]:
    """Files: whatever a string is for, a path is the only thing in it that can be known."""
    folder, _, name = place.prefix.rpartition("/")
    place_on_disk = os.path.expanduser(folder + "/" if folder or place.prefix.startswith("/") else ".")
    try:
        with os.scandir(place_on_disk) as entries:
            listed = sorted(
                (entry.name, entry.is_dir())
                for entry, _ in zip(entries, range(MOST_ENTRIES), strict=False)
                if name.startswith(".") or not entry.name.startswith(".")
            )
    except OSError:
        return []
    ends = {entry: "/" if is_folder else "" for entry, is_folder in listed}
    found = _ranked(name, ends, lambda entry: "folder" if ends[entry] else "file")
    return [candidate._replace(text=candidate.text + ends[candidate.text]) for candidate in found]


def _in_import(place: Place, shell: Shell, text: str) -> list[Candidate]:
    if not place.owner:
        return _ranked(place.prefix, ROOTS, lambda name: "namespace")
    space: Any = value_of((place.owner[0], *(("attribute", name) for _, name in place.owner[1:])), shell.session)
    return _ranked(place.prefix, space.names) if isinstance(space, Namespace) else []


FINDERS: dict[str, Callable[[Place, Shell, str], list[Candidate]]] = {
    "name": _in_name,
    "attribute": _in_attribute,
    "key": _in_key,
    "string": _in_string,
    "import": _in_import,
}


def _of_command(name: str, argument: str | None, shell: Shell) -> list[Candidate]:
    from tensorsh.shell.commands import COMMANDS

    if argument is None:
        return _ranked(name, COMMANDS, lambda found: COMMANDS[found].summary)
    command = COMMANDS.get(name)
    if command is None:
        return []
    words = None if command.complete is None else command.complete(shell, argument)
    if words is None:
        return candidates(argument, shell)
    return _ranked(argument.rpartition(" ")[2], words)


def keyword_arguments(call: Call, shell: Shell) -> dict[str, str]:
    """The keywords that the call can still be given, each with its type and default."""
    value = value_of(call.callee, shell.session)
    documented = None if value is MISSING else document(value)
    found: dict[str, str] = {}
    for signature in documented.signatures if documented else ():
        for index, argument in enumerate(signature.arguments or ()):
            taken = index < call.position and not argument.keyword_only
            if not (taken or argument.star or argument.positional_only or argument.name in call.given):
                default = f"= {argument.default}" if argument.default else ""
                found.setdefault(argument.name, f"{argument.kind} {default}".strip())
    return found


def _names(shell: Shell) -> Iterator[str]:
    """Every name in scope: the user's own, the language's, then those of torch."""
    environment = shell.session.environment
    yield from (name for name in environment.globals if not name.startswith("__"))
    yield from sorted({*KEYWORDS, *environment.builtins, "exit", "quit"})
    yield from environment.names()


def _words(text: str, prefix: str) -> Iterator[str]:
    """The names in the cell so far: parameters and locals of the function that is being written."""
    import re

    if "\n" in text or "lambda" in text:
        body = text[: len(text) - len(prefix)]
        yield from dict.fromkeys(re.findall(r"[^\W\d]\w*", body))


def _ranked(
    prefix: str, names: Iterable[str], meta: Callable[[str], str] | None = None, first: Container[str] = ()
) -> list[Candidate]:
    """The names that fit `prefix`, in their order if they begin with it; else those with its letters, the tightest
    first and those of `first` before all others.
    """
    unique = dict.fromkeys(names)
    hidden = prefix.startswith("_")
    visible = [name for name in unique if hidden or not name.startswith("_")]
    exact = [name for name in visible if name.startswith(prefix)]
    lower = prefix.lower()
    if not exact:
        exact = [name for name in visible if name.lower().startswith(lower)]
    if not exact:
        spans = ((letter_span(lower, name.lower()), name) for name in visible)
        found = ((name not in first, span, name) for span, name in spans if span is not None)
        exact = [name for *_, name in sorted(found)]
    return [Candidate(name, len(prefix), meta=meta(name) if meta else "") for name in exact]


def letter_span(letters: str, name: str) -> tuple[int, int] | None:
    """How tightly `letters` stand in `name`, in their order: the length of the stretch that they take and where it
    begins; None if they do not.

    >>> letter_span("sftmx", "softmax"), letter_span("xs", "softmax")
    ((7, 0), None)
    """
    best: tuple[int, int] | None = None
    for start, character in enumerate(name):
        if character != letters[0]:
            continue
        at = start
        for letter in letters[1:]:
            at = name.find(letter, at + 1)
            if at < 0:
                return best
        if best is None or at + 1 - start < best[0]:
            best = at + 1 - start, start
    return best


def _kind_of(value: Any) -> str:
    if isinstance(value, Tensor):
        return f"Tensor {list(value._array.shape)}"
    return type(value).__name__


def _kind_of_name(name: str, shell: Shell) -> str:
    """What a name in scope is: for a value its type, for a function what it does."""
    if name in KEYWORDS or name in ("exit", "quit"):
        return ""
    value = value_of((("name", name),), shell.session)
    if value is MISSING:
        return ""
    if isinstance(value, Namespace):
        return "namespace"
    found = None if isinstance(value, (Tensor, type)) else document(value)
    return found.summary if found else _kind_of(value)


def _kind_of_attribute(value: Any, name: str) -> str:
    """What an attribute does, if it is an operator: from the declaration, nothing is bound or computed."""
    if isinstance(value, Tensor):
        return _purpose("", name)
    if isinstance(value, Namespace) and (value.name == "torch" or value.name.startswith("torch.")):
        return _purpose(value.name.removeprefix("torch").removeprefix("."), name)
    return ""


def _purpose(namespace: str, name: str) -> str:
    """The first sentence about an operator or its in-place form; nothing if there is none."""
    from tensorsh.ops.registry import overloads

    found = overloads(name, namespace) or overloads(name.removesuffix("_"), namespace)
    return next((one.doc.strip().partition("\n")[0] for one in found if one.doc), "")


class ShellCompleter(Completer):
    """Candidates for prompt_toolkit."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        for found in candidates(document.text_before_cursor, self.shell):
            yield Completion(found.text, -found.size, found.display or found.text, found.meta or None)
