"""Colours for the language: a Pygments lexer over the parser's own table of tokens.

A text that is still being typed is coloured as far as it goes: what is no token, or a string without its end, is shown
and never refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pygments.lexer import Lexer
from pygments.token import Comment, Error, Keyword, Name, Number, Operator, Punctuation, String, Text

from tensorsh.language import builtins
from tensorsh.language.lexer import KEYWORDS, RESERVED, STRING_ENDS, TOKEN

# The groups of TOKEN, in its order.
_STRING, _NAME, _NUMBER, _OPERATOR, _NEWLINE, _COMMENT = range(1, 7)
_CONSTANTS = frozenset({"None", "True", "False"})
_WORD_OPERATORS = frozenset({"and", "in", "is", "not", "or"})
_COMMAND = re.compile(r"%%?(?:\w[\w-]*)?")
_ESCAPE = re.compile(r"\\(?:[0-7]{1,3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^}]*\}|.)", re.DOTALL)


class TensorshLexer(Lexer):
    """Pygments' lexer for scripts and cells of tensorsh."""

    name = "tensorsh"
    aliases = ["tensorsh", "tsh"]
    filenames = ["*.tsh"]
    url = ""

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, Any, str]]:
        position = 0
        previous = ""
        while position < len(text):
            if text[position] == "%" and text[position - 1 : position] in ("", "\n"):
                command = _COMMAND.match(text, position)
                assert command is not None
                yield position, Name.Decorator, command[0]
                position = command.end()
                continue
            match = TOKEN(text, position)
            if match is None or match.lastindex is None and match.end() == position:
                yield position, Text if text[position].isspace() else Error, text[position]
                position += 1
                continue
            group = match.lastindex
            start = match.start(group) if group else match.start()
            if start > position:
                yield position, Text, text[position:start]
            if group == _STRING:
                position = _string_end(text, match.end(), match[_STRING])
                yield from _string(text, start, position, match[_STRING])
                previous = "string"
                continue
            position = match.end()
            word = text[start:position]
            if group == _NAME:
                yield start, _name(word, previous), word
            elif group == _NUMBER:
                yield start, Number, word
            elif group == _OPERATOR:
                yield start, Punctuation if word in "()[]{},:;." else Operator, word
            elif group == _COMMENT:
                yield start, Comment, word
            else:
                yield start, Text, word
            if group != _COMMENT:
                previous = word


def _name(word: str, previous: str) -> Any:
    if previous == ".":
        return Name.Attribute
    if word in _CONSTANTS:
        return Keyword.Constant
    if word in _WORD_OPERATORS:
        return Operator.Word
    if word in KEYWORDS:
        return Keyword
    if word in RESERVED:
        return Error
    if previous == "def":
        return Name.Function
    if word in builtins.SHARED or word in ("print", "dir", "help"):
        return Name.Builtin
    return Name


def _string_end(text: str, begin: int, opening: str) -> int:
    quotes = opening.lstrip("rRbBuUfF")
    match = re.compile(STRING_ENDS[quotes], re.DOTALL).match(text, begin)
    if match:
        return match.end()
    line_end = text.find("\n", begin)
    return len(text) if len(quotes) == 3 or line_end < 0 else line_end


def _string(text: str, start: int, end: int, opening: str) -> Iterator[tuple[int, Any, str]]:
    """A string's token, its escapes apart."""
    position = start
    if "r" not in opening.lower():
        for escape in _ESCAPE.finditer(text, start, end):
            if escape.start() > position:
                yield position, String, text[position : escape.start()]
            yield escape.start(), String.Escape, escape[0]
            position = escape.end()
    if position < end:
        yield position, String, text[position:end]
