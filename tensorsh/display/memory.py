"""The live memory as a table, the large ones first, and where a small view keeps much of it alive. The facts are `diagnostics.memory`'s."""

from __future__ import annotations

from collections.abc import Sequence

from tensorsh.diagnostics.memory import Memory
from tensorsh.diagnostics.peak import Peak
from tensorsh.display.screen import PLAIN, Screen
from tensorsh.display.tables import byte_text, table

MOST_SHOWN = 12
HOLDERS_SHOWN = 4


def memory_text(facts: Sequence[Memory], screen: Screen = PLAIN, every: bool = False) -> str:
    """Every storage with what keeps it alive, the total, and what could be let go of. `every`: the small ones too.

    >>> import numpy as np
    >>> from tensorsh.diagnostics.memory import live_memory
    >>> print(memory_text(live_memory({"row": np.zeros((1000, 1000))[0], "x": np.zeros(4)})))
    storage   bytes  in use  kept alive by
    S1       8.0 MB  8.0 KB  row
    S2         32 B          x
    8.0 MB in 2 storages.
    S1: row looks at 8.0 KB and keeps 8.0 MB alive; row = row.copy() lets go of the rest.
    """
    if not facts:
        return "No tensor or array is alive."
    shown = facts if every else facts[:MOST_SHOWN]
    headers = ["storage", "bytes", "in use", "kept alive by"]
    lines = [table(headers, [_row(one) for one in shown], screen, right=["bytes", "in use"])]
    if len(shown) < len(facts):
        rest = sum(one.bytes for one in facts[len(shown) :])
        lines.append(f"… and {len(facts) - len(shown)} smaller ones, {byte_text(rest)}; %mem --all shows them.")
    total = sum(one.bytes for one in facts)
    lines.append(f"{byte_text(total)} in {len(facts)} storage{'s' if len(facts) > 1 else ''}.")
    lines += [_wasted(one) for one in facts if one.wasted]
    return "\n".join(lines)


def _row(one: Memory) -> list[str]:
    holders = ", ".join(holder.path for holder in one.holders[:HOLDERS_SHOWN])
    return [
        one.title,
        byte_text(one.bytes),
        byte_text(one.used) if one.used != one.bytes else "",
        holders + (", …" if len(one.holders) > HOLDERS_SHOWN else ""),
    ]


def _wasted(one: Memory) -> str:
    holder = one.holders[0]
    if holder.path.startswith("Out["):
        remedy = "%reset --results lets go of it"
    elif holder.path.isidentifier():
        remedy = f"{holder.path} = {holder.path}.{'copy' if holder.array else 'clone'}() lets go of the rest"
    else:
        remedy = "a clone() of what is needed lets go of the rest"
    return (
        f"{one.title}: {holder.path} looks at {byte_text(one.used)} and keeps {byte_text(one.bytes)} alive; {remedy}."
    )


def peak_text(facts: Peak) -> str:
    """What a run took, in one sentence.

    >>> peak_text(Peak(8000, 12000, 4000, 3))
    'At most 8.0 KB of results at once, 12.0 KB in all; 4.0 KB of it are still alive.'
    """
    if not facts.bytes:
        return "It made no new memory."
    kept = f"{byte_text(facts.kept)} of it are still alive" if facts.kept else "none of it is alive any more"
    return f"At most {byte_text(facts.peak)} of results at once, {byte_text(facts.bytes)} in all; {kept}."
