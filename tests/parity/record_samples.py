"""Record what the samples must print, by running each of them in Python with an installed PyTorch.

    .venv/bin/python tests/parity/record_samples.py [NAME ...]

Every `samples/*.tsh` is a Python program too, but for `explain_*.tsh`, which call what PyTorch does not have. The neighbouring `.out` file gets the text that the program printed
there, never text of our own.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SAMPLES = Path(__file__).parents[2] / "samples"


def main(names: list[str]) -> None:
    for script in sorted(SAMPLES.glob("*.tsh")):
        if script.stem.startswith("explain_") or (names and script.stem not in names):
            continue
        ran = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
        if ran.returncode or ran.stderr:
            sys.exit(f"{script.name} does not run in PyTorch:\n{ran.stderr}")
        script.with_suffix(".out").write_text(ran.stdout, encoding="utf-8")
        print(f"{script.name}: {ran.stdout.count(chr(10))} lines")


if __name__ == "__main__":
    main(sys.argv[1:])
