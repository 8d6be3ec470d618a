"""Compiles `grammar/tensorsh.lark` into `_tables.py`: `python -m tensorsh.language.build_tables`.

Lark analyses the grammar and refuses every conflict; what is shipped is text that the parser decodes row by row, as it
needs the rows, so that starting costs nothing and a one-liner decodes only the states that it meets. States, rules and
symbols are numbered in an order that depends on the grammar alone, so the same grammar always gives the same file.

Of the driver's tables (see `parser.py`), a line each:

- `TERMINALS`: the kinds of token; those of keywords and operators are their own text. A letter of `LETTERS` stands for
  each.
- `ACTIONS`: for a state, pairs of letters and a number: shift and go to that state, or reduce by the rule of its
  negative; 0 accepts.
- `GOTOS`: for a state, pairs of a nonterminal and the state to go to.
- `RULES`: nonterminal, length, name of the reduction (`-`: the value passes through), then the children it takes,
  counted from the top of the stack downwards; 0 is None for an optional part that is absent.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

LETTERS = "".join(chr(code) for code in range(33, 127) if chr(code) not in "\"'\\")
STARTS = ("module", "fstring_field")
GRAMMAR = Path(__file__).parents[2] / "grammar" / "tensorsh.lark"
SHIPPED = Path(__file__).parent / "_tables.py"


def build(grammar: str) -> str:
    """The text of `_tables.py` for a grammar; raises `lark.GrammarError` if the grammar has a conflict."""
    from lark import Lark
    from lark.parsers.lalr_analysis import LALR_Analyzer

    frontend: Any = Lark(grammar, parser="lalr", lexer="contextual", start=list(STARTS), maybe_placeholders=True)
    analyzer: Any = LALR_Analyzer(frontend.parser.parser_conf, strict=True)
    analyzer.compute_lalr()
    table = analyzer.parse_table

    ignored = frontend.lexer_conf.ignore
    patterns = {terminal.name: terminal.pattern for terminal in frontend.terminals if terminal.name not in ignored}
    kinds = {name: _kind(name, patterns) for name in [*patterns, "_INDENT", "_DEDENT", "$END"]}
    terminals = sorted(set(kinds.values()))
    letter = dict(zip(terminals, LETTERS, strict=False))
    rules = list(frontend.rules)
    rule_number = {(rule.origin, tuple(rule.expansion)): number for number, rule in enumerate(rules, 1)}
    nonterminals = list(dict.fromkeys(rule.origin.name for rule in rules))

    # Lark numbers states as sets happen to be ordered; number them again, breadth first.
    order = [table.start_states[start] for start in STARTS]
    seen = set(order)
    for state in order:
        for symbol in sorted(table.states[state]):
            action, target = table.states[state][symbol]
            if action.name == "Shift" and target not in seen:
                seen.add(target)
                order.append(target)
    number = {state: position for position, state in enumerate(order, 1)}
    accepting = set(table.end_states.values())

    actions, gotos = [], []
    for state in order:
        by_action: dict[int, list[str]] = {}
        goto = []
        for symbol in sorted(table.states[state]):
            action, target = table.states[state][symbol]
            if symbol not in kinds:
                goto.append(f"{nonterminals.index(symbol)} {number[target]}")
                continue
            code = number[target] if action.name == "Shift" else -rule_number[target.origin, tuple(target.expansion)]
            by_action.setdefault(code, []).append(letter[kinds[symbol]])
        if state in accepting:
            by_action = {0: [letter["END"]]}
        actions.append(" ".join(f"{''.join(sorted(letters))} {code}" for code, letters in sorted(by_action.items())))
        gotos.append(" ".join(goto))

    rows = [_rule_row(rule, nonterminals) for rule in rules]
    starts = {start: number[table.start_states[start]] for start in STARTS}
    return "".join(
        [
            '"""Parser tables that `build_tables.py` made from `grammar/tensorsh.lark`; it says what they mean."""\n\n',
            "# ruff: noqa: E501\n\n",
            f"STARTS = {starts!r}\n",
            f"NAME = {ascii(patterns['NAME'].value)}\n",
            f'NUMBER = r"""{patterns["NUMBER"].value}"""\n',
            f'LETTERS = r"""{LETTERS[: len(terminals)]}"""\n',
            _block("TERMINALS", terminals),
            _block("RULES", rows),
            _block("ACTIONS", actions),
            _block("GOTOS", gotos),
        ]
    )


def _kind(name: str, patterns: dict[str, Any]) -> str:
    if name == "$END":
        return "END"
    pattern = patterns.get(name)
    return pattern.value if pattern is not None and pattern.type == "str" and name != "_NEWLINE" else name.lstrip("_")


def _rule_row(rule: Any, nonterminals: list[str]) -> str:
    """A rule as the table has it. An empty rule has no place in a text, and its node would have no span: refused."""
    size = len(rule.expansion)
    assert size, f"the rule {rule.origin.name} may be empty"
    takes: list[int] = []
    position = 0
    for absent in rule.options.empty_indices or (False,) * size:
        if absent:
            takes.append(0)
            continue
        symbol = rule.expansion[position]
        if rule.options.keep_all_tokens or not (symbol.is_term and symbol.filter_out):
            takes.append(position - size)
        position += 1
    passes = rule.alias is None and rule.options.expand1 and len(takes) == 1
    name = "-" if passes else rule.alias or rule.origin.name.partition("{")[0]
    return " ".join(map(str, [nonterminals.index(rule.origin.name), size, name, *takes]))


def _block(name: str, rows: list[str]) -> str:
    text = "\n".join(rows)
    assert '"""' not in text and "\\" not in text
    return f'{name} = r"""{text}"""\n'


if __name__ == "__main__":
    SHIPPED.write_text(build(GRAMMAR.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"{SHIPPED.name}: {SHIPPED.stat().st_size} bytes\n")
