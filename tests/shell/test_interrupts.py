"""Ctrl-C while a cell runs: it stops, and what it leaves is whole."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

import pytest

from tensorsh.shell.interrupts import Interrupts

ENDLESS = [
    # what comes first, a cell that never ends, and what must hold afterwards
    ("", "while True: pass", "True"),
    ("n = 0", "while True:\n    n += 1", "n > 0"),
    ("", "[i for i in iter(int, 1)]", "True"),
    ("", "sorted(iter(lambda: 0, 1))", "True"),
    ("def f(n):\n    return f(n - 1) if n else 0", "while True:\n    f(50)", "f(900) == 0"),
    ("x = torch.zeros(1000).add_(0)", "while True:\n    x.add_(1)", "bool((x + 1 == x._version).all())"),
    ("x = torch.zeros(1000).add_(0)", "while True:\n    x += 1", "bool((x + 1 == x._version).all())"),
    ("a, b = 1, 2", "while True:\n    a, b = b, a", "{a, b} == {1, 2}"),
    ("", "while True:\n    with torch.no_grad():\n        pass", "torch.is_grad_enabled()"),
    ("", "with torch.no_grad():\n    while True: pass", "torch.is_grad_enabled()"),
    (
        "x = torch.ones(3, requires_grad=True)\n(x * x).sum().backward()",
        "while True:\n    (x * x).sum().backward()",
        "bool((x.grad % 2 == 0).all())",
    ),
    ("x = torch.ones(300, 300)\ny = x @ x", "while True:\n    y = x @ x", "y.shape == (300, 300)"),
    ("", "while True: print('', end='')", "True"),
]


def press(after: float, times: int = 1, gap: float = 0.01) -> threading.Thread:
    def pressing() -> None:
        time.sleep(after)
        for _ in range(times):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(gap)

    thread = threading.Thread(target=pressing)
    thread.start()
    return thread


@pytest.mark.parametrize(("first", "cell", "holds"), ENDLESS)
@pytest.mark.parametrize("after", [0.05, 0.0731, 0.111])
def test_it_stops(cells, first: str, cell: str, holds: str, after: float) -> None:
    cells.run(first)
    thread = press(after)
    err = cells.run(cell).err
    thread.join()
    assert err == "KeyboardInterrupt\n"
    assert cells.shell.session.evaluate(holds) is True
    assert sys.getprofile() is None


def test_pressing_on_does_not_kill(cells) -> None:
    before = signal.getsignal(signal.SIGINT)
    thread = press(0.05, times=8, gap=0.002)
    handled = signal.signal(signal.SIGINT, lambda *_: None)  # between cells the prompt reads Ctrl-C as a key
    try:
        assert cells.run("while True: pass").err == "KeyboardInterrupt\n"
        thread.join()
    finally:
        signal.signal(signal.SIGINT, handled)
    assert signal.getsignal(signal.SIGINT) is before
    assert cells.run("1 + 1").out == "Out[2]: 2\n"


def test_it_waits_for_an_operator_to_end() -> None:
    steps: list[str] = []

    def kernel() -> None:
        steps.append("begun")
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1000):
            pass
        steps.append("ended")

    def interpreter() -> None:
        kernel()
        steps.append("next")

    interpreter_code = type(interpreter)(
        interpreter.__code__, {"__name__": "tensorsh.language.compile_calls"}, None, None, interpreter.__closure__
    )
    with pytest.raises(KeyboardInterrupt), Interrupts():
        interpreter_code()
    assert steps == ["begun", "ended"]
