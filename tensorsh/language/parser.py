"""Text → syntax tree. `parse` is the one way in; `completeness` tells a prompt whether to ask for another line.

The driver runs Lark's LALR tables (see `build_tables.py`) with a stack of its own, and each reduction builds its node
at once, so a script may nest as deep as it likes: nothing here recurses but f-strings, whose depth is bounded. Rows of
the tables are decoded when they are first met. Chains of rules that only pass a value upwards, such as `sum: product`,
are followed once and remembered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tensorsh.errors import Span, TensorshError
from tensorsh.language import _tables
from tensorsh.language.faults import Fault
from tensorsh.language.lexer import TERMINALS, Token, tokenize
from tensorsh.language.literals import join
from tensorsh.language.nodes import ExceptHandler, For, FunctionDef, If, Module, Try, While, With, children, expr, stmt
from tensorsh.language.reductions import NODES, VALUES
from tensorsh.language.scopes import check

if TYPE_CHECKING:
    from tensorsh.language.syntax_errors import Stop

COMPOUND = (For, FunctionDef, If, Try, While, With)
_KINDS = dict(zip(_tables.LETTERS, TERMINALS, strict=True))


class _Actions(dict[int, dict[str, int]]):
    """For a state, the action of each kind of token: a state to shift to, the negative number of a rule, or 0 to
    accept.
    """

    rows = _tables.ACTIONS.split("\n")

    def __missing__(self, state: int) -> dict[str, int]:
        words = self.rows[state - 1].split(" ")
        row = self[state] = {
            _KINDS[letter]: int(code)
            for letters, code in zip(words[::2], words[1::2], strict=True)
            for letter in letters
        }
        return row


class _Gotos(dict[int, dict[int, int]]):
    """For a state, the state after each nonterminal."""

    rows = _tables.GOTOS.split("\n")

    def __missing__(self, state: int) -> dict[int, int]:
        words = list(map(int, self.rows[state - 1].split()))
        row = self[state] = dict(zip(words[::2], words[1::2], strict=True))
        return row


# Nonterminal, length, what builds the node, what makes a value without a span, and where on the stack the parts are.
Rule = tuple[int, int, Any, Any, list[int]]


class _Rules(dict[int, Rule]):
    """By the negative number of the rule."""

    rows = _tables.RULES.split("\n")

    def __missing__(self, code: int) -> Rule:
        nonterminal, size, name, *takes = self.rows[-code - 1].split()
        rule = self[code] = (int(nonterminal), int(size), NODES.get(name), VALUES.get(name), list(map(int, takes)))
        return rule


_actions = _Actions()
_gotos = _Gotos()
_rules = _Rules()
_after: dict[tuple[int, int, str], int] = {}


def _follow(state: int, nonterminal: int, kind: str) -> int:
    """The state after `nonterminal` in `state`, past all rules that would only pass its value upwards before `kind`."""
    target = _gotos[state][nonterminal]
    while True:
        code = _actions[target].get(kind, 0)
        if code >= 0:
            break
        upper, size, node, value, takes = _rules[code]
        if node is not None or value is not None or size != 1:
            break
        target = _gotos[state][upper]
    _after[state, nonterminal, kind] = target
    return target


class Unexpected(Exception):
    """No rule goes on with the token at `index`; the stacks are as they were then."""

    def __init__(self, index: int, states: list[int], values: list[Any], starts: list[Any]) -> None:
        super().__init__(index)
        self.index = index
        self.states = states
        self.values = values
        self.starts = starts

    def stop(self, tokens: list[Token], inside: str = "") -> Stop:
        """The same for those who explain it."""
        from tensorsh.language.syntax_errors import Stop

        return Stop(tokens, self.index, self.values, self.starts, self.accepts, inside)

    def accepts(self, kind: str) -> bool:
        """Whether a token of this kind would have fitted, found by going through the reductions without building
        anything.
        """
        states = self.states.copy()
        while True:
            code = _actions[states[-1]].get(kind)
            if code is None:
                return False
            if code >= 0:
                return True
            nonterminal, size, *_ = _rules[code]
            del states[-size:]
            states.append(_gotos[states[-1]][nonterminal])


def _run(tokens: list[Token], start: str) -> Any:
    """Drive the tables over the tokens; gives what the rule `start` builds."""
    actions, rules, after = _actions, _rules, _after
    state = _tables.STARTS[start]
    states = [state]
    # The bottom of the stack stands for every absent part: rules name it as position 0.
    values: list[Any] = [None]
    starts: list[Any] = [(1, 1)]
    ends: list[Any] = [(1, 1)]
    new = tuple.__new__
    for index, (kind, token_value, begin, end) in enumerate(tokens):
        while True:
            code = actions[state].get(kind)
            if code is None:
                raise Unexpected(index, states, values, starts)
            if code > 0:
                state = code
                states.append(state)
                values.append(token_value)
                starts.append(begin)
                ends.append(end)
                break
            if code == 0:
                return values[-1]
            nonterminal, size, node, value, takes = rules[code]
            if node is not None:
                made = node(new(Span, starts[-size] + ends[-1]), *[values[take] for take in takes])
            elif value is not None:
                made = value(*[values[take] for take in takes])
            else:
                made = values[takes[0]]
            if size == 1:
                values[-1] = made
                below = states[-2]
                state = after.get((below, nonterminal, kind)) or _follow(below, nonterminal, kind)
                states[-1] = state
            else:
                last = ends[-1]
                del values[-size:], states[-size:], starts[1 - size :], ends[-size:]
                values.append(made)
                ends.append(last)
                below = states[-1]
                state = after.get((below, nonterminal, kind)) or _follow(below, nonterminal, kind)
                states.append(state)
    raise AssertionError("the tokens do not end in END")


def _strings(span: Span, tokens: list[Any]) -> expr:
    return join(span, tokens, _parse_field)


def _parse_field(text: str, begin: int, stop: int, line: int, line_start: int) -> expr:
    """The expression in the braces of an f-string. Messages are CPython 3.11's: it says `f-string: ` first."""
    try:
        tokens = tokenize(text, begin, stop, line, line_start, inside="(").tokens
        return _run(tokens, "fstring_field")
    except Unexpected as unexpected:
        from tensorsh.language.syntax_errors import explain

        fault = explain(unexpected.stop(tokens, inside="("))
    except Fault as found:
        fault = found
    message = fault.message if fault.message.startswith("f-string") else f"f-string: {fault.message}"
    raise Fault(message, fault.span, fault.type_name)


