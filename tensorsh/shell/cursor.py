"""Where the cursor stands in a text that is still being typed: in a name, after a dot, in a string, in a call.

Works on the language's own tokens, so that it agrees with the parser about strings and brackets; a text that the lexer
refuses is looked at from its last line on. Pure: no value is looked at here.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from tensorsh.language.faults import Fault
from tensorsh.language.lexer import KEYWORDS, StringToken, Token, tokenize

REACH = 20_000  # characters before the cursor that are looked at
UNKNOWN: Any = type("Unknown", (), {"__slots__": (), "__repr__": lambda self: "<unknown>"})()

# A step of a chain: ("name", "x"), ("literal", 3), ("group", the operands' chains), ("attribute", "grad"), ("index", 0),
# ("call", None). The first three begin one.
Step = tuple[str, Any]
Chain = tuple[Step, ...]

_CLOSERS = {")": "(", "]": "[", "}": "{"}
_LAYOUT = frozenset({"NEWLINE", "INDENT", "DEDENT", "END"})


class Call(NamedTuple):
    """The innermost call around the cursor: what is called, how many arguments stand before the one at the cursor,
    which keywords are given, and the keyword of the argument at the cursor.
    """

    callee: Chain
    position: int
    given: frozenset[str]
    keyword: str | None


class Place(NamedTuple):
    """`kind` is `name`, `attribute` (of `owner`), `key` (of `owner`; `quote` is what has been opened), `string`,
    `import` (a name in the namespace `owner`, or a namespace) or `none`; `prefix` is what stands before the cursor of
    the thing itself.
    """

    kind: str
    prefix: str = ""
    owner: Chain | None = None
    quote: str = ""
    call: Call | None = None


def place_of(text: str) -> Place:
    """The place at the end of `text`.

    >>> place_of("x.su")
    Place(kind='attribute', prefix='su', owner=(('name', 'x'),), quote='', call=None)
    >>> place_of("softmax(x, ").call
    Call(callee=(('name', 'softmax'),), position=1, given=frozenset(), keyword=None)
    """
    text = text[-REACH:]
    tokens, string = _tokens(text)
    if tokens is None:
        tokens, string = _tokens(text[text.rfind("\n") + 1 :])
        if tokens is None:
            words = re.search(r"[\w.]*\Z", text)
            tokens, string = _tokens(words[0] if words else "")
            if tokens is None:
                return Place("none")
    if string is not None:
        return _in_string(tokens, string)
    if tokens is _COMMENT:
        return Place("none")
    prefix = ""
    if tokens and not text[-1:].isspace():
        kind, value, start, end = tokens[-1]
        if kind == "NAME" or kind in KEYWORDS:
            prefix = value
            tokens = tokens[:-1]
        elif kind == "NUMBER":
            return Place("none")
        elif kind == "STRING":
            return Place("none")
    call = _call(tokens)
    imported = _import(tokens)
    if imported is not None:
        return Place("import", prefix, imported)
    if tokens and tokens[-1][0] == ".":
        return Place("attribute", prefix, chain_before(tokens, len(tokens) - 1), "", call)
    if tokens and tokens[-1][0] == "[" and not prefix:
        owner = chain_before(tokens, len(tokens) - 1)
        if owner is not None:
            return Place("key", "", owner, "", call)
    return Place("name", prefix, None, "", call)


class _String(NamedTuple):
    opening: str  # prefix and quotes
    inside: str


_COMMENT: list[Token] = []


def _tokens(text: str) -> tuple[list[Token] | None, _String | None]:
    """The tokens before the cursor and the string that it stands in; no tokens if the text cannot be read, and
    `_COMMENT` itself in a comment.
    """
    try:
        tokens = [token for token in tokenize(text + "\n").tokens if token[0] not in _LAYOUT]
    except Fault as fault:
        if not fault.message.startswith("unterminated"):
            return None, None
        start = _offset(text, fault.span.line, fault.span.column)
        opening = re.match(r"[A-Za-z]*(?:\"\"\"|'''|[\"'])", text[start:])
        before, _ = _tokens(text[:start])
        if opening is None or before is None:
            return None, None
        return before, _String(opening[0], text[start + len(opening[0]) :])
    last = _offset(text, *tokens[-1][3]) if tokens else 0
    if "#" in text[last:].rpartition("\n")[2]:
        return _COMMENT, None
    return tokens, None


def _offset(text: str, line: int, column: int) -> int:
    position = 0
    for _ in range(line - 1):
        position = text.index("\n", position) + 1
    return position + column - 1


def _in_string(tokens: list[Token], string: _String) -> Place:
    prefix = string.opening.rstrip("'\"").lower()
    if "f" in prefix:
        field = string.inside.rfind("{")
        if field > string.inside.rfind("}") and not string.inside[:field].endswith("{"):
            return place_of(string.inside[field + 1 :])
    quote = string.opening[len(prefix) :]
    if len(quote) == 3:
        return Place("none")
    if tokens and tokens[-1][0] == "[":
        owner = chain_before(tokens, len(tokens) - 1)
        if owner is not None:
            return Place("key", string.inside, owner, quote, _call(tokens))
    return Place("string", string.inside, None, quote, _call(tokens))


def chain_before(tokens: list[Token], end: int) -> Chain | None:
    """The expression of names, attributes, indices and calls that ends just before `tokens[end]`, or None for any
    other.
    """
    steps: list[Step] = []
    at = end - 1
    while at >= 0:
        kind, value, *_ = tokens[at]
        before = tokens[at - 1][0] if at else ""
        if kind == "NAME":
            if before == ".":
                steps.append(("attribute", value))
                at -= 2
                continue
            return (("name", value), *reversed(steps))
        if kind in ("NUMBER", "STRING"):
            literal = value if kind == "NUMBER" else _text_of(value)
            return (("literal", literal), *reversed(steps))
        if kind not in _CLOSERS:
            return None
        opened = _matching(tokens, at)
        if opened is None:
            return None
        before = tokens[opened - 1][0] if opened else ""
        follows = before in ("NAME", "STRING", ")", "]", "}")
        if kind == ")" and follows:
            steps.append(("call", None))
        elif kind == "]" and follows:
            steps.append(("index", _constant(tokens[opened + 1 : at])))
        elif kind == "]":
            return (("literal", []), *reversed(steps))
        elif kind == "}":
            return (("literal", {}), *reversed(steps))
        else:
            group = _group(tokens, opened, at)
            return None if group is None else (group, *reversed(steps))
        at = opened - 1
    return None


_OPERATORS = frozenset("+ - * / // % @ ** & | ^ << >> ~ < > <= >= == != |>".split())


def _group(tokens: list[Token], opened: int, closing: int) -> Step | None:
    """What stands in parentheses: the chains that operators join, or a tuple; None for what is no such thing."""
    ends: list[int] = []
    at = opened + 1
    while at < closing:
        kind = tokens[at][0]
        if kind in ("(", "[", "{"):
            at = next(i for i in range(at, closing) if tokens[i][0] in _CLOSERS and _matching(tokens, i) == at)
        elif kind == ",":
            return "literal", ()
        elif kind in _OPERATORS:
            ends.append(at)
        elif kind not in ("NAME", "NUMBER", "STRING", "."):
            return None
        at += 1
    chains = [chain_before(tokens, end) for end in (*ends, closing) if end > opened + 1 and end - 1 not in ends]
    return "group", tuple(chain for chain in chains if chain is not None)


def _matching(tokens: list[Token], closing: int) -> int | None:
    depth = 0
    for at in range(closing, -1, -1):
        kind = tokens[at][0]
        if kind in _CLOSERS:
            depth += 1
        elif kind in ("(", "[", "{"):
            depth -= 1
            if depth == 0:
                return at
    return None


def _text_of(token: StringToken) -> str:
    return token.text[token.begin : token.stop]


def _constant(tokens: list[Token]) -> Any:
    """The value of an index that is one literal, else `UNKNOWN`."""
    kinds = [token[0] for token in tokens]
    if kinds == ["NUMBER"]:
        return tokens[0][1]
    if kinds == ["-", "NUMBER"]:
        return -tokens[1][1]
    if kinds == ["STRING"] and "\\" not in _text_of(tokens[0][1]) and not tokens[0][1].prefix:
        return _text_of(tokens[0][1])
    return UNKNOWN


def _call(tokens: list[Token]) -> Call | None:
    """The innermost call that is still open."""
    depth = 0
    commas: list[int] = []
    for at in range(len(tokens) - 1, -1, -1):
        kind = tokens[at][0]
        if kind in _CLOSERS:
            depth += 1
        elif kind in ("(", "[", "{"):
            if depth:
                depth -= 1
                continue
            callee = chain_before(tokens, at) if kind == "(" else None
            if callee is not None and callee[-1][0] != "literal" and not (at > 1 and tokens[at - 2][0] == "def"):
                starts = [at + 1, *(comma + 1 for comma in reversed(commas))]
                keywords = [_keyword(tokens, start) for start in starts]
                # What a pipe hands over is the first argument.
                piped = _piped(tokens, at)
                position = sum(keyword is None for keyword in keywords[:-1]) + piped
                return Call(callee, position, frozenset(filter(None, keywords)), keywords[-1])
            # Inside a list or a tuple that is an argument, the call around it is the one that counts.
            commas = []
        elif kind == "," and not depth:
            commas.append(at)
    return None


def _piped(tokens: list[Token], opening: int) -> int:
    at = opening - 1
    while at >= 2 and tokens[at][0] == "NAME" and tokens[at - 1][0] == ".":
        at -= 2
    return int(at >= 1 and tokens[at - 1][0] == "|>")


def _keyword(tokens: list[Token], start: int) -> str | None:
    if start + 1 < len(tokens) and tokens[start][0] == "NAME" and tokens[start + 1][0] == "=":
        return str(tokens[start][1])
    return None


def _import(tokens: list[Token]) -> Chain | None:
    """The namespace whose names can stand here, in an import; an empty chain where a first name is wanted."""
    at = len(tokens) - 1
    while at >= 0 and tokens[at][0] in ("NAME", ".", ",", "as", "*"):
        at -= 1
    if at < 0 or tokens[at][0] not in ("import", "from"):
        return None
    if tokens[at][0] == "import" and at >= 2:
        source = at - 1
        while source >= 0 and tokens[source][0] in ("NAME", "."):
            source -= 1
        if source >= 0 and tokens[source][0] == "from":
            return tuple(("name", token[1]) for token in tokens[source + 1 : at] if token[0] == "NAME")
    path: list[Step] = []
    for token in reversed(tokens[at + 1 :]):
        if token[0] == ",":
            break
        if token[0] == "as":
            return None
        if token[0] == "NAME":
            path.append(("name", token[1]))
    if path and tokens[-1][0] != ".":
        return None
    return tuple(reversed(path))
