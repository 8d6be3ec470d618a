"""Drawings of who looks at which memory: a storage as a row of places with the windows below it, a pair in one sentence, what a
write changes. Plain text; addresses never appear. The facts are `diagnostics.sharing`'s.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

from tensorsh.diagnostics.effects import Effect, Writes
from tensorsh.diagnostics.sharing import Pair, StorageFacts, Window
from tensorsh.display.screen import PLAIN, Screen
from tensorsh.display.tables import table

COVERED, PARTLY, FREE = "■", "▪", "·"
_MARGIN = "  "
_UNNAMED = "an unnamed tensor"
_NAMED = 8  # variables that the line about a change names


def storages_text(facts: Sequence[StorageFacts], screen: Screen = PLAIN) -> str:
    """Every storage: its places, which of them each window covers, and the windows' facts.

    >>> from tensorsh import torch
    >>> from tensorsh.diagnostics.sharing import storages
    >>> x = torch.arange(6)
    >>> print(storages_text(storages({"x": x, "y": x[1::2]})))
    S1: 6 elements of int64, 48 bytes
               0  1  2  3  4  5
      values   0  1  2  3  4  5
      x        ■  ■  ■  ■  ■  ■
      y        ·  ■  ·  ■  ·  ■
    <BLANKLINE>
      name  shape  stride  offset  contiguous  version  what it is
      x     [6]    (1,)    0       yes         0
      y     [3]    (2,)    1       no          0        x[1::2], a view of x
    """
    if not facts:
        return "No variable is a tensor or an array."
    return "\n\n".join(_storage_text(one, screen) for one in facts)


def _storage_text(facts: StorageFacts, screen: Screen) -> str:
    plural = "" if facts.elements == 1 else "s"
    title = f"{facts.title}: {facts.elements:,} element{plural} of {facts.dtype}, {facts.bytes:,} bytes"
    parts = [title]
    if not screen.words and facts.windows[0].covers is not None and facts.elements:
        parts += [_MARGIN + line for line in _places(facts, screen.width - len(_MARGIN))] + [""]
    inner = screen._replace(width=max(screen.width - len(_MARGIN), 20))
    headers = ["name", "shape", "stride", "offset", "contiguous", "version", "what it is"]
    rows = [_row(window) for window in facts.windows]
    parts += [_MARGIN + line for line in table(headers, rows, inner).split("\n")]
    parts += [_MARGIN + line for line in _counters(facts)]
    return "\n".join(line.rstrip() for line in parts)


def _row(window: Window) -> list[str]:
    version = "" if window.version is None else str(window.version)
    return [
        _named(window),
        str(list(window.shape)),
        str(window.stride),
        str(window.offset),
        "yes" if window.contiguous else "no",
        version,
        _what(window),
    ]


def _named(window: Window) -> str:
    return " = ".join(window.names)


def _what(window: Window) -> str:
    made = window.made
    if window.kind == "array":
        return f"{made}, a NumPy array" if made else "a NumPy array"
    if window.view_of is None:
        return made
    base = window.view_of or _UNNAMED
    if not made or made.startswith("("):
        return f"a view of {base}"
    return f"{made}, a view of {base}" if window.view_of else f"{made}, a view"


def _counters(facts: StorageFacts) -> list[str]:
    """A line for each counter of writes, where there are several."""
    if facts.counters < 2:
        return []
    lines = ["", "Writes are counted apart:"]
    for counter in sorted({w.counter for w in facts.windows if w.counter is not None}):
        members = [w for w in facts.windows if w.counter == counter]
        lines.append(f"  version {members[0].version} of {_list([w.name for w in members])}")
    return lines


def _places(facts: StorageFacts, width: int) -> list[str]:
    """The row of places, and a row of marks for each window: `■` covered, a digit for how many of its elements are one place."""
    label = max(6, *(len(window.name) for window in facts.windows)) + 2
    cells = facts.values or tuple("" for _ in range(facts.elements))
    each = max(max(map(len, cells)), len(str(facts.elements - 1)), 1) + 2
    if label + each * facts.elements > width:
        return _folded(facts, width - label, label)
    rows = [["", *map(str, range(facts.elements))]]
    if facts.values is not None:
        rows.append(["values", *facts.values])
    for window in facts.windows:
        assert window.covers is not None
        rows.append([window.name, *map(_mark, window.covers)])
    return [row[0].ljust(label) + "".join(cell.rjust(each) for cell in row[1:]).removeprefix(" ") for row in rows]


def _mark(count: int) -> str:
    return FREE if not count else COVERED if count == 1 else str(count)


def _folded(facts: StorageFacts, width: int, label: int) -> list[str]:
    """Several places in each column, where there are more places than columns."""
    per = -(-facts.elements // max(width, 8))
    rows = ["".ljust(label) + (f"each column is {per} elements" if per > 1 else "each column is one element")]
    for window in facts.windows:
        assert window.covers is not None
        marks = ""
        for start in range(0, facts.elements, per):
            part = window.covers[start : start + per]
            covered = sum(1 for count in part if count)
            marks += FREE if not covered else COVERED if covered == len(part) else PARTLY
        rows.append(window.name.ljust(label) + marks)
    return rows


# --- pairs --------------------------------------------------------------------------------------------------------------


def pair_text(facts: Pair) -> str:
    """One sentence about two tensors or arrays.

    >>> from tensorsh import torch
    >>> from tensorsh.diagnostics.sharing import pair
    >>> x = torch.arange(6).view(2, 3)
    >>> y = x.t()
    >>> print(pair_text(pair(x, y, {"x": x, "y": y})))
    x shares all its 6 elements with y: y is x.t(), both views of an unnamed tensor; a write to either counts in both.
    """
    one, other = facts.one, facts.other
    if facts.same_object:
        return f"{one} and {other} are one and the same, under two names." if one != other else f"{one} is {one}."
    if not facts.same_storage:
        return f"{one} and {other} share no memory."
    return f"{_shared(facts)}{_relation(facts)}{_versions(facts)}."


def _shared(facts: Pair) -> str:
    if facts.overlap is False:
        return f"{facts.one} and {facts.other} look at one storage but have no element in common"
    if facts.overlap is None or facts.overlapping is None:
        return f"{facts.one} and {facts.other}{'' if facts.overlap else ' may'} share elements"
    if facts.overlapping == facts.elements:
        amount = "all its elements" if facts.elements > 1 else "its only element"
        return f"{facts.one} shares {amount.replace('all its', f'all its {facts.elements:,}')} with {facts.other}"
    return f"{facts.one} shares {facts.overlapping:,} of its {facts.elements:,} elements with {facts.other}"


def _relation(facts: Pair) -> str:
    if facts.view in ("one", "other"):
        view, base = (facts.one, facts.other) if facts.view == "one" else (facts.other, facts.one)
        # Nothing is told of what was asked for as it was made.
        return f": {view} is a view of {base}" if facts.relation == view else f": {view} is {facts.relation}, a view of {base}"
    if facts.view == "both":
        base = facts.base or _UNNAMED
        return (
            f": {facts.made} is {facts.relation}, both views of {base}"
            if facts.relation and facts.relation != facts.made
            else f": both are views of {base}"
        )
    if facts.relation and facts.relation == facts.made:
        return f": {facts.made} is no view to autograd"
    return f": {facts.made} is {facts.relation}, no view to autograd" if facts.relation else ", and neither is a view of the other"


def _versions(facts: Pair) -> str:
    if facts.overlap is False:
        return ", so a write to one leaves the other as it is"
    if facts.same_version is None:
        return "; no version counts what NumPy writes"
    return "; a write to either counts in both" if facts.same_version else "; each counts its own writes"


# --- writes -------------------------------------------------------------------------------------------------------------


def writes_text(facts: Writes) -> str:
    """What changes if a variable is written to.

    >>> from tensorsh import torch
    >>> from tensorsh.diagnostics.effects import writes
    >>> x = torch.arange(6).view(2, 3)
    >>> c = x[:, 1]
    >>> print(writes_text(writes(c, {"x": x, "c": c})))
    Writing to c changes
      c          all 2 elements
      x[:, 1]    2 of 6 elements
    """
    if facts.refused:
        return f"{facts.name} cannot be written to: {facts.refused}. A clone() of it can."
    # `x[0]`, asked for as it stands, and the part of x that changes with it are one row: of the variable.
    rows = list({_target(effect): _amount(effect) for effect in facts.effects}.items())
    column = max((len(target) for target, _ in rows), default=0) + 4
    lines = [f"Writing to {facts.name} changes", *(f"  {target.ljust(column)}{amount}" for target, amount in rows)]
    if len(rows) == 1:
        lines.append("and no other variable.")
    apart = [effect.name for effect in facts.effects if effect.counted is False]
    if apart:
        one = len(apart) == 1
        lines.append(f"The version{'' if one else 's'} of {_list(apart)} {'does' if one else 'do'} not count it.")
    return "\n".join(lines)


def _amount(effect: Effect) -> str:
    if effect.count is None:
        return "some of its elements"
    if effect.count == effect.total:
        return f"all {effect.total:,} elements" if effect.total > 1 else "its only element"
    return f"{effect.count:,} of {effect.total:,} elements"


def _target(effect: Effect) -> str:
    if effect.index is not None:
        return effect.name + effect.index
    return ", ".join(f"{effect.name}[{', '.join(map(str, at))}]" for at in effect.elements) or effect.name


def changes_text(effects: Sequence[Effect], mentioned: Container[str]) -> str:
    """One line about what a statement changed: first what it mentions, then what changed with it; `""` if nothing did.

    >>> changes_text([Effect("x", "[0, 1]", (), 1, 4, True), Effect("c", "[0]", (), 1, 2, True)], ["c"])
    'c[0] changed, and with it x[0, 1]'
    """
    own = [effect for effect in effects if effect.name.partition("[")[0].partition(".")[0] in mentioned]
    named, elsewhere = [_target(effect) for effect in own], [_target(effect) for effect in effects if effect not in own]
    if not named:
        return f"{_list(elsewhere)} changed" if elsewhere else ""
    return f"{_list(named)} changed" + (
        f", and with {'it' if len(named) == 1 else 'them'} {_list(elsewhere)}" if elsewhere else ""
    )


def _list(names: Sequence[str]) -> str:
    """`x, y and z`."""
    if len(names) > _NAMED:
        return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
