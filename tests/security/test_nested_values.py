"""Values within values, deeper or more than the host can go through: hashing, comparing and printing them ends soon, or with an error.

Each attacker runs in a process of its own, which a mistake here would end or hang.
"""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache

import pytest

DEEP = "t = ()\nfor i in range(200_000): t = (t,)\n"
WIDE = "t = u = ()\nfor i in range(60): t, u = (t, t), (u, u)\n"
WIDE_LISTS = "t = []\nu = []\nfor i in range(60): t, u = [t, t], [u, u]\n"
WIDE_DICTS = "t = {}\nu = {}\nfor i in range(60): t, u = {1: t, 2: t}, {1: u, 2: u}\n"
WIDE_SLICE = WIDE + "t, u = slice(t), slice(u)\n"


def outcome(source: str) -> str:
    """What `source` prints, or its error."""
    command = [sys.executable, "-m", "tensorsh", "run", "-"]
    done = subprocess.run(command, input=source, text=True, capture_output=True, timeout=100)
    assert done.returncode in (0, 1), f"exit status {done.returncode} after {done.stdout[-300:]}"
    return done.stderr if done.returncode else done.stdout


# Turns after which a loop runs as hot code (`fused_code`), with a value in `t` that anything may be done with.
TURNS = "for t in [()] * 40 + [large]:\n  "


@cache
def outcomes(start: str, lines: str, hot: bool = False) -> dict[str, str]:
    """What comes of each of `lines` after `start`: its error or nothing. The last one that began is the last one that is printed."""
    source = start + "large = t\n"
    for number, line in enumerate(lines.strip().splitlines()):
        tried = line.replace("\\n", "\n    ")
        source += f"print('\\n{number}:', end='', flush=True)\n"
        last = "print(type(e).__name__ + ' ' + str(e) if t is large else '', end='')" if hot else "print(type(e).__name__, e, end='')"
        within = "\n  " if hot else "\n"
        source += (TURNS if hot else "") + f"try:\n    {tried}{within}except Exception as e: {last}\n"
    found = dict(line.split(":", 1) for line in outcome(source).splitlines() if line)
    return {line: found[str(number)] for number, line in enumerate(lines.strip().splitlines())}


# Whatever hashes: each line is an expression or statement on its own.
HASHING = r"""
{t: 1}
{1: 2, t: 1}
{t}
{1, *[t]}
hash(t)
hash((1, t))
hash(frozenset([1]) if 0 else t)
set([t])
set([1, t])
set((t,))
set(iter([t]))
set(x for x in [t])
frozenset([t])
dict([(t, 1)])
dict([[t, 1]])
dict(zip([t], [1]))
dict.fromkeys([t])
{}.fromkeys([t])
{1: 2}[t]
{1: 2}[t, 1]
{1: 2}[1, t]
{1: 2}[1, 2, t]
t in {1: 2}
t not in {1}
(t, 1) in {1: 2}
(1, 2, t) in {1}
t in {1: 2}.keys()
(t, 1) in {1: 2}.items()
d = {}; d[t] = 1
d = {}; d[1, t] = 1
d = {}; d[t] += 1
d = {}; d[t, 1] += 1
d = {}; del d[t]
d = {1: {}}; d[1][t] = 1
d = {1: {}}; d[1][t] += 1
for {}[t] in [1]: pass
{t: 1 for i in [1]}
{t for i in [1]}
{}.get(t)
{}.get(t, 1)
{}.get(*[t])
{}.pop(t, 1)
{}.setdefault(t, 1)
{}.update([(t, 1)])
{}.update({1: 2}, **{}) or {}.update(iter([(t, 1)]))
dict.get({}, t)
dict.get(*[{}, t])
dict.setdefault({}, t, 1)
list(map({}.get, [t]))
list(map(dict.get, [{}], [t]))
list(filter({}.get, [t]))
sorted([t, t], key={}.get)
[1].sort(key=lambda x: {}.get(t))
max([t, t], key={}.get)
set().add(t)
set().discard(t)
set().remove(t)
set.add(set(), t)
set().union([t])
{1}.intersection([t])
{1}.difference([t])
{1}.symmetric_difference([t])
{1}.isdisjoint([t])
{1}.issuperset([t])
{1}.issubset([t])
{1}.update([t])
{1}.difference_update(iter([t]))
frozenset([1]).union([t])
{1: 2}.keys() & [t]
[t] & {1: 2}.keys()
{1: 2}.keys() - [t]
[t] - {1: 2}.keys()
{1: 2}.keys() | [t]
{1: 2}.keys() ^ [t]
{1: 2}.keys().isdisjoint([t])
{1: t}.items() & {1: t}.items()
{1: t}.items() | []
{1: t}.items() - {1: 2}.items()
{1: t}.items() == {(1, 2)}
k = {1: 2}.keys(); k -= [t]
"{x}".format_map({}) if t in {} else 0
isinstance(1, t)
issubclass(int, t)
numpy.pad(numpy.ones(2), 1, t)
torch.tensor([1], dtype=t)
torch.promote_types(t, torch.float32)
numpy.finfo(t)
numpy.dtype(t)
"""


