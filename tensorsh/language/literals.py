"""String literals: escapes, prefixes, implicit concatenation, and f-strings down to the expressions in their braces.

An f-string's expressions are lexed and parsed where they stand, so their spans are places of the script. Texts of
errors are CPython 3.11's.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tensorsh.errors import Span
from tensorsh.language.faults import Fault, Position
from tensorsh.language.lexer import StringToken
from tensorsh.language.nodes import Constant, FormattedValue, JoinedStr, expr

_SIMPLE = {
    "\n": "", "\\": "\\", "'": "'", '"': '"', "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t",
    "v": "\v",
}  # fmt: skip
_HEX_DIGITS = {"x": 2, "u": 4, "U": 8}
_OPENING = "([{"
_CLOSING = {")": "(", "]": "[", "}": "{"}
_CONVERSIONS = {"s": 115, "r": 114, "a": 97}


def join(span: Span, tokens: list[StringToken], parse_field: Callable[..., expr]) -> expr:
    """The node for one literal or several in a row.

    `parse_field(text, begin, stop, line, line_start)` gives the node of an expression in an f-string.
    """
    if len(tokens) == 1 and not tokens[0].prefix:
        token = tokens[0]
        body = token.text[token.begin : token.stop]
        return Constant(span, body if "\\" not in body else _unescape(body, span))
    binary = "b" in tokens[0].prefix
    parts: list[Any] = []  # str, bytes, or FormattedValue
    formatted = False
    for token in tokens:
        if ("b" in token.prefix) != binary:
            raise Fault("cannot mix bytes and nonbytes literals", span)
        if "f" in token.prefix:
            formatted = True
            _Fields(token, span, parse_field).read(token.begin, token.stop, parts)
        else:
            body = token.text[token.begin : token.stop]
            if binary:
                parts.append(_to_bytes(body, "r" in token.prefix, span))
            else:
                parts.append(body if "r" in token.prefix else _unescape(body, span))
    if binary:
        return Constant(span, b"".join(parts))
    if not formatted:
        return Constant(span, "".join(parts))
    return _joined(span, parts)


def _joined(span: Span, parts: list[Any]) -> JoinedStr:
    """A JoinedStr of texts and fields, with neighbouring texts made one and empty ones left out."""
    values: list[expr] = []
    text: list[str] = []
    for part in [*parts, None]:
        if isinstance(part, str):
            text.append(part)
            continue
        if any(text):
            values.append(Constant(span, "".join(text)))
        text = []
        if part is not None:
            values.append(part)
    return JoinedStr(span, tuple(values))


def _unescape(body: str, span: Span) -> str:
    """The text that a body with escapes stands for. An escape that Python does not know stays as it is written."""
    if "\\" not in body:
        return body
    pieces = body.split("\\")
    found = [pieces[0]]
    index = 1
    position = len(pieces[0])
    while index < len(pieces):
        piece = pieces[index]
        if not piece and index + 1 == len(pieces):  # before a field: `\\{`
            found.append("\\")
            break
        if not piece:  # the backslash is itself escaped; what follows the second one is plain
            found.append("\\" + pieces[index + 1])
            position += 2 + len(pieces[index + 1])
            index += 2
            continue
        char = piece[0]
        if char in _SIMPLE:
            found.append(_SIMPLE[char] + piece[1:])
        elif char in "01234567":
            match = re.match("[0-7]{1,3}", piece)
            assert match is not None
            found.append(chr(int(match[0], 8)) + piece[match.end() :])
        elif char in _HEX_DIGITS:
            found.append(_hex_escape(piece, position, span))
        elif char == "N":
            found.append(_named_escape(piece, position, span))
        else:
            found.append("\\" + piece)
        position += 1 + len(piece)
        index += 1
    return "".join(found)


def _hex_escape(piece: str, position: int, span: Span) -> str:
    size = _HEX_DIGITS[piece[0]]
    match = re.match(f"[0-9a-fA-F]{{{size}}}", piece[1:])
    if match is None:
        good = re.match(f"[0-9a-fA-F]{{0,{size}}}", piece[1:])
        assert good is not None
        raise _bad_escape(position, position + 1 + good.end(), f"truncated \\{piece[0]}{'X' * size} escape", span)
    code = int(match[0], 16)
    if code > 0x10FFFF:
        raise _bad_escape(position, position + 1 + size, "illegal Unicode character", span)
    return chr(code) + piece[1 + size :]


def _named_escape(piece: str, position: int, span: Span) -> str:
    end = piece.find("}")
    if piece[1:2] != "{" or end <= 2:
        raise _bad_escape(position, position + max(end, 1), "malformed \\N character escape", span)
    from unicodedata import lookup

    try:
        return lookup(piece[2:end]) + piece[end + 1 :]
    except KeyError:
        raise _bad_escape(position, position + 1 + end, "unknown Unicode character name", span) from None


def _bad_escape(first: int, last: int, why: str, span: Span) -> Fault:
    where = f"position {first}-{last}" if last > first else f"position {first}"
    return Fault(f"(unicode error) 'unicodeescape' codec can't decode bytes in {where}: {why}", span)


def _to_bytes(body: str, raw: bool, span: Span) -> bytes:
    if not body.isascii():
        raise Fault("bytes can only contain ASCII literal characters", span)
    if raw or "\\" not in body:
        return body.encode("ascii")

    def escape(match: re.Match[str]) -> str:
        found = match[1]
        if found in _SIMPLE:
            return _SIMPLE[found]
        if found[0] in "01234567":
            return chr(int(found, 8) & 0xFF)
        if found[0] == "x":
            if len(found) < 3:
                raise Fault(f"(value error) invalid \\x escape at position {match.start()}", span)
            return chr(int(found[1:], 16))
        return match[0]

    return re.sub(r"\\([0-7]{1,3}|x[0-9a-fA-F]{0,2}|.)", escape, body, flags=re.DOTALL).encode("latin-1")


class _Fields:
    """Reads one f-string. The scan is CPython 3.11's: find where an expression ends, then parse what lies between."""

    def __init__(self, token: StringToken, span: Span, parse_field: Callable[..., expr]) -> None:
        self.text = token.text
        self.token = token
        self.raw = "r" in token.prefix
        self.span = span
        self.parse_field = parse_field

    def fault(self, message: str, begin: int, end: int) -> Fault:
        return Fault(f"f-string: {message}", self.place(begin, end))

    def place(self, begin: int, end: int) -> Span:
        return Span(*self._position(begin), *self._position(end))

    def read(self, pos: int, stop: int, parts: list[Any], depth: int = 0) -> int:
        """Add the texts and fields from `pos` on; ends at `stop`, or at the `}` that closes a format specification."""
        text = self.text
        begin = pos
        while pos < stop:
            char = text[pos]
            if char == "\\" and not self.raw:
                # `\N{…}` is an escape, and its braces are no field.
                close = text.find("}", pos, stop) if text.startswith("\\N{", pos) else -1
                if text[pos + 1] not in "{}":
                    pos = close + 1 if close >= 0 else pos + 2
                    continue
                pos += 1
                char = text[pos]
            if char == "{" and text.startswith("{{", pos) and depth == 0:
                self._add_text(begin, pos + 1, parts)
                pos += 2
                begin = pos
            elif char == "}" and depth == 0:
                if not text.startswith("}}", pos):
                    raise self.fault("single '}' is not allowed", pos, pos + 1)
                self._add_text(begin, pos + 1, parts)
                pos += 2
                begin = pos
            elif char == "}":
                break
            elif char == "{":
                self._add_text(begin, pos, parts)
                pos = begin = self._field(pos + 1, stop, parts, depth)
            else:
                pos += 1
        self._add_text(begin, pos, parts)
        return pos

    def _add_text(self, begin: int, end: int, parts: list[Any]) -> None:
        body = self.text[begin:end]
        parts.append(body if self.raw else _unescape(body, self.span))

    def _field(self, begin: int, stop: int, parts: list[Any], depth: int) -> int:
        """Add the field whose expression begins at `begin`; returns the position after its `}`."""
        if depth >= 2:
            raise self.fault("expressions nested too deeply", begin - 1, begin)
        text = self.text
        end = self._expression_end(begin, stop)
        if end >= stop:
            raise self.fault("expecting '}'", begin - 1, stop)
        if not text[begin:end].strip(" \t\n\f\r"):
            raise self.fault("empty expression not allowed", begin - 1, end + 1)
        line, column = self._position(begin)
        value = self.parse_field(text, begin, end, line, begin - column + 1)
        pos = end
        shown = False
        if text[pos] == "=":
            pos += 1
            while pos < stop and text[pos].isspace():
                pos += 1
            parts.append(text[begin:pos])
            shown = True
        conversion = -1
        if pos < stop and text[pos] == "!":
            pos += 1
            if pos >= stop:
                raise self.fault("expecting '}'", begin - 1, stop)
            if text[pos] not in _CONVERSIONS:
                raise self.fault("invalid conversion character: expected 's', 'r', or 'a'", pos, pos + 1)
            conversion = _CONVERSIONS[text[pos]]
            pos += 1
        specification = None
        if pos < stop and text[pos] == ":":
            inner: list[Any] = []
            pos = self.read(pos + 1, stop, inner, depth + 1)
            specification = _joined(self.span, inner)
        if pos >= stop or text[pos] != "}":
            raise self.fault("expecting '}'", begin - 1, pos)
        if shown and specification is None and conversion < 0:
            conversion = _CONVERSIONS["r"]
        where = Span(*self._position(begin - 1), *self._position(pos + 1))
        parts.append(FormattedValue(where, value, conversion, specification))
        return pos + 1

    def _position(self, pos: int) -> Position:
        line_start = self.text.rfind("\n", 0, pos) + 1
        return self.token.line + self.text.count("\n", self.token.begin, pos), pos - line_start + 1

    def _expression_end(self, pos: int, stop: int) -> int:
        """Where the expression that begins at `pos` ends: at a `!`, `:`, `=` or `}` that is outside of strings and
        brackets.
        """
        text = self.text
        begin = pos
        open_brackets: list[str] = []
        quotes = ""
        while pos < stop:
            char = text[pos]
            if char == "\\":
                raise Fault("f-string expression part cannot include a backslash", self.place(pos, pos + 1))
            if quotes:
                if text.startswith(quotes, pos):
                    pos += len(quotes)
                    quotes = ""
                else:
                    pos += 1
                continue
            if char in "'\"":
                quotes = char * 3 if text.startswith(char * 3, pos) else char
                pos += len(quotes)
                continue
            if char in _OPENING:
                open_brackets.append(char)
            elif char == "#":
                raise Fault("f-string expression part cannot include '#'", self.place(pos, pos + 1))
            elif not open_brackets and char in "!:=<>}":
                following = text[pos + 1 : pos + 2]
                if char in "!=<>" and following == "=":
                    pos += 2
                    continue
                if char not in "<>":
                    return pos
            elif char in _CLOSING:
                if not open_brackets:
                    raise self.fault(f"unmatched '{char}'", pos, pos + 1)
                opened = open_brackets.pop()
                if opened != _CLOSING[char]:
                    message = f"closing parenthesis '{char}' does not match opening parenthesis '{opened}'"
                    raise self.fault(message, pos, pos + 1)
            pos += 1
        if quotes:
            raise self.fault("unterminated string", begin - 1, stop)
        if open_brackets:
            raise self.fault("expecting '}'", begin - 1, stop)
        return pos
