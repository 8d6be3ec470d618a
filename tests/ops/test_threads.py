"""Operators in a thread that did not import the package: NumPy's warnings, which are a thread's own, are not heard there either."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import threading

import numpy as np

import tensorsh.torch as torch


def work():
    x = torch.zeros(2, requires_grad=True)
    x.log().sum().backward()
    print(x.grad, torch.tensor([1e38]) * 1e10, torch.tensor([200.0]).exp(), torch.tensor([3e9]).int(), torch.zeros(2) / 0)
    np.log(np.zeros(2))  # somebody else's


thread = threading.Thread(target=work)
thread.start()
thread.join()
"""


def test_a_thread_divides_by_zero_in_silence() -> None:
    run = subprocess.run([sys.executable, "-W", "default", "-c", PROGRAM], capture_output=True, text=True, timeout=60)
    wanted = "tensor([inf, inf]) tensor([inf]) tensor([inf]) tensor([-2147483648], dtype=torch.int32) tensor([nan, nan])\n"
    assert run.stdout == wanted
    assert run.stderr.count("Warning") == 1 and "divide by zero encountered in log" in run.stderr
