"""Why the parser stopped, in words: from the token that fits no rule to the message that a person needs.

Texts are CPython 3.11's wherever it has one for the mistake. Where it says no more than "invalid syntax", ours adds
what was expected. `explain` goes through the questions of `_QUESTIONS` in order; the first that has an answer gives it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from tensorsh.errors import Span
from tensorsh.language import foreign_syntax, nodes
from tensorsh.language.faults import Fault, Position
from tensorsh.language.faults import at as between
from tensorsh.language.lexer import KEYWORDS, Token
from tensorsh.language.targets import describe

_UNSUPPORTED = {
    "class": "define functions with 'def', and keep what belongs together in a dict or a tuple",
    "async": "write a plain 'def', 'for' or 'with'",
    "await": "call the function as it is",
    "yield": "return a list, or use a generator expression",
    "match": "use 'if' and 'elif'",
}
_OPERAND_BEGINS = frozenset({"NAME", "NUMBER", "STRING", "None", "True", "False", "...", "lambda", "not", "~", "{"})
_OPERAND_ENDS = frozenset({"NAME", "NUMBER", "STRING", "None", "True", "False", "...", ")", "]", "}"})
_COMPOUND = frozenset({"if", "elif", "else", "for", "while", "with", "def", "try", "except", "finally"})
# Python insists on the colon after these whatever follows, after the others only at the end of a line.
_COLON_FORCED = frozenset({"for", "def", "else", "try", "finally"})
_LAYOUT = frozenset({"NEWLINE", "INDENT", "DEDENT"})
_CLOSING = {"(": ")", "[": "]", "{": "}"}


class Stop(NamedTuple):
    """Where the parser stopped: the tokens, which one fits no rule, what was built so far, and which kinds would have
    fitted.
    """

    tokens: list[Token]
    at: int
    values: list[Any]
    starts: list[Position]
    accepts: Callable[[str], bool]
    inside: str  # a bracket that is open before the first token, for the field of an f-string

    @property
    def kind(self) -> str:
        return self.tokens[self.at][0]

    @property
    def before(self) -> str:
        return self.tokens[self.at - 1][0] if self.at else ""

    @property
    def span(self) -> Span:
        at = self.at
        while self.tokens[at][0] == "DEDENT":  # stands where the block ended; the mistake is the line that ends it
            at += 1
        return between(*self.tokens[at][2:])

    @property
    def at_end(self) -> bool:
        return all(token[0] in ("DEDENT", "END") for token in self.tokens[self.at :])

    def line_begin(self, index: int) -> int:
        """The index of the first token of the logical line that the token at `index` is on."""
        while index and self.tokens[index - 1][0] not in _LAYOUT:
            index -= 1
        return index

    def rest_of_line(self) -> list[Token]:
        end = self.at
        while self.tokens[end][0] not in ("NEWLINE", "END"):
            end += 1
        return self.tokens[self.at : end]

    def open_brackets(self) -> list[str]:
        """The brackets that are open before the token."""
        found = [self.inside] if self.inside else []
        for token in self.tokens[self.line_begin(self.at) : self.at]:
            if token[0] in _CLOSING:
                found.append(token[0])
            elif found and token[0] == _CLOSING[found[-1]]:
                found.pop()
        return found


def explain(stop: Stop) -> Fault:
    """The fault to raise for a token that fits no rule."""
    for question in _QUESTIONS:
        fault = question(stop)
        if fault is not None:
            return fault
    return _in_general(stop)


def never_closed(bracket: str, where: Position, at_end: bool) -> Fault:
    span = Span(*where, where[0], where[1] + 1)
    return Fault(f"'{bracket}' was never closed", span, at_end=at_end)


def _missing_block(stop: Stop) -> Fault | None:
    if stop.before != "NEWLINE" or not stop.accepts("INDENT"):
        return None
    begin = stop.line_begin(stop.at - 1)
    word, _, (line, _), _ = stop.tokens[begin]
    what = "function definition" if word == "def" else f"'{word}' statement"
    message = f"expected an indented block after {what} on line {line}"
    return Fault(message, stop.span, "IndentationError", at_end=stop.at_end)


def _indent(stop: Stop) -> Fault | None:
    return Fault("unexpected indent", stop.span, "IndentationError") if stop.kind == "INDENT" else None


def _unsupported(stop: Stop) -> Fault | None:
    if stop.before == "except" and stop.kind == "*":
        return Fault("'except*' is not supported yet: use 'except'", stop.span)
    index = stop.at
    if stop.kind not in _UNSUPPORTED:
        # `match` is a name like any other, but for a line that begins with it and ends in a colon.
        index = stop.line_begin(index)
        if stop.tokens[index][1] != "match" or index == stop.at or stop.tokens[_line_end(stop) - 1][0] != ":":
            return None
    word = stop.tokens[index][1]
    return Fault(f"'{word}' is not supported yet: {_UNSUPPORTED[word]}", between(*stop.tokens[index][2:]))


def _line_end(stop: Stop) -> int:
    return stop.at + len(stop.rest_of_line())


def _print_statement(stop: Stop) -> Fault | None:
    before = stop.tokens[stop.at - 1] if stop.at else None
    if before is None or before[1] not in ("print", "exec") or before[0] != "NAME":
        return None
    if stop.kind not in _OPERAND_BEGINS:
        return None
    name = before[1]
    end = stop.tokens[max(_line_end(stop) - 1, stop.at)][3]
    return Fault(f"Missing parentheses in call to '{name}'. Did you mean {name}(...)?", between(before[2], end))


def _quote_inside(stop: Stop) -> Fault | None:
    """`"say "hello" to her"`: what stands right behind a string was meant to be in it."""
    if stop.before != "STRING" or stop.kind not in ("NAME", "NUMBER") or stop.tokens[stop.at - 1][3] != stop.tokens[stop.at][2]:
        return None
    text = stop.tokens[stop.at][1]
    return Fault(f"invalid syntax: the string ends before '{text}'; a string with quotes inside stands in the other quotes", stop.span)


def _equals(stop: Stop) -> Fault | None:
    if stop.kind != "=":
        return None
    left = stop.values[-1]
    if stop.before == "NAME" and isinstance(left, nodes.Name):
        following = stop.tokens[stop.at + 1]
        end = following[3] if following[0] not in _LAYOUT else stop.span[2:]
        message = "invalid syntax. Maybe you meant '==' or ':=' instead of '='?"
        return Fault(message, Span(left.span.line, left.span.column, *end))
    if isinstance(left, nodes.expr) and not isinstance(left, nodes.List | nodes.Tuple | nodes.GeneratorExp):
        name = describe(left)
        if name in ("None", "True", "False"):
            return Fault(f"cannot assign to {name}", left.span)
        return Fault(f"cannot assign to {name} here. Maybe you meant '==' instead of '='?", left.span)
    return None


def _missing_else(stop: Stop) -> Fault | None:
    if stop.before in _LAYOUT or stop.kind == ":" or not stop.accepts("else"):
        return None
    depth = 0
    for index in range(stop.at - 1, -1, -1):
        kind = stop.tokens[index][0]
        depth += (kind in _CLOSING.values()) - (kind in _CLOSING)
        if kind == "if" and depth == 0:
            start = stop.tokens[max(stop.line_begin(index), index - 1)][2]
            return Fault("expected 'else' after 'if' expression", between(start, stop.tokens[stop.at - 1][3]))
    return None


def _missing_colon(stop: Stop) -> Fault | None:
    if stop.open_brackets() or not stop.accepts(":"):
        return None
    first = stop.tokens[stop.line_begin(stop.at)][0]
    if first in _COMPOUND and (stop.kind in ("NEWLINE", "END") or first in _COLON_FORCED):
        return Fault("expected ':'", stop.span)
    return None


def _unguarded_try(stop: Stop) -> Fault | None:
    if (
        stop.before in ("DEDENT", "NEWLINE")
        and stop.accepts("except")
        and stop.accepts("finally")
        and not stop.accepts("else")
    ):
        return Fault("expected 'except' or 'finally' block", stop.span, at_end=stop.at_end)
    return None


def _exception_list(stop: Stop) -> Fault | None:
    begin = stop.line_begin(stop.at)
    if stop.kind != "," or stop.tokens[begin][0] != "except" or stop.open_brackets():
        return None
    return Fault(
        "multiple exception types must be parenthesized",
        between(stop.tokens[begin + 1][2], stop.tokens[_line_end(stop) - 1][3]),
    )


def _bare_generator(stop: Stop) -> Fault | None:
    brackets = stop.open_brackets()
    if stop.kind == "for" and brackets and isinstance(stop.values[-1], nodes.expr):
        if brackets[-1] == "(":
            return Fault("Generator expression must be parenthesized", _operand_span(stop))
        return Fault("did you forget parentheses around the comprehension target?", _operand_span(stop))
    if stop.kind == "," and brackets[-1:] == ["("]:
        depth = 0
        has_clause = False
        for index in range(stop.at - 1, -1, -1):
            kind = stop.tokens[index][0]
            depth += (kind in _CLOSING.values()) - (kind in _CLOSING)
            has_clause = has_clause or (kind == "for" and depth == 0)
            if depth < 0:
                if has_clause and index and stop.tokens[index - 1][0] in _OPERAND_ENDS:
                    span = between(stop.tokens[index + 1][2], stop.tokens[stop.at - 1][3])
                    return Fault("Generator expression must be parenthesized", span)
                break
    return None


def _operand_span(stop: Stop) -> Span:
    last = stop.values[-1]
    return last.span if isinstance(last, nodes.expr) else stop.span


def _dict_item(stop: Stop) -> Fault | None:
    if stop.open_brackets()[-1:] != ["{"]:
        return None
    if stop.before == ":" and stop.kind == "*":
        return Fault("cannot use a starred expression in a dictionary value", stop.span)
    if stop.before == ":" and stop.accepts("NUMBER"):
        return Fault("expression expected after dictionary key and ':'", between(*stop.tokens[stop.at - 1][2:]))
    if stop.kind in ("}", ",") and stop.accepts(":"):
        return Fault("':' expected after dictionary key", between(*stop.tokens[stop.at - 1][2:]))
    return None


def _missing_comma(stop: Stop) -> Fault | None:
    if stop.kind not in _OPERAND_BEGINS or stop.before not in _OPERAND_ENDS or not stop.open_brackets():
        return None
    left = stop.values[-1]
    start = left.span[:2] if isinstance(left, nodes.expr) else stop.tokens[stop.at - 1][2]
    return Fault("invalid syntax. Perhaps you forgot a comma?", between(start, stop.tokens[stop.at][3]))


def _import_comma(stop: Stop) -> Fault | None:
    first = stop.tokens[stop.line_begin(stop.at)][0]
    if stop.kind == "NEWLINE" and stop.before == "," and first == "from":
        return Fault(
            "trailing comma not allowed without surrounding parentheses", between(*stop.tokens[stop.at - 1][2:])
        )
    return None


def _parameters(stop: Stop) -> Fault | None:
    first = stop.tokens[stop.line_begin(stop.at)][0]
    if first == "def" and stop.before == "NAME" and stop.accepts("(") and not stop.open_brackets():
        return Fault("expected '('", stop.span)
    if stop.kind == "(" and stop.accepts("NAME") and stop.accepts("*") and not stop.accepts("NUMBER"):
        if first == "def":
            return Fault("Function parameters cannot be parenthesized", stop.span)
        return Fault("Lambda expression parameters cannot be parenthesized", stop.span)
    return None


def _unbracketed_walrus(stop: Stop) -> Fault | None:
    if stop.kind == ":=":
        return Fault("invalid syntax: ':=' needs parentheses here, as in (x := 1)", stop.span)
    return None


def _stray_clause(stop: Stop) -> Fault | None:
    if stop.kind in ("else", "elif", "except", "finally") and (stop.at == 0 or stop.before in _LAYOUT):
        return Fault(f"invalid syntax: there is no statement before this that '{stop.kind}' could belong to", stop.span)
    return None


_LITERALS = {"STRING": "a string", "NUMBER": "a number"}


def _in_general(stop: Stop) -> Fault:
    kind, value, _, _ = stop.tokens[stop.at]
    if kind in ("NEWLINE", "END", "DEDENT"):
        found = "the end of the line" if kind == "NEWLINE" else "the end of the text"
    else:
        found = f"the keyword '{kind}'" if kind in KEYWORDS else _LITERALS.get(kind, f"'{value}'")
    return Fault(f"invalid syntax: expected {_expected(stop)}, not {found}", stop.span, at_end=stop.at_end)


def _expected(stop: Stop) -> str:
    """What would have fitted, from the most telling on."""
    if stop.accepts("NUMBER"):
        return "a statement" if stop.accepts("def") else "an expression"
    if stop.accepts("def"):
        return "a function after the decorator"
    if stop.accepts("NAME"):
        return "a name"
    line = [token[0] for token in stop.tokens[stop.line_begin(stop.at) : stop.at]]
    if line[:1] == ["for"] and "in" not in line and stop.accepts("in"):
        return "'in'"
    found = [f"'{kind}'" for kind in ("(", "import", "in", ":", ")", "]", "}") if stop.accepts(kind)]
    if stop.accepts("+"):
        block = stop.tokens[stop.line_begin(stop.at)][0] in _COMPOUND and not stop.open_brackets()
        closing = ("')'", "']'", "'}'", "':'") if block else ("')'", "']'", "'}'")
        found = ["an operator", *(name for name in found if name in closing)]
    if stop.accepts("NEWLINE"):
        found.append("the end of the line")
    return " or ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found) or "something else"


_QUESTIONS: tuple[Callable[[Stop], Fault | None], ...] = (
    _missing_block,
    _unsupported,
    _indent,
    foreign_syntax.explain,
    _quote_inside,
    _print_statement,
    _equals,
    _bare_generator,
    _missing_else,
    _missing_colon,
    _unguarded_try,
    _exception_list,
    _dict_item,
    _missing_comma,
    _import_comma,
    _parameters,
    _unbracketed_walrus,
    _stray_clause,
)
