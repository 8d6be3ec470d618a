"""Every sample prints, character for character, what it printed in Python with PyTorch (see
tests/parity/record_samples.py). Those called `explain_*` show what PyTorch does not have; their text was written from what it
must say and is held here."""

from __future__ import annotations

from pathlib import Path

import pytest

from tensorsh import Session

SAMPLES = sorted((Path(__file__).parents[1] / "samples").glob("*.tsh"))


@pytest.mark.filterwarnings("ignore::UserWarning")  # what a program is advised is not what it prints
@pytest.mark.parametrize("script", SAMPLES, ids=lambda script: script.stem)
def test_sample_prints_what_pytorch_printed(script: Path) -> None:
    recorded = script.with_suffix(".out").read_text(encoding="utf-8")
    assert Session().run(script.read_text(encoding="utf-8"), echo="none", filename=f"samples/{script.name}") == recorded


def test_there_are_samples() -> None:
    assert len(SAMPLES) >= 7