@pytest.mark.parametrize("line", HASHING.strip().splitlines())
def test_hashing_deep_tuples_is_an_error(line: str) -> None:
    expected = "RecursionError maximum recursion depth exceeded|.*must be torch.dtype|.*must have size 2"
    assert re.match(expected, outcomes(DEEP, HASHING)[line])


@pytest.mark.parametrize("line", [line for line in HASHING.strip().splitlines() if "\\n" not in line])
def test_hashing_deep_tuples_in_hot_code_is_an_error(line: str) -> None:
    lines = "\n".join([line for line in HASHING.strip().splitlines() if "\\n" not in line])
    expected = "RecursionError maximum recursion depth exceeded|.*must be torch.dtype|.*must have size 2"
    assert re.match(expected, outcomes(DEEP, lines, hot=True)[line])


@pytest.mark.parametrize("line", HASHING.strip().splitlines())
def test_hashing_wide_tuples_is_an_error(line: str) -> None:
    expected = "MemoryError hashing the .* would take|.*must be torch.dtype|.*[Tt]uple"
    assert re.match(expected, outcomes(WIDE, HASHING)[line])


def test_types_within_types_nest_only_so_deep() -> None:
    assert "too many types within types" in outcome("t = int\nfor i in range(200_000): t = list[t]\nhash(t)")
    assert "too many types within types" in outcome("t = int\nfor i in range(60): t = tuple[t, t]\nprint(t)")


def test_what_the_host_can_hash_is_hashed() -> None:
    start = "t = u = ()\nfor i in range(5000):\n    t, u = (t,), (u,)\n"
    lines = "hash(t)\n{t: 1}[t]\n{t}\nset([t])\ndict([(t, 1)])\n{x for x in [t]}\nt == u"
    assert set(outcomes(start, lines).values()) == {""}


COMPARED = {
    "t == u": "True",
    "t != u": "False",
    "t <= u": "True",
    "[t, 1] == [u, 2]": "False",
    "[t, 1] < [u, 2]": "True",
    "(t, 2) > (u, 1)": "True",
    "1 if t == u == t else 2": "1",
    "t in [1, u]": "True",
    "(t, 1) in [(u, 2), (u, 3)]": "False",
    "t in (u,)": "True",
    "[1, u].index(t)": "1",
    "[1, u, u].count(t)": "2",
    "(1, u, u).count(t)": "2",
    "[x is u for x in sorted([t, u])]": "[False, True]",
    "sorted([(t, 2), (u, 1)])[0][1]": "1",
    "sorted([2, 1], key=lambda i: (t if i == 1 else u, i))": "[1, 2]",
    "sorted([2, 1], key=lambda i: (t if i == 1 else u, i), reverse=True)": "[2, 1]",
    "max([(t, 2), (u, 1)])[1]": "2",
    "min((t, 2), (u, 1))[1]": "1",
    "min(((x, i) for i, x in enumerate([t, u])))[1]": "0",
    "min([2, 1], key=lambda i: (t if i == 1 else u, i))": "1",
    "{1: t} == {1: u}": "True",
    "{1: t} == {1: u, 2: 3}": "False",
    "{1: t}.items() == {1: u}.items()": "True",
    "(1, t) in {1: u}.items()": "True",
    "t in {1: u}.values()": "True",
    "(1, t) != (1, u)": "False",
}


