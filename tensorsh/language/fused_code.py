"""Hot code: a loop or a function that has run a few times is written again as one host function.

A closure for each node costs a call for each node. Where that counts, the closures of a function's body, of a loop or of a
comprehension are replaced by one function whose Python source is written here from the tree, line by line:

    total = total - i * 2       state.where = n4
                                t0 = frame[2] * 2
                                frame[1] = frame[1] - t0

It works on the same frames as the closures do, and what has no line of its own (`try`, `with`, `def` …) is a call of the node's
closure, so both forms mix freely. Operands are kept on a stack, `t0 t1 …`; an operation leaves its result where its first
operand was. No `try` stands around single operations: when one fails, the number of the line that failed tells which nodes
to blame and where their operands are.

The source holds no text of the script's but attribute names that a table allows and the `repr` of short constants. Names are
slots of the frame or keys of a dictionary, all other values have names given here; the host's builtins are out of reach.
`fused_expressions` and `fused_statements` know the nodes.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Any, NamedTuple

from tensorsh.language import formatting, limits, nodes
from tensorsh.language.compile_comprehensions import walk
from tensorsh.language.compile_operators import BINARY
from tensorsh.language.compile_statements import IN_PLACE
from tensorsh.language.compile_targets import unpack
from tensorsh.language.context import Closure, Context, blame
from tensorsh.language.dictionaries import get_item, set_item
from tensorsh.language.formatting import format_value
from tensorsh.language.iterators import collectable
from tensorsh.language.nesting import NESTED, PRINTED
from tensorsh.language.sentinels import BREAK, CONTINUE, RETURN, UNBOUND
from tensorsh.language.symbols import Variable

HEAD = 2  # lines before the first that is written here
DEEPEST = 12  # blocks within blocks; the host refuses more than 20 loops in one another
SHORT = 64  # characters or bits of a constant that stands in the source

NAMES: dict[str, Any] = {
    "__name__": "tensorsh.language.fused",  # whose frames Ctrl-C may end
    "__builtins__": {},
    "Exception": Exception, "float": float, "int": int, "list": list, "locals": locals, "range": range, "slice": slice, "type": type,
    "BREAK": BREAK, "CONTINUE": CONTINUE, "RETURN": RETURN, "UNBOUND": UNBOUND,
    "collectable": collectable, "NESTED": NESTED, "PRINTED": PRINTED, "get_item": get_item, "set_item": set_item,
    "format": format, "format_value": format_value, "modulo": formatting.modulo, "multiply": limits.multiply, "power": limits.power, "shift_left": limits.shift_left,
    "multiply_in_place": IN_PLACE["*"], "modulo_in_place": IN_PLACE["%"], "power_in_place": IN_PLACE["**"],
    "shift_left_in_place": IN_PLACE["<<"], "walk": walk, "unpack": unpack, "len": len, "tuple": tuple,
}  # fmt: skip

Values = dict[str, Any]
Tell = Callable[[BaseException, nodes.Node, Values], None]
Roles = dict[str, Any]  # role of an operand -> the text that gives it, or a list or dictionary of such texts


class Report(NamedTuple):
    """What is said when a line fails: of a node, and then of those around it."""

    tell: Tell
    node: nodes.Node
    roles: Roles
    outer: Report | None


VALUES: dict[type, Callable[[Writer, Any, int], str | None]] = {}
STATEMENTS: dict[type, Callable[[Writer, Any], bool]] = {}


def writes(*kinds: type) -> Callable[[Any], Any]:
    """Register a function that writes nodes of these types: expressions give the text of the value, statements whether they could."""

    def register(function: Any) -> Any:
        for kind in kinds:
            (VALUES if issubclass(kind, nodes.expr) else STATEMENTS)[kind] = function
        return function

    return register


class Writer:
    """The source of one function, as it grows, and what to say for each line that fails."""

    def __init__(self, context: Context, arguments: str, *, returns: bool = False) -> None:
        self.context = context
        self.arguments = arguments
        self.returns = returns  # whether `return` gives the value itself, as in the body of a function
        self.names = {**NAMES, "values": context.environment.globals, "state": context.environment.state}
        self.names["failed"] = self._failed
        self.bound: set[Variable] = set()  # what surely has a value where the next line stands
        self.indent = 2
        self.loops = 0
        self._lines: list[str] = []
        self._around: list[Report] = []
        self._reports: dict[int, Report] = {}
        self._held = 0  # operands that the statement has put on the stack

    # Text

    def line(self, text: str) -> None:
        self._lines.append("    " * self.indent + text)
        report = self._report()
        if report is not None:
            self._reports[len(self._lines) + HEAD] = report

    def named(self, kind: str, value: Any) -> str:
        """A name by which the source can speak of `value`."""
        name = f"{kind}{len(self.names)}"
        self.names[name] = value
        return name

    def constant(self, value: Any) -> str:
        kind = type(value)
        if kind is bool or value is None or (kind is str and len(value) < SHORT):
            return repr(value)
        if (kind is int and value.bit_length() < SHORT) or (kind is float and value - value == 0):  # not inf or nan
            return f"({value!r})" if value < 0 else repr(value)
        return self.named("k", value)

    def on_stack(self, at: int) -> str:
        self._held = max(self._held, at + 1)
        return f"t{at}"

    def enter(self, node: nodes.Node, tell: Tell = blame) -> Roles:
        """From here to `leave`, an error is blamed on `node`, with the operands that the caller puts in the result."""
        self._around.append(Report(tell, node, {}, self._report()))
        return self._around[-1].roles

    def leave(self) -> None:
        self._around.pop()

    def _report(self) -> Report | None:
        """What to say if the line that comes next fails."""
        if not self._around:
            return None
        tell, node, roles, outer = self._around[-1]
        return Report(tell, node, {role: copy(text) for role, text in roles.items()}, outer)

    # Nodes

    def value(self, node: nodes.expr, at: int) -> str:
        """Write what computes `node`, on the stack from `at` on; returns the text of its value, good until something is stored."""
        write = VALUES.get(type(node))
        text = None if write is None else write(self, node, at)
        if text is None:
            self.line(f"{self.on_stack(at)} = {self.named('c', self.context.expression(node))}(frame)")
            return f"t{at}"
        return text

    def kept(self, node: nodes.expr, at: int) -> str:
        """As `value`, on the stack."""
        text = self.value(node, at)
        if text != f"t{at}":
            self.line(f"{self.on_stack(at)} = {text}")
        return f"t{at}"

    def put(self, before: str, node: nodes.expr) -> None:
        """Write the value of `node` behind `before`, which is `return` or a place whose assignment cannot fail."""
        value = self.value(node, 0)
        computed = "    " * self.indent + "t0 = "
        if value == "t0" and self._lines[-1].startswith(computed):
            self._lines[-1] = "    " * self.indent + f"{before} {self._lines[-1][len(computed) :]}"
            self._held *= self._held > 1
        else:
            self.line(f"{before} {value}")

    def where(self, node: nodes.stmt) -> None:
        self.line(f"state.where = {self.named('n', node)}")

    def block(self, body: tuple[nodes.stmt, ...]) -> None:
        self.indent += 1
        for statement in body:
            self.statement(statement)
        self.indent -= 1

    def statement(self, node: nodes.stmt) -> None:
        self._held = 0
        write = STATEMENTS.get(type(node))
        if write is None or self.indent > DEEPEST or not write(self, node):
            self._by_closure(node)
        elif self._held and isinstance(node, SIMPLE):
            # Nothing lives longer for having been on the stack.
            self.line("".join([f"t{at} = " for at in range(self._held)]) + "None")

    def _by_closure(self, node: nodes.stmt) -> None:
        run = self.named("c", self.context.statement(node))
        if isinstance(node, SIMPLE):
            self.line(f"{run}(frame)")
            return
        self.line(f"signal = {run}(frame)")
        self.line("if signal is not None:")
        self.indent += 1
        if self.loops:
            self.line("if signal is BREAK: break")
            self.line("if signal is CONTINUE: continue")
        self.line("return frame[0]" if self.returns else "return signal")
        self.indent -= 1

    # The function

    def function(self) -> Closure:
        """What was written, as a function of `arguments`."""
        head = [f"def run({self.arguments}):", "    try:"]
        foot = ["    except Exception as error:", "        failed(error, locals())", "        raise"]
        assert len(head) == HEAD
        exec(compile("\n".join([*head, *self._lines, *foot]), "<fused>", "exec"), self.names)
        return self.names["run"]

    def _failed(self, error: BaseException, variables: Values) -> None:
        """Blame the nodes around the line that failed, the innermost first."""
        assert error.__traceback__ is not None
        report = self._reports.get(error.__traceback__.tb_lineno)
        while report is not None:
            tell, node, roles, report = report
            tell(error, node, {role: self._found(text, variables) for role, text in roles.items()})

    def _found(self, text: Any, variables: Values) -> Any:
        if type(text) is list:
            return [self._found(part, variables) for part in text]
        if type(text) is dict:
            return {name: self._found(part, variables) for name, part in text.items()}
        return eval(text, self.names, variables)


SIMPLE = (
    nodes.AnnAssign, nodes.Assert, nodes.Assign, nodes.AugAssign, nodes.Delete, nodes.Expr, nodes.FunctionDef, nodes.Import,
    nodes.ImportFrom, nodes.Raise,
)  # fmt: skip
assert set(BINARY) == set(IN_PLACE)
