"""Answers to questions: `name?`, `name??`, `x[0].grad?` and `?soft*`.

The facts are the operators' declarations (`language.documentation`) and the tensors' (`diagnostics.tensor_facts`);
here they become text for the window.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from fnmatch import translate
from typing import TYPE_CHECKING, Any

from tensorsh.display.pictures.canvas import fit
from tensorsh.display.prose import filled
from tensorsh.display.text import repr_of
from tensorsh.errors import TensorshError
from tensorsh.language import attributes
from tensorsh.language.context import MISSING
from tensorsh.language.documentation import Documentation, Signature, document
from tensorsh.language.functions import Function
from tensorsh.language.lexer import KEYWORDS
from tensorsh.language.namespace import Namespace
from tensorsh.language.nesting import text_or_size
from tensorsh.runtime import state as states
from tensorsh.runtime.tensor import Tensor
from tensorsh.shell.commands.basics import introduction, row, usage
from tensorsh.shell.cursor import place_of
from tensorsh.shell.peek import value_of

if TYPE_CHECKING:
    from tensorsh.shell.app import Shell

LONG = 12  # lines of a value that `name?` shows
WIDEST = 100  # columns of text that is read


def answer(subject: str, mark: str, shell: Shell) -> str:
    """The answer to a question; `TensorshError` (NameError) if there is nothing of that name."""
    if not subject:
        return introduction(shell)
    if subject.startswith("%"):
        return _command(subject.lstrip("%"), shell)
    if "*" in subject:
        return _matches(subject, shell)
    if subject in KEYWORDS:
        return f"{subject} is a word of the language and means what it means in Python.\n"
    try:
        value = shell.session.evaluate(subject)
    except TensorshError:
        raise TensorshError(
            f"there is nothing called {subject!r}{_nearest(subject, shell)}", None, "NameError"
        ) from None
    found = document(value)
    if found is not None and not isinstance(value, Tensor):
        return _documented(subject, value, found, mark, shell)
    with states.use(shell.session.state):
        return _value(subject, value, shell)


def _documented(subject: str, value: Any, found: Documentation, mark: str, shell: Shell) -> str:
    width = min(shell.width, WIDEST)
    text = "".join(shell.painted(line, "name") + "\n" for one in found.signatures for line in signature_lines(one, width))
    source = source_of(value, shell) if mark == "??" else None
    # Some of the host's texts begin with the signature.
    said = found.text.removeprefix(found.signatures[0].text if found.signatures else "").strip("\n")
    if said:
        text += "\n" + filled(said, width, "  ")
    if found.promises:
        text += "\n" + "".join(row(about, promised, 12, width) for about, promised in found.promises)
    if mark == "??":
        text += f"\n{source}\n" if source else _declarations(value)
    return text


def signature_lines(signature: Signature, width: int) -> list[str]:
    """A signature, broken between its arguments where the window ends."""
    return textwrap.wrap(signature.text, max(width, 20), subsequent_indent="    ", break_long_words=False)


def source_of(value: Any, shell: Shell) -> str | None:
    """The text of a script's function, if what it was typed in is still known."""
    if not isinstance(value, Function) or value.code.node is None:
        return None
    source = shell.session.source_of(value.code.node)
    if source is None:
        return None
    span = value.code.node.span
    lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")[span.line - 1 : span.end_line]
    return "\n".join(lines).rstrip()


def _declarations(value: Any) -> str:
    """PyTorch's own schemas of an operator."""
    function = getattr(value, "function", value)
    operator = getattr(getattr(function, "__func__", function), "operator", None)
    if operator is None:
        return ""
    from tensorsh.ops.registry import overloads

    lines = [f"  {one.text}\n" for one in overloads(operator.name, operator.namespace)]
    return "\nDeclared as\n" + "".join(lines)


def _value(subject: str, value: Any, shell: Shell) -> str:
    rows: list[tuple[str, str]] = [("type", type(value).__name__)]
    if isinstance(value, Tensor):
        rows += _tensor_rows(value, shell)
    elif isinstance(value, Namespace):
        rows = [("type", "namespace"), ("names", f"{len(value.names)}; {value.name}.<Tab> lists them")]
    elif hasattr(type(value), "__len__"):
        rows.append(("length", str(len(value))))
    text = "".join(row(name, said, 14, shell.width) for name, said in rows)
    if not isinstance(value, Namespace):
        lines = text_or_size(value, repr_of).splitlines()
        text += "\n" + "\n".join(lines[:LONG]) + ("\n…" if len(lines) > LONG else "") + "\n"
    return text


