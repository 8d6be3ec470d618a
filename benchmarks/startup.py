"""How long a one-liner takes from start to finish: tensorsh beside NumPy alone and beside PyTorch.

    .venv/bin/python benchmarks/startup.py [RUNS]

The three commands run in turns, so that whatever else the machine does falls on all of them alike. Medians of wall
time.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
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


def main(runs: int) -> None:
    names = [name for name in COMMANDS if name != PYTORCH or importlib.util.find_spec("torch")]
    times: dict[str, list[float]] = {name: [] for name in names}
    for name in names:
        seconds(COMMANDS[name])  # bytecode and the disk's cache
    for _ in range(runs):
        for name in names:
            times[name].append(seconds(COMMANDS[name]))
    print(f"Start-up, median of {runs}")
    for name in names:
        print(f"  {name:56} {median(times[name]) * 1000:7.0f} ms")
    print(f"  tensorsh / NumPy   {median(times[OURS]) / median(times[NUMPY]):5.2f}   (goal: at most 2)")
    if PYTORCH in times:
        print(f"  tensorsh / PyTorch {median(times[OURS]) / median(times[PYTORCH]):5.2f}   (goal: at most 0.2)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 11)
