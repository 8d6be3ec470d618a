"""What is not Python but is often typed: other languages' words and signs, prompts and commands that were pasted with the code, and
the characters of word processors and of Chinese keyboards. Each has its row and says what to write instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tensorsh.errors import Span
from tensorsh.language.faults import Fault
from tensorsh.language.faults import at as between

if TYPE_CHECKING:
    from tensorsh.language.syntax_errors import Stop

# Characters that look like one of Python's. Those of full width are its own, 0xFEE0 further up.
FULL_WIDTH = range(0xFF01, 0xFF5F)
SPACES = frozenset("\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000")
INVISIBLE = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f")
LOOKALIKES = {
    **dict.fromkeys("“”„‟«»″「」『』", '"'),
    **dict.fromkeys("‘’‚‛′´", "'"),
    **dict.fromkeys("‐‑‒–—−", "-"),
    "…": "...", "×": "*", "⋅": "*", "·": "*", "÷": "/", "∕": "/", "≤": "<=", "≥": ">=", "≠": "!=", "⩽": "<=", "⩾": ">=",
    "、": ",", "。": ".", "【": "[", "】": "]", "〔": "(", "〕": ")", "→": "->", "∧": "and", "∨": "or", "¬": "not", "∈": "in",
    "√": "sqrt", "²": "** 2", "³": "** 3", "•": "*",
}  # fmt: skip


def instead_of(char: str) -> str:
    """What an error about `char` adds: how to write what was meant."""
    if char in SPACES:
        return ": it looks like a space; write a plain one"
    if char in INVISIBLE:
        return ": it cannot be seen; delete it"
    plain = chr(ord(char) - 0xFEE0) if ord(char) in FULL_WIDTH else LOOKALIKES.get(char)
    if plain is None:
        return ""
    return f': write "{plain}"' if "'" in plain else f": write '{plain}'"


def unknown_sign(char: str, is_first: bool, is_last: bool) -> str:
    """What to say about `!`, `?`, `$` or a backquote; `is_first` and `is_last` say where it stands in its line."""
    if char == "!":
        return "commands with '!' are Jupyter's; for a negation write 'not'" if is_first else "write 'not' for '!'"
    if char == "?" and (is_first or is_last):
        return "write help(x) for 'x?'"
    if char == "?":
        return "'?' has no meaning here; a choice is written 'a if condition else b'"
    return "'$' is the prompt of another program: leave it out" if char == "$" and is_first else f"'{char}' has no meaning here"


# By the first word of a line, which another word follows.
_FIRST_WORDS = {
    **dict.fromkeys(("var", "let", "const", "int", "float", "double", "string", "auto", "local"), "a name needs no '{}' before it"),
    **dict.fromkeys(("function", "func", "fn", "fun", "sub"), "write 'def' for '{}'"),
    **dict.fromkeys(("elseif", "elsif", "elsf"), "write 'elif' for '{}'"),
    **dict.fromkeys(("foreach", "until", "unless", "switch", "repeat"), "there is no '{}': use 'for', 'while' or 'if'"),
    **dict.fromkeys(
        ("pip", "pip3", "conda", "python", "python3", "sudo", "apt", "cd", "git", "tensorsh"),
        "'{}' is a command of the system, to be given outside",
    ),
}
# By two signs that stand against each other, the second or the first of which does not fit.
_PAIRS = {
    ("&", "&"): "write 'and' for '&&'",
    ("|", "|"): "write 'or' for '||'",
    ("<", ">"): "write '!=' for '<>'",
    ("==", "="): "write '==' for '==='",
    ("!=", "="): "write '!=' for '!=='",
    ("=", ">"): "write '>=' for '=>'",
    ("=", "<"): "write '<=' for '=<'",
    ("else", "if"): "write 'elif' for 'else if'",
}
_COMMENTS = {"/": "*", "//": ""}
_BLOCKS = frozenset({"if", "elif", "else", "for", "while", "def", "with", "try"})


def explain(stop: Stop) -> Fault | None:
    """The fault for a token that fits no rule, if it is one of these."""
    at, tokens = stop.at, stop.tokens
    begin = stop.line_begin(at)
    kind, _, start, end = tokens[at]
    first = tokens[begin][0]
    following = tokens[at + 1] if at + 1 < len(tokens) else tokens[at]
    if at == begin:
        if kind == ">>" and following[0] == ">":
            return _fault("'>>>' is Python's prompt: leave it out", between(start, following[3]))
        if kind == "%":
            return _fault("commands with '%' belong to a prompt; a script has none", stop.span)
        if kind in _COMMENTS and following[0].startswith(_COMMENTS[kind]):
            return _fault("a comment begins with '#'", between(start, following[3] if kind == "/" else end))
        return None
    before, word, before_start, before_end = tokens[at - 1]
    if at == begin + 1:
        if kind == "NAME" and before == "NAME" and word in _FIRST_WORDS:
            return _fault(_FIRST_WORDS[word].format(word), between(before_start, before_end))
        if before == "..." and kind == "NAME":
            return _fault("'...' is Python's prompt: leave it out", between(before_start, before_end))
        if kind == "=" and before.isalpha() and before.islower():
            return _fault(f"'{before}' is a keyword and cannot be a name", between(before_start, before_end))
    for left, right in ((tokens[at - 1], tokens[at]), (tokens[at], following)):
        hint = _PAIRS.get((left[0], right[0]))
        if hint is not None and (left[3] == right[2] or left[0] == "else"):
            return _fault(hint, between(left[2], right[3]))
    if first == "for" and tokens[begin + 1][0] == "(" and ";" in [token[0] for token in stop.rest_of_line()]:
        return _fault("a loop over numbers is written 'for i in range(3):'", between(tokens[begin + 1][2], end))
    if before == "NAME" and word == "new" and kind == "NAME":
        return _fault("a call needs no 'new' before it", between(before_start, before_end))
    if kind == "if" and stop.accepts("NUMBER"):
        return _fault("a choice is written 'a if condition else b'", stop.span)
    if before in ("+", "-") and tokens[at - 2][0] == before and tokens[at - 2][3] == before_start and kind in ("NEWLINE", ")", ";"):
        return _fault(f"there is no '{before * 2}': write '{before}= 1'", between(tokens[at - 2][2], before_end))
    if first in _BLOCKS and not stop.open_brackets():
        if tokens[at][1] in ("then", "do"):
            return _fault(f"write ':' for '{tokens[at][1]}'", stop.span)
        if kind == "{":
            return _fault("write ':' and indent the lines that follow, instead of braces", stop.span)
    if first == "raise" and kind == ",":
        return _fault("write the text in brackets, as in raise ValueError('text')", stop.span)
    return None


def _fault(hint: str, span: Span) -> Fault:
    return Fault(f"invalid syntax: {hint}", span)
