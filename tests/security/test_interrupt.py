"""Ctrl-C ends every walk that would not end by itself, also those that the host makes in C."""

from __future__ import annotations

import faulthandler
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext

import pytest

from tensorsh.shell.interrupts import Interrupts
from tests.security.test_escape import run

ENDLESS = r"""
sum(iter(int, 1))
sum(x for x in iter(int, 1))
max(iter(int, 1))
all(map(bool, range(1, 10 ** 15)))
any(iter(int, 1))
sorted(iter(int, 1))
next(filter(None, iter(int, 1)))
next(filter(callable, range(10 ** 15)))
next(x for x in iter(int, 1) if x)
[x for x in iter(int, 1) if x]
5 in iter(int, 1)
"a" in map(str, range(10 ** 15))
1.5 in range(10 ** 15)
1.5 not in range(10 ** 15)
range(10 ** 15).count(1.5)
range(10 ** 15).index(1.5)
sum(reversed(range(10 ** 15)))
max(zip(range(10 ** 15)))
max(enumerate(range(10 ** 15)))
a, b = filter(None, iter(int, 1))
{1}.issuperset(iter(lambda: 1, 2))
{1}.isdisjoint(map(bool, iter(int, 1)))
while True: pass
def f(): return [f() for x in iter(int, 1) if x]\nf()
"""


@pytest.fixture(autouse=True)
def no_test_hangs() -> Iterator[None]:
    faulthandler.dump_traceback_later(60, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.mark.parametrize("handler", [nullcontext, Interrupts], ids=["script", "shell"])
@pytest.mark.parametrize("source", ENDLESS.strip().splitlines())
def test_an_endless_walk_is_interrupted(source: str, handler: type[AbstractContextManager[object]]) -> None:
    timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT))
    with pytest.raises(KeyboardInterrupt), handler():
        timer.start()
        run(source.replace("\\n", "\n"))
    timer.join()


# What is collected is also limited, for memory would be full before anybody presses Ctrl-C.
COLLECTED = r"""
list(iter(int, 1))
tuple(map(abs, iter(int, 1)))
[*iter(int, 1)]
a, *b = iter(int, 1)
print(*iter(int, 1))
x = [1]; x.extend(iter(x))
x = [1]; x += map(abs, x)
def f():\n    x = [1]\n    x += iter(x)\nf()
"""


@pytest.mark.parametrize("source", COLLECTED.strip().splitlines())
def test_what_is_collected_has_a_limit(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tensorsh.language.iterators.MAX_LENGTH", 10**6)
    with pytest.raises(MemoryError, match="more than 1,000,000 elements"):
        run(source.replace("\\n", "\n"))
