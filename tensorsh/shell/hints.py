"""What is said below the prompt while a call is typed: its signature, the argument at the cursor, and its purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tensorsh.language.context import MISSING
from tensorsh.language.documentation import Signature, document
from tensorsh.shell.cursor import Call, place_of
from tensorsh.shell.peek import value_of

if TYPE_CHECKING:
    from tensorsh.shell.app import Shell

Fragments = list[tuple[str, str]]


def hint(text: str, shell: Shell) -> Fragments | None:
    """The hint for a cursor at the end of `text`, as (style, text) pairs that fit the window; None outside a call."""
    if "(" not in text:
        return None
    call = place_of(text).call
    if call is None:
        return None
    value = value_of(call.callee, shell.session)
    found = None if value is MISSING else document(value)
    if found is None or not found.signatures:
        return None
    signature = best(found.signatures, call)
    more = len(found.signatures) - 1
    line = fitted(signature, argument_at(signature, call), shell.width - (10 if more else 1))
    if more:
        line.append(("", f"  (+{more} more)" if shell.width > 60 else f" +{more}"))
    summary = found.summary
    if summary:
        shown = summary if len(summary) < shell.width else summary[: shell.width - 2] + "…"
        line.append(("class:hint.summary", "\n" + shown))
    return line


def best(signatures: tuple[Signature, ...], call: Call) -> Signature:
    """The first signature that has room for what was given."""
    for signature in signatures:
        arguments = signature.arguments
        if arguments is None:
            continue
        names = {argument.name for argument in arguments}
        starred = any(argument.star for argument in arguments)
        positional = sum(not argument.keyword_only for argument in arguments)
        if starred or (call.given <= names and call.position < max(positional, 1)):
            return signature
    return signatures[0]


def argument_at(signature: Signature, call: Call) -> int:
    """The index, in `signature.arguments`, of the argument that the cursor is in; -1 if none is known."""
    arguments = signature.arguments or ()
    for index, argument in enumerate(arguments):
        if call.keyword is not None:
            if argument.name == call.keyword:
                return index
        elif argument.star == "*" or (index == call.position and not argument.keyword_only):
            return index
    return -1


def fitted(signature: Signature, current: int, width: int) -> Fragments:
    """The signature in at most `width` columns, its current argument always among what is shown."""
    parts = signature.parts()
    marked = -1
    if current >= 0:
        wanted = signature.arguments[current].text if signature.arguments else ""
        marked = next((i for i, part in enumerate(parts) if part == wanted), -1)
    returns = f") -> {signature.returns}" if signature.returns else ")"
    start, end = 0, len(parts)

    def length() -> int:
        cut = 2 * (start > 0) + 2 * (end < len(parts))
        return len(signature.name) + 1 + sum(map(len, parts[start:end])) + 2 * (end - start - 1) + len(returns) + cut

    while length() > width and end > max(marked + 1, 1):
        end -= 1
    while length() > width and start < marked:
        start += 1
    line: Fragments = [("", signature.name + "(" + ("… " if start else ""))]
    for index in range(start, end):
        line.append(("class:hint.argument" if index == marked else "", parts[index]))
        if index + 1 < len(parts):
            line.append(("", ", " if index + 1 < end else ", …"))
    line.append(("", returns))
    return line
