"""What the interpreter costs: the same source in a session and in CPython's `exec`, in one process, in turns.

    .venv/bin/python benchmarks/language.py [NAME ...]

A row is a program in plain Python. It is prepared once for either, and run in short bursts, in turns; a row shows the median of
the bursts and their ratio beside the goal. Rows that compute with tensors use tensorsh's on both sides, so that their
ratio is what the interpreter adds to the operators.
"""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

from bursts import Table, Work, in_turns

import tensorsh.torch as torch
from tensorsh.language.compiler import compile_module
from tensorsh.language.parser import parse
from tensorsh.runtime import state
from tensorsh.session import Session

BURSTS = 15
BURST_SECONDS = 0.05


class Row(NamedTuple):
    name: str
    goal: float  # at most this many times CPython's time
    setup: str
    source: str  # what is measured: the statements of a function's body, or of a module


FIB = """
def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)
"""
NESTED = """
def run():
    total = 0
    for i in range(100):
        for j in range(100):
            total += i * j
    return total
"""
COUNTER = """
def run():
    i = 0
    while i < 10000:
        i += 1
    return i
"""
GLOBAL_LOOP = """
total = 0
for i in range(10000):
    total = total + i * 2
"""
PRIMES = """
def run():
    found = []
    for n in range(2, 500):
        for p in found:
            if n % p == 0:
                break
        else:
            found.append(n)
    return found
"""
APPEND = """
def run():
    squares = []
    for i in range(5000):
        squares.append(i * i)
    return squares
"""
COMPREHENSION = """
def run():
    return [i * i for i in range(5000) if i % 3]
"""
COUNTING = """
def run():
    counts = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return counts
"""
SIEVE = """
def run():
    n = 3000
    prime = [True] * n
    for i in range(2, n):
        if prime[i]:
            for j in range(i * i, n, i):
                prime[j] = False
    return sum(prime)
"""
JOIN = """
def run():
    return ", ".join([str(i) for i in range(2000)])
"""
FORMAT = """
def run():
    lines = []
    for i in range(1000):
        lines.append(f"{i}: {i / 7:.3f}")
    return lines
"""
DEFAULTS = """
def scale(x, factor=2, *, shift=0):
    return x * factor + shift
def run():
    total = 0
    for i in range(2000):
        total += scale(i) + scale(i, 3) + scale(i, shift=1)
    return total
"""
CLOSURE = """
def counter():
    n = 0
    def step():
        nonlocal n
        n += 1
        return n
    return step
def run():
    step = counter()
    for _ in range(3000):
        step()
    return step()
"""
SORT = """
def run():
    return sorted(range(2000), key=lambda n: n % 17)
"""
TRAINING = """
w = torch.zeros(2, 1, requires_grad=True)
for i in range(100):
    loss = ((x @ w - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
    w.grad = None
"""
DATA = "torch.manual_seed(0); x = torch.rand(20, 2); y = torch.rand(20, 1)"
WORDS = "words = [str(n * n % 97) for n in range(3000)]"

ROWS = [
    Row("recursion: fib(16)", 8, FIB, "fib(16)"),
    Row("nested loops", 4, NESTED, "run()"),
    Row("while with a counter", 4, COUNTER, "run()"),
    Row("loop over globals", 4, "", GLOBAL_LOOP),
    Row("primes by division", 4, PRIMES, "run()"),
    Row("sieve", 4, SIEVE, "run()"),
    Row("append in a loop", 4, APPEND, "run()"),
    Row("list comprehension", 4, COMPREHENSION, "run()"),
    Row("counting in a dict", 4, WORDS + COUNTING, "run()"),
    Row("joining strings", 4, JOIN, "run()"),
    Row("f-strings", 4, FORMAT, "run()"),
    Row("defaults and keywords", 8, DEFAULTS, "run()"),
    Row("closures", 8, CLOSURE, "run()"),
    Row("sorted by a lambda", 8, SORT, "run()"),
    Row("training loop", 1.1, DATA, TRAINING),
]


def in_session(row: Row) -> Work:
    session = Session()
    session.run(row.setup)
    return compile_module(parse(row.source), row.source).prepare(session.environment)


def in_cpython(row: Row) -> Work:
    names: dict[str, Any] = {"torch": torch}
    exec(compile(row.setup, "<setup>", "exec"), names)
    code = compile(row.source, "<row>", "exec")
    return lambda: exec(code, names)


def main(names: list[str]) -> None:
    table = Table("CPython", 24)
    for row in ROWS:
        if names and not any(name in row.name for name in names):
            continue
        with state.use(state.State(seed=0)):
            mine, theirs = in_turns([prepare(row) for prepare in (in_session, in_cpython)], BURSTS, BURST_SECONDS)
        table.row(row.name, mine, theirs, row.goal)


if __name__ == "__main__":
    main(sys.argv[1:])
