"""Writes to memory that a derivative needs, in words. The facts are `diagnostics.blame`'s."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod

from tensorsh.diagnostics.blame import Blame, LogLine, Stale, Write
from tensorsh.diagnostics.places import Place
from tensorsh.display.numbers import number_text, numbers_text
from tensorsh.display.screen import PLAIN, Screen
from tensorsh.display.tables import table

_RELATIONS = {"view": "a view of {}", "base": "what {} is a view of", "detach": "{} detached, on the same memory", "data": "{}.data", "memory": "on the memory of {}"}


def blame_text(facts: Blame) -> str:
    """A version error: what was saved, what was written, what would work, a line each.

    >>> from tensorsh.diagnostics.places import Place
    >>> write = Write("add_", 1, Place("<input>", 4, "row += 1"), "row", "view")
    >>> print(blame_text(Blame("y", "other", False, "MulBackward0", Place("<input>", 3, "z = y * y"), 0, 1, (write,), 0, "row = row + 1")))
    y was written to after it was saved for the backward pass.
      saved    line 3: z = y * y   by MulBackward0, version 0
      written  line 4: row += 1   by add_, through row, a view of y, version 1
    Write row = row + 1 instead, save a copy (y.clone()), or call backward() before the write.
    """
    return "\n".join([sentence(facts), *lines(facts), fix(facts)])


def sentence(facts: Blame) -> str:
    return f"{_saved(facts)} was written to after it was saved for the backward pass."


def lines(facts: Blame) -> list[str]:
    """Who saved it and who wrote to it."""
    own = ", its own result" if facts.own else ""
    found = [f"  saved    {_place(facts.place)}by {facts.node}{own}, version {facts.version}"]
    if facts.forgotten:
        found.append(f"  {facts.forgotten} older write{'' if facts.forgotten == 1 else 's'} not remembered")
    for first, last in _repeated(facts.writes):
        version = f"version {first.version}" if first is last else f"versions {first.version} to {last.version}"
        found.append(f"  written  {_place(first.place)}by {_by(first, facts.saved)}, {version}")
    return found


def _repeated(writes: Sequence[Write]) -> list[tuple[Write, Write]]:
    """The first and the last of each run of writes by one statement."""
    runs: list[tuple[Write, Write]] = []
    for write in writes:
        if runs and replace(write, version=0) == replace(runs[-1][1], version=0):
            runs[-1] = runs[-1][0], write
        else:
            runs.append((write, write))
    return runs


def fix(facts: Blame) -> str:
    """What would work."""
    copy = f"{facts.saved}.clone()" if facts.saved else "clone()"
    what = "write to a copy" if facts.own else "save a copy"
    ways = [f"Write {facts.instead} instead"] if facts.instead else []
    ways.append(f"{what if ways else what.capitalize()} ({copy})")
    return ", ".join(ways) + (", or" if len(ways) > 1 else " or") + " call backward() before the write."


def _saved(facts: Blame) -> str:
    return facts.saved or "A tensor"


def _by(write: Write, saved: str) -> str:
    operator = write.operator
    if not write.relation:
        return operator
    if write.relation == "data" and write.through in ("", saved):
        return f"{operator}, through {saved or 'its'}{'.data' if saved else ' .data'}"
    return f"{operator}, through {write.through}, {_RELATIONS[write.relation].format(saved or 'it')}"


def _place(place: Place | None) -> str:
    return "" if place is None else f"{place.words}: {place.text}   "


def stale_text(facts: Stale) -> str:
    """A warning about numbers that come out wrong, with the right ones."""
    saved = facts.saved or "A tensor"
    found = [
        f"{saved} was written to through .data after it was saved for the backward pass. PyTorch does not notice, and the gradient is wrong.",
        f"  saved    {_place(facts.place)}by {facts.node}",
        *(f"  written  {_place(write.place)}by {_by(write, saved)}" for write in facts.writes),
    ]
    if facts.leaves is not None:
        for one in facts.leaves:
            name = f"{one.name}.grad" if one.name else "a leaf's .grad"
            found.append(f"  {name} gets {numbers_text(one.added)}; without the write it would get {numbers_text(one.right)}")
            if one.added.values is None:
                apart = "everywhere" if one.count == prod(one.added.shape) else f"at {one.count:,} of {prod(one.added.shape):,} elements"
                there = f"{number_text(one.added_there.values)}, not {number_text(one.right_there.values)}"
                found.append(f"    they differ {apart}, most at {list(one.index)}: {there}")
    found.append("Write before the forward pass or after backward(), or write to a copy.")
    return "\n".join(found)


def _through(line: LogLine) -> str:
    """The name that was written through; `.data` where that counts apart."""
    through = line.write.through
    if line.write.relation == "data" and through in ("", *line.names[:1]):
        return f"{through or line.names[0]}.data" if line.names else ".data"
    return through


def log_text(log: Sequence[LogLine], screen: Screen = PLAIN) -> str:
    """The writes that are remembered, as a table.

    >>> print(log_text([LogLine(("x",), Write("add_", 1, None, "x", ""))]))
    memory of  version  operator  through
    x          1        add_      x
    """
    if not log:
        return "No in-place write is remembered."
    rows = [
        [
            ", ".join(line.names),
            str(line.write.version or ""),
            line.write.operator,
            _through(line),
            "" if line.write.place is None else f"{line.write.place.words}: {line.write.place.text}",
        ]
        for line in log
    ]
    return table(["memory of", "version", "operator", "through", "where"], rows, screen)
