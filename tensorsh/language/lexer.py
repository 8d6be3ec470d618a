"""Text → tokens: names, numbers, strings, operators, and Python's NEWLINE, INDENT and DEDENT.

Each token is `(kind, value, start, end)`; a position is `(line, column)`, both from 1. The kind of a keyword or an
operator is its own text. A NUMBER's value is the number, a STRING's a `StringToken` whose inside nobody has looked at
yet. Lines end in `\\n`: `read_source` has seen to that. NEWLINE and DEDENT stand where the last real token ends, so
that they never lengthen a statement's span.

Tabs are Python's: a tab goes to the next multiple of eight, and text whose nesting depends on that is refused.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from tensorsh.errors import Span
from tensorsh.language import _tables
from tensorsh.language.faults import Fault, Position, at

Token = tuple[str, Any, Position, Position]

TERMINALS = _tables.TERMINALS.split("\n")
KEYWORDS = frozenset(
    [kind for kind in TERMINALS if kind.isalpha() and (kind.islower() or kind in ("None", "True", "False"))]
)
# Python's words that the grammar does not know: they are no names either, so that what is written with them can be
# refused.
RESERVED = frozenset({"class", "async", "await", "yield"})
MAX_INDENTS = 100

_WORDS = KEYWORDS | RESERVED
OPERATORS = sorted((kind for kind in TERMINALS if not kind.isalpha()), key=len, reverse=True)
TOKEN = re.compile(
    r"[ \t\f]*(?:"
    r"((?:[rR][bBfF]?|[bBfF][rR]?|[uU])?(?:\"\"\"|'''|[\"']))"
    rf"|({_tables.NAME})|({_tables.NUMBER})|({'|'.join(map(re.escape, OPERATORS))})|(\n)|(#[^\n]*)|(\\\n)|\Z)"
).match
_STRING, _NAME, _NUMBER, _OPERATOR, _NEWLINE, _COMMENT = range(1, 7)
_INDENT = re.compile(r"[ \t\f]*").match
_LEADING = re.compile(r"(?:[ \t\f]*\\\n)*[ \t\f]*").match
_BLANK = re.compile(r"(?:[ \t\f]*\\\n)*[ \t\f]*(?:#[^\n]*)?\n").match
# Up to and with the closing quotes. Compiled when a script has such a string: `re` takes its time over each.
STRING_ENDS = {
    "'": r"[^\\'\n]*(?:\\.[^\\'\n]*)*'",
    '"': r'[^\\"\n]*(?:\\.[^\\"\n]*)*"',
    "'''": r"[^\\']*(?:(?:\\.|'(?!''))[^\\']*)*'''",
    '"""': r'[^\\"]*(?:(?:\\.|"(?!""))[^\\"]*)*"""',
}
_string_end: dict[str, Any] = {}
_CLOSING = {"(": ")", "[": "]", "{": "}"}
# Words that Python lets stand against a number, as in `1if x else 2`.
_AFTER_NUMBER = frozenset({"and", "else", "for", "if", "in", "is", "not", "or"})


class StringToken(NamedTuple):
    """A string literal as it stands: its prefix in lower case, and where the text between its quotes begins and ends."""

    text: str
    prefix: str
    begin: int
    stop: int
    line: int
    line_start: int  # the offset of the line that `begin` is on
    quotes: str


class Lexed(NamedTuple):
    """The tokens of a text, and its brackets that nothing closes, each with its position."""

    tokens: list[Token]
    unclosed: list[tuple[str, Position]]


