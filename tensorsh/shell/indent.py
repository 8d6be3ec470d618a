"""How far the next line is indented: IPython's rules, on the language's own tokens."""

from __future__ import annotations

from tensorsh.language.faults import Fault
from tensorsh.language.lexer import tokenize

STEP = 4
ENDS_BLOCK = frozenset({"return", "break", "continue", "pass", "raise"})
_LAYOUT = frozenset({"NEWLINE", "INDENT", "DEDENT", "END"})


def next_indent(text: str) -> int:
    """The indentation, in spaces, of a line that follows `text`.

    One step more after `:`, one less after a statement that leaves its block; within brackets one step more than the
    line that opens them. Inside a string it is none: there, spaces mean something.

    >>> next_indent("for i in x:"), next_indent("    return x"), next_indent("f(")
    (4, 0, 4)
    """
    try:
        lexed = tokenize(text + "\n")
    except Fault as fault:
        if fault.at_end and "triple" in fault.message:
            return 0
        return _margin(text.rpartition("\n")[2])
    tokens = [token for token in lexed.tokens if token[0] not in _LAYOUT]
    if not tokens:
        return _margin(text.rpartition("\n")[2])
    lines = text.split("\n")
    if not lines[-1].strip():
        return len(lines[-1])
    if lexed.unclosed:
        line = _margin(lines[-1])
        opened_here = lexed.unclosed[-1][1][0] == len(lines)
        return line + STEP if opened_here and tokens[-1][0] in "([{" else line
    # The logical line may have begun further up, inside brackets.
    first = max((i for i, token in enumerate(lexed.tokens[:-1]) if token[0] == "NEWLINE" and i < _last(lexed.tokens)), default=-1)
    start = next((token for token in lexed.tokens[first + 1 :] if token[0] not in _LAYOUT), tokens[-1])
    margin = _margin(lines[start[2][0] - 1])
    if tokens[-1][0] == ":":
        return margin + STEP
    if _statement_word(lexed.tokens, first) in ENDS_BLOCK:
        return max(margin - STEP, 0)
    return margin


def _last(tokens: list[tuple[str, object, tuple[int, int], tuple[int, int]]]) -> int:
    """The index of the NEWLINE that ends the last statement."""
    return max((i for i, token in enumerate(tokens) if token[0] == "NEWLINE"), default=len(tokens))


def _statement_word(tokens: list[tuple[str, object, tuple[int, int], tuple[int, int]]], newline: int) -> str:
    return next((token[0] for token in tokens[newline + 1 :] if token[0] not in _LAYOUT), "")


def _margin(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