def _tensor_rows(tensor: Tensor, shell: Shell) -> Iterator[tuple[str, str]]:
    from tensorsh.diagnostics.tensor_facts import tensor_facts
    from tensorsh.shell.footer import listed

    facts = tensor_facts(tensor, shell.session.names)
    yield "shape", str(list(facts.shape))
    yield "dtype", facts.dtype
    yield "stride", str(facts.stride)
    yield "bytes", f"{facts.nbytes:,}"
    if len(facts.names) > 1:
        yield "names", listed(facts.names)
    if facts.is_view:
        yield "view of", listed(facts.view_of) or f"an unnamed tensor {list(facts.base_shape or ())}"
    if facts.shared_with:
        yield "memory", f"shared with {listed(facts.shared_with)}"
    if facts.requires_grad:
        yield "gradient", f"recorded by {facts.grad_fn}" if facts.grad_fn else "a leaf that requires grad"
    yield "written to", f"{facts.version} time{'' if facts.version == 1 else 's'} in place"


def _command(name: str, shell: Shell) -> str:
    from tensorsh.shell.commands import COMMANDS
    from tensorsh.shell.commands.command import suggestion

    found = COMMANDS.get(name)
    if found is None:
        raise TensorshError(f"there is no command %{name}{suggestion(name, COMMANDS, '%')}", None, "NameError")
    return usage(found, shell)


def _matches(pattern: str, shell: Shell) -> str:
    """The names that a pattern with `*` matches, each with what it is for."""
    found = matching_names(pattern, shell)
    if not found:
        return f"No name matches {pattern}\n"
    column = min(max(map(len, found)) + 4, 32, shell.width // 2)
    room = max(shell.width - column - 2, 20)
    return "".join(row(name, fit(_purpose(name, shell), room), column, shell.width) for name in found)


def matching_names(pattern: str, shell: Shell) -> list[str]:
    """The names in scope, in the namespaces of torch and of tensors' methods that match; sorted.

    A pattern without a dot is for a name wherever it is: `torch.nn.functional.softmax` is found as `soft*`. What can be
    had by its bare name stands without `torch.`; a tensor's method stands as `Tensor.name` unless there is a function of
    the same name. In a pattern with a dot, what stands before the last one may also be a value: `x.*sum*`.
    """
    whole, dot, last = pattern.rpartition(".")
    matches = re.compile(translate(pattern)).match
    found: set[str] = set()
    if dot:
        owner = place_of(pattern[: len(whole) + 1]).owner if "*" not in whole else None
        value = MISSING if owner is None else value_of(owner, shell.session)
        if value is not MISSING and not isinstance(value, type):
            found |= {f"{whole}.{name}" for name in attributes.names(value) if matches(f"{whole}.{name}")}
    else:
        found |= {name for name in [*shell.session.names, *shell.session.environment.names()] if matches(name)}
    for path, space in _spaces("torch", shell.session.environment.lookup("torch")):
        for name in space.names:
            if matches(f"{path}.{name}") if dot else matches(name) and name not in found:
                found.add(f"{path}.{name}")
    from tensorsh.ops.registry import index_names

    for name in index_names("method"):
        if matches(f"Tensor.{name}") if dot else matches(name) and name not in found:
            found.add(f"Tensor.{name}")
    return sorted(name for name in found if not name.rpartition(".")[2].startswith("_") or last.startswith("_"))


def _spaces(path: str, space: Namespace) -> Iterator[tuple[str, Namespace]]:
    yield path, space
    for name in sorted(space.names):
        if name in ("nn", "functional", "linalg", "special", "fft", "autograd"):
            inner = space.find(name)
            if isinstance(inner, Namespace):
                yield from _spaces(f"{path}.{name}", inner)


def _purpose(name: str, shell: Shell) -> str:
    chain = place_of(("torch." if name.startswith("Tensor.") else "") + name + ".").owner
    value = MISSING if chain is None else value_of(chain, shell.session)
    found = None if value is MISSING else document(value)
    return found.summary if found else type(value).__name__ if value is not MISSING else ""


def _nearest(subject: str, shell: Shell) -> str:
    from tensorsh.diagnostics.similar import similar

    owner, _, name = subject.partition("[")[0].rpartition(".")
    chain = place_of(f"{owner}.").owner if owner else None
    value = MISSING if chain is None else value_of(chain, shell.session)
    known = attributes.names(value) if value is not MISSING else shell.session.environment.names()
    near = similar(name, (one for one in known if not one.startswith("_")), 1)
    return f"; did you mean {owner}.{near[0]}?" if near and owner else f"; did you mean {near[0]}?" if near else ""