def tokenize(
    text: str, pos: int = 0, stop: int | None = None, line: int = 1, line_start: int = 0, inside: str = ""
) -> Lexed:
    """The tokens of `text[pos:stop]`, which ends in a newline, or stands inside a bracket if `inside` names one.

    `line` is the number of the line at `pos`, and `line_start` its offset. Raises `Fault` for what is no token.
    """
    if stop is None:
        stop = len(text)
    tokens: list[Token] = []
    append = tokens.append
    brackets: list[tuple[str, Position]] = [(inside, (line, pos - line_start + 1))] if inside else []
    indents = [(0, 0)]
    last_end = (line, 1)
    at_line_start = not inside

    while True:
        if at_line_start:
            blank = _BLANK(text, pos, stop)
            while blank is not None:
                line += text.count("\n", pos, blank.end())
                pos = line_start = blank.end()
                blank = _BLANK(text, pos, stop)
            if pos < stop:
                _indentation(text, pos, line, line_start, indents, tokens, last_end)
            at_line_start = False
        match = TOKEN(text, pos, stop)
        if match is None:
            raise _bad_character(text, pos, stop, line, line_start)
        group = match.lastindex
        pos = match.end()
        if group == _NAME:
            value: Any = match[_NAME]
            end = (line, pos - line_start + 1)
            start = (line, end[1] - len(value))
            if value in _WORDS:
                append((value, value, start, end))
            else:
                if not value.isascii():
                    value = _normalised(value, line, start[1])
                append(("NAME", value, start, end))
        elif group == _OPERATOR:
            value = match[_OPERATOR]
            end = (line, pos - line_start + 1)
            start = (line, end[1] - len(value))
            append((value, value, start, end))
            if value in "([{":
                brackets.append((value, start))
            elif value in ")]}":
                if not brackets or (inside and len(brackets) == 1):
                    raise Fault(f"unmatched '{value}'", at(start, end))
                opened, where = brackets.pop()
                if _CLOSING[opened] != value:
                    place = f" on line {where[0]}" if where[0] != line else ""
                    message = f"closing parenthesis '{value}' does not match opening parenthesis '{opened}'{place}"
                    raise Fault(message, at(start, end))
        elif group == _NEWLINE:
            line += 1
            line_start = pos
            if not brackets:
                last_end = tokens[-1][3]
                append(("NEWLINE", "\n", last_end, last_end))
                at_line_start = True
        elif group == _NUMBER:
            end = (line, pos - line_start + 1)
            start = (line, end[1] - len(match[_NUMBER]))
            append(("NUMBER", _number(match[_NUMBER], text, pos, start), start, end))
        elif group == _STRING:
            opening = match[_STRING]
            start = (line, pos - line_start + 1 - len(opening))
            quotes = opening.lstrip("rRbBuUfF")
            token, pos = _string(
                text, pos, stop, opening[: len(opening) - len(quotes)].lower(), quotes, line, line_start, start
            )
            if len(quotes) == 3 or "\n" in text[token.begin : pos]:
                newlines = text.count("\n", token.begin, pos)
                if newlines:
                    line += newlines
                    line_start = text.rindex("\n", token.begin, pos) + 1
            append(("STRING", token, start, (line, pos - line_start + 1)))
        elif group == _COMMENT:
            continue
        elif group is None:
            break
        else:  # a backslash at the end of a line
            line += 1
            line_start = pos
            if pos == stop:
                where = (line - 1, len(text[:pos].rstrip("\n")) - text.rfind("\n", 0, pos - 1))
                raise Fault("unexpected EOF while parsing", at((line - 1, max(where[1] - 1, 1)), where), at_end=True)

    if inside:
        del brackets[0]
    elif not brackets:
        for _ in indents[1:]:
            append(("DEDENT", "", last_end, last_end))
    end = (line, pos - line_start + 1)
    append(("END", "", end, end))
    return Lexed(tokens, brackets)