@pytest.mark.parametrize(("expression", "expected"), COMPARED.items())
def test_wide_tuples_are_compared(expression: str, expected: str) -> None:
    asserted = "\n".join(f"assert str({key}) == {value!r}" for key, value in COMPARED.items())
    assert outcomes(WIDE, asserted)[f"assert str({expression}) == {expected!r}"] == ""


@pytest.mark.parametrize("made", [WIDE_LISTS, WIDE_DICTS, WIDE_SLICE], ids=["lists", "dicts", "slices"])
def test_other_wide_values_are_compared(made: str) -> None:
    assert outcome(f"{made}print(t == u, t != u, [t] == [u], t in [u], (t, 1) < (u, 2))") == "True False True True True\n"


def test_wide_values_are_removed_and_sorted_in_place() -> None:
    assert outcome(WIDE + "x = [(t, 3), (u, 2)]\nx.sort()\nx.remove((t, 2))\nprint(len(x), x[0][1])") == "1 3\n"


def test_frozensets_within_frozensets_are_not_compared_for_ever() -> None:
    made = "def f():\n  s = frozenset()\n  for i in range(60): s = frozenset([s, frozenset([s, i])])\n  return s\n"
    assert "tensorsh stops at" in outcome(made + "f() == f()")


PRINTED = r"""
print(t)
print(1, [t])
str(t)
repr(t)
ascii(t)
f"{t}"
f"{t!r}"
f"{t!s:>10}"
format(t)
"{}".format(t)
"{!r}".format(t)
"{0[0]}".format([t])
"%s" % (t,)
"%r" % [t]
"%(a)s" % {"a": t}
x = "%s"; x %= (t,)
str({1: t})
str({1: t}.items())
str({1: t}.values())
str(slice(t))
str(ValueError(t))
repr([ValueError(t)])
try: raise KeyError(t)\nexcept KeyError as e: str(e)
list(map(str, [t]))
list(map(repr, [t]))
sorted([t, t], key=str)
str(*[t])
type("")(t)
str(["a" * 10**7] * 10**5)
"%s" % (["a" * 10**7] * 10**5)
str([10**4000] * 10**6)
print(*[["a" * 10**6] * 100] * 100)
"""


@pytest.mark.parametrize("line", PRINTED.strip().splitlines())
def test_too_long_a_text_is_refused(line: str) -> None:
    assert outcomes(WIDE, PRINTED)[line].startswith("MemoryError the text would have")


@pytest.mark.parametrize("line", ["raise ValueError(t)", "assert 0, t", "[].index(t)", "[1, 2][slice(t)]", "t + 1"])
def test_an_error_that_holds_too_long_a_value_is_shown(line: str) -> None:
    assert "Error: " in outcome(WIDE + line)


def test_a_value_within_itself_is_printed_and_compared() -> None:
    around = "x = []\nx += [x, x, [x, 1]]\nns = [[] for i in range(6)]\nfor n in ns: n += ns\n"
    assert outcome(around + "print(x, len(str(ns)) > 6000, x in [1, x], {1: x} == {1: x})") == "[[...], [...], [[...], 1]] True True True\n"
