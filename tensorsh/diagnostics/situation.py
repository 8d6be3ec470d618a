"""What failed, as advice sees it: the operation, its operands as code and as values, and the code around them.

A piece of advice is a row (pattern, function): the pattern is looked for in the error's text, and the function makes a hint of the match
and the situation, or nothing where it cannot say anything that is sure.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from tensorsh.diagnostics.failure import Hint, Value
from tensorsh.diagnostics.fitting import Shape

NUMBERS = re.compile(r"[\[(][-\d., e+]+[\])]")  # a list of numbers as it prints
LONG = 40  # characters of an operand's code that a sentence repeats
ROLES = {"left": "the left operand", "right": "the right operand", "self": "the tensor", "value": "the tensor"}


class Operand(NamedTuple):
    """A value that took part: `text` is code that can be followed by `.t()`, `place` where it stands in the failed code (None if
    that is on several lines).
    """

    role: str
    text: str
    value: Value
    place: tuple[int, int] | None = None

    @property
    def name(self) -> str:
        """What a sentence calls it."""
        return self.text if len(self.text) <= LONG else ROLES.get(self.role, self.role)

    @property
    def shape(self) -> Shape:
        assert self.value.shape is not None
        return self.value.shape

    @property
    def number(self) -> int | None:
        """The value of an operand that is a whole number."""
        text = self.value.text or ""
        return int(text) if self.value.kind == "int" and re.fullmatch(r"-?\d+", text) else None


class Situation(NamedTuple):
    """What was being done. `operation` is an operator's sign, or the name of what was called; `whole` is the failed code, and
    `statement` the statement that it is a part of, where that is on one line. `elementwise` says that the operands are broadcast,
    `joined` which of `and`, `or` and `not` asked for the truth value of `whole`. `message` is the error's text.
    """

    operation: str
    operands: tuple[Operand, ...]
    whole: str
    elementwise: bool = True
    statement: str = ""
    joined: str = ""
    message: str = ""

    @property
    def tensors(self) -> list[Operand]:
        return [operand for operand in self.operands if operand.value.shape is not None]

    @property
    def first(self) -> str:
        """The first operand's code."""
        return self.operands[0].text if self.operands else "x"

    def given(self, *roles: str) -> Operand | None:
        """The first operand in one of these roles."""
        return next((operand for operand in self.operands if operand.role in roles), None)

    def instead(self, operand: Operand, code: str) -> str:
        """The failed code with `code` in the place of an operand; `code` alone where that cannot be written on one line."""
        if operand.place is None or len(self.whole) > 2 * LONG:
            return code
        start, end = operand.place
        return self.whole[:start] + code + self.whole[end:]

    def with_statement(self, code: str) -> str:
        """The failed statement with `code` in the place of the failed code."""
        return code if self.statement.count(self.whole) != 1 else self.statement.replace(self.whole, code)

    def renamed(self, name: str) -> str:
        """The failed call with another name for what is called."""
        return re.sub(rf"\b{re.escape(self.operation)}\(", f"{name}(", self.whole, count=1)

    def with_argument(self, code: str) -> str:
        """The failed call with one more argument."""
        call = self.whole.removesuffix(")").rstrip().rstrip(",")
        return f"{call}{'' if call.endswith('(') else ', '}{code})"


def new_value(situation: Situation, target: Operand, other: Operand) -> str:
    """A statement in place as one that makes a new tensor: `i = i + 1` for `i += 1`; nothing where that cannot be written."""
    if situation.operation.endswith("="):
        return f"{target.text} = {target.text} {situation.operation[:-1]} {other.text}"
    if situation.operation.endswith("_") and target.role == "self" and target.text.isidentifier():
        return f"{target.text} = {situation.renamed(situation.operation[:-1])}"
    return ""


Advise = Callable[[re.Match[str], Situation], "Hint | None"]
Row = tuple[str, Advise]


def said(text: str, *code: str) -> Advise:
    """Advice that says the same of any operand, whose code stands for `{}`."""

    def make(match: re.Match[str], situation: Situation) -> Hint:
        first = situation.first
        return Hint(text.replace("{}", first), tuple((line.replace("{}", first), "") for line in code))

    return make


def shown(shape: Shape) -> str:
    return str(list(shape))