def _indentation(
    text: str,
    pos: int,
    line: int,
    line_start: int,
    indents: list[tuple[int, int]],
    tokens: list[Token],
    last_end: Position,
) -> None:
    """Compare a line's indentation with the block's, by Python's two measures: tabs to eight columns, and tabs to one."""
    match = _LEADING(text, pos)
    assert match is not None
    # Where backslashes break the line before its first token, the first indentation among the pieces counts.
    spaces = next(filter(None, match[0].split("\\\n")), "")
    end = pos + len(spaces)
    column = alternative = len(spaces)
    if "\t" in spaces or "\f" in spaces:
        column = alternative = 0
        for char in spaces:
            if char == "\t":
                column = (column // 8 + 1) * 8
                alternative += 1
            elif char == "\f":
                column = alternative = 0
            else:
                column += 1
                alternative += 1
    top, top_alternative = indents[-1]
    here = (line, end - line_start + 1)
    whole_line = Span(line, 1, *here)
    tab_error = Fault("inconsistent use of tabs and spaces in indentation", whole_line, "TabError")
    if column == top:
        if alternative != top_alternative:
            raise tab_error
        return
    if column > top:
        if alternative <= top_alternative:
            raise tab_error
        if len(indents) > MAX_INDENTS:
            raise Fault("too many levels of indentation", whole_line, "IndentationError")
        indents.append((column, alternative))
        tokens.append(("INDENT", "", (line, 1), here))
        return
    while indents[-1][0] > column:
        indents.pop()
        tokens.append(("DEDENT", "", here, last_end))
    if indents[-1][0] != column:
        raise Fault("unindent does not match any outer indentation level", whole_line, "IndentationError")
    if indents[-1][1] != alternative:
        raise tab_error


def _normalised(name: str, line: int, column: int) -> str:
    """A name with letters beyond ASCII in the form in which Python compares names (NFKC), or a fault at its first bad
    letter.
    """
    from unicodedata import normalize

    if not name.isidentifier():
        for size in range(1, len(name) + 1):
            if not name[:size].isidentifier():
                raise _invalid_character(name[size - 1], line, column + size - 1)
    return normalize("NFKC", name)


def _invalid_character(char: str, line: int, column: int) -> Fault:
    span = Span(line, column, line, column + 1)
    code = f"U+{ord(char):04X}"
    from tensorsh.language.foreign_syntax import instead_of

    what = f"invalid character '{char}' ({code})" if char.isprintable() else f"invalid non-printable character {code}"
    return Fault(what + instead_of(char), span)


def _bad_character(text: str, pos: int, stop: int, line: int, line_start: int) -> Fault:
    match = _INDENT(text, pos, stop)
    assert match is not None
    pos = match.end()
    char = text[pos]
    column = pos - line_start + 1
    if char == "\\":
        span = Span(line, column + 1, line, column + 2)
        return Fault("unexpected character after line continuation character", span)
    if char in "!?$`":
        from tensorsh.language.foreign_syntax import unknown_sign

        line_end = text.find("\n", pos)
        hint = unknown_sign(char, not text[line_start:pos].strip(), not text[pos + 1 : line_end if line_end >= 0 else None].strip())
        return Fault(f"invalid syntax: {hint}", Span(line, column, line, column + 1))
    return _invalid_character(char, line, column)


def _number(digits: str, text: str, end: int, start: Position) -> int | float | complex:
    """The value of a number, after a look at what stands against it: `1a`, `0x`, `0o8` and `1__0` are no two tokens."""
    following = text[end : end + 1]
    if following == "_" or following.isalnum() or following > "\x7f":
        word = end
        while word < len(text) and (text[word] == "_" or text[word].isalnum()):
            word += 1
        if text[end:word] not in _AFTER_NUMBER:
            if following > "\x7f" and not following.isalnum():
                raise _invalid_character(following, start[0], start[1] + len(digits))
            beyond = text[end + 1 : end + 2] if digits == "0" and following in "xXoObB" else following
            raise _bad_number(digits, following, beyond, start)
    try:
        if digits.isdigit() and digits[0] != "0":
            return int(digits)
        if digits[-1] in "jJ":
            return complex(0.0, float(digits[:-1]))
        if digits[:2].lower() in ("0x", "0o", "0b"):
            return int(digits, 0)
        if "." in digits or "e" in digits or "E" in digits:
            return float(digits)
        if digits.strip("0_"):
            if digits[0] != "0":
                return int(digits)
            message = "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers"
            raise Fault(message, at(start, (start[0], start[1] + len(digits))))
        return 0
    except ValueError as error:  # more digits than Python converts
        message = f"{error} - Consider hexadecimal for huge integer literals to avoid decimal conversion limits."
        raise Fault(message, at(start, (start[0], start[1] + len(digits)))) from None


def _bad_number(digits: str, following: str, beyond: str, start: Position) -> Fault:
    span = Span(start[0], start[1], start[0], start[1] + len(digits) + 1)
    base = {"0x": "hexadecimal", "0o": "octal", "0b": "binary"}.get((digits + following)[:2].lower())
    if base and beyond.isdigit():
        return Fault(f"invalid digit '{beyond}' in {base} literal", span)
    if digits[-1] in "jJ":
        base = "imaginary"
    return Fault(f"invalid {base or 'decimal'} literal", span)


def _string(
    text: str, pos: int, stop: int, prefix: str, quotes: str, line: int, line_start: int, start: Position
) -> tuple[StringToken, int]:
    """The literal whose opening quotes end at `pos`, and where it ends itself."""
    find = _string_end.get(quotes)
    if find is None:
        find = _string_end[quotes] = re.compile(STRING_ENDS[quotes], re.DOTALL).match
    match = find(text, pos, stop)
    if match is None:
        span = at(start, (line, pos - line_start + 1))
        if len(quotes) == 3:
            last = line + text.count("\n", pos, max(stop - 1, pos))
            raise Fault(f"unterminated triple-quoted string literal (detected at line {last})", span, at_end=True)
        newline = text.find("\n", pos, stop)
        while newline > 0 and text[newline - 1] == "\\" and newline + 1 < stop:
            line += 1
            newline = text.find("\n", newline + 1, stop)
        # A backslash at the very end asks for one more line.
        raise Fault(
            f"unterminated string literal (detected at line {line})",
            span,
            at_end=text[:stop].rstrip("\n").endswith("\\"),
        )
    end = match.end()
    return StringToken(text, prefix, pos, end - len(quotes), line, line_start, quotes), end
