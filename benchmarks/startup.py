"""How long a one-liner takes from start to finish, and the shell until its prompt is up: beside NumPy alone and beside PyTorch.

    .venv/bin/python benchmarks/startup.py [RUNS]

The commands run in turns, so that whatever else the machine does falls on all of them alike. Medians of wall time. The shell runs
on a terminal of its own; its time ends when the prompt is there. Then the parser's part: its tables, and 1,000 lines.
"""

from __future__ import annotations

import importlib.util
import os
import pty
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

BIN = Path(sys.executable).parent
COMMANDS = {
    "python -c 'import numpy'": [sys.executable, "-c", "import numpy"],
    "tensorsh -c 'ones(2, 2) + 1'": [str(BIN / "tensorsh"), "-c", "ones(2, 2) + 1"],
    "python -c 'import torch; print(torch.ones(2, 2) + 1)'": [
        sys.executable,
        "-c",
        "import torch; print(torch.ones(2, 2) + 1)",
    ],
}
NUMPY, OURS, PYTORCH = COMMANDS


# An installed package has its bytecode beside it; an environment that forbids writing it would measure the compiler.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=ENVIRONMENT)
    return time.perf_counter() - start


def seconds_to_prompt() -> float:
    with tempfile.TemporaryDirectory() as home:
        environment = ENVIRONMENT | {"HOME": home, "XDG_STATE_HOME": home, "XDG_CONFIG_HOME": home, "TERM": "xterm-256color"}
        terminal, inner = pty.openpty()
        start = time.perf_counter()
        shell = subprocess.Popen([str(BIN / "tensorsh")], stdin=inner, stdout=inner, stderr=inner, env=environment, start_new_session=True)
        os.close(inner)
        shown = b""
        while b"In [" not in shown:
            shown += os.read(terminal, 65536)
            if b"\x1b[6n" in shown:
                os.write(terminal, b"\x1b[1;1R")  # where the cursor is, as a terminal answers
                shown = shown.replace(b"\x1b[6n", b"")
        found = time.perf_counter() - start
        shell.kill()
        shell.wait()
        os.close(terminal)
    return found


def parser_seconds() -> tuple[float, float]:
    """What loading the tables takes in a fresh process, and parsing 1,000 lines."""
    program = (
        "import re, time; start = time.perf_counter()\n"
        "from tensorsh.language import _tables; loaded = time.perf_counter() - start\n"
        "from tensorsh.language.parser import parse\n"
        "lines = 'for i in range(3):\\n    y = (x[i, ::2] * 2.5 + f(i, k=[1, 2])).sum(dim=-1)\\n' * 500\n"
        "parse('1'); start = time.perf_counter(); parse(lines); print(loaded, time.perf_counter() - start)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, env=ENVIRONMENT)
    loaded, parsed = map(float, done.stdout.split())
    return loaded, parsed


def main(runs: int) -> None:
    names = [name for name in COMMANDS if name != PYTORCH or importlib.util.find_spec("torch")]
    times: dict[str, list[float]] = {name: [] for name in names}
    prompts, loads, parses = [], [], []
    seconds_to_prompt()
    for name in names:
        seconds(COMMANDS[name])  # bytecode and the disk's cache
    for _ in range(runs):
        for name in names:
            times[name].append(seconds(COMMANDS[name]))
        prompts.append(seconds_to_prompt())
        loaded, parsed = parser_seconds()
        loads.append(loaded)
        parses.append(parsed)
    print(f"Start-up, median of {runs}")
    for name in names:
        print(f"  {name:56} {median(times[name]) * 1000:7.0f} ms")
    print(f"  tensorsh / NumPy   {median(times[OURS]) / median(times[NUMPY]):5.2f}   (goal: at most 2)")
    if PYTORCH in times:
        print(f"  tensorsh / PyTorch {median(times[OURS]) / median(times[PYTORCH]):5.2f}   (goal: at most 0.2)")
    print(f"  {'tensorsh until the prompt is up':56} {median(prompts) * 1000:7.0f} ms")
    print(f"  prompt / NumPy     {median(prompts) / median(times[NUMPY]):5.2f}   (goal: at most 400 / 130 = 3.08)")
    print(f"  parser: tables {median(loads) * 1000:.1f} ms (goal: at most 15), 1,000 lines {median(parses) * 1000:.0f} ms (goal: at most 400)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 11)