NODES["strings"] = _strings


def parse(source: str | bytes, filename: str = "<input>") -> Module:
    """The syntax tree of a script.

    Raises `TensorshError` with `type_name` `"SyntaxError"`, `"IndentationError"` or `"TabError"`, the span of the
    mistake, and the text that the span refers to (bytes decoded, line ends made `\\n`).

    >>> from tensorsh.language.nodes import sexpr
    >>> sexpr(parse("x |> f()"))
    "(Module [(Expr (Pipe (Name 'x') (Call (Name 'f') [] [])) False)])"
    """
    text = read_source(source, filename)
    try:
        return _module(text)
    except Fault as fault:
        raise TensorshError(fault.message, fault.span, fault.type_name, source=text, filename=filename) from None


def read_source(source: str | bytes, filename: str = "<input>") -> str:
    """A script's text as the spans count it: decoded, without a byte order mark, every line ended by `\\n`.

    Raises `TensorshError` for bytes that are no UTF-8, for NUL and for lone surrogates.
    """
    try:
        return _read_source(source)
    except Fault as fault:
        raw = source if isinstance(source, bytes) else source.encode("utf-8", "replace")
        text = raw.decode("utf-8", "replace")
        raise TensorshError(fault.message, fault.span, fault.type_name, source=text, filename=filename) from None


def completeness(text: str) -> str:
    """What a prompt should do with a text: run it (`"complete"`), ask for another line, or show its error
    (`"invalid"`).

    A block is complete when an empty line follows it, as at Python's prompt.

    >>> completeness("x = [1,"), completeness("for i in x:"), completeness("x = 1"), completeness("x = = 1")
    ('incomplete', 'incomplete', 'complete', 'invalid')
    """
    try:
        source = _read_source(text)
        module = _module(source)
    except Fault as fault:
        return "incomplete" if fault.at_end else "invalid"
    if module.body and isinstance(module.body[-1], COMPOUND):
        last_line = text.replace("\r", "\n").rpartition("\n")[2]
        # Where the last statement does not begin an indented line, nothing can go on: `if x: y`.
        begins = source.split("\n")[_last_statement(module).span.line - 1]
        if begins[:1].isspace() and last_line.strip():
            return "incomplete"
    return "complete"


def _last_statement(module: Module) -> Any:
    """The innermost of the last statements."""
    last: Any = module
    while True:
        inner = [part for part in children(last) if isinstance(part, (stmt, ExceptHandler))]
        if not inner:
            return last
        last = max(inner, key=lambda part: (part.span.end_line, part.span.end_column))


def _read_source(source: str | bytes) -> str:
    if isinstance(source, bytes):
        try:
            text = source.decode("utf-8")
        except UnicodeDecodeError as error:
            before = source[: error.start].decode("utf-8")
            raise Fault(f"(unicode error) {error}", _place(before)) from None
    else:
        text = source
    if text.startswith("\ufeff"):
        text = text[1:]
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        raise Fault("source code cannot contain null bytes", _place(text[: text.index("\0")]))
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise Fault(f"(unicode error) {error}", _place(text[: error.start])) from None
    return text if text.endswith("\n") else text + "\n"


def _place(before: str) -> Span:
    """The span of the character that follows a text."""
    lines = before.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return Span(len(lines), len(lines[-1]) + 1, len(lines), len(lines[-1]) + 2)


def _module(text: str) -> Module:
    # A statement from a pipe comes with an empty line for each line above it: all of them in one step.
    empty = len(text) - len(text.lstrip("\n"))
    lexed = tokenize(text, empty, line=empty + 1, line_start=empty)
    tokens = lexed.tokens
    try:
        body = _run(tokens, "module") if len(tokens) > 1 else []
        module = Module(Span(1, 1, *tokens[-1][3]), tuple(body))
        check(module, declares="global" in text or "nonlocal" in text, rebinds=":=" in text)
        return module
    except Unexpected as unexpected:
        from tensorsh.language.syntax_errors import explain, never_closed

        stop = unexpected.stop(tokens)
        if lexed.unclosed:
            # What was read after a bracket that stays open says little about the mistake, unless it is on the same
            # line.
            bracket, where = lexed.unclosed[-1]
            if stop.kind == "END" or stop.span.line > where[0]:
                raise never_closed(bracket, where, stop.kind == "END") from None
        raise explain(stop) from None
