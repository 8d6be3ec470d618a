"""Short programs print, statement by statement, what they printed in Python with PyTorch (see
tests/parity/record_transcripts.py, which wrote the texts)."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from record_transcripts import Step, first_part, plain, programs

from tensorsh import Session, TensorshError
from tensorsh.diagnostics.lost_writes import LostWrite

TRANSCRIPTS = sorted((Path(__file__).parent / "transcripts").glob("*.txt"))


def cases() -> list[object]:
    found = []
    for path in TRANSCRIPTS:
        for number, (title, program) in enumerate(programs(path.read_text(encoding="utf-8")), 1):
            name = title.strip("- ").replace(" ", "-") or program[0][0][:40]
            found.append(pytest.param(program, id=f"{path.stem}-{number}-{name}"))
    return found


def give(session: Session, source: str) -> str:
    written: list[str] = []

    def show(message: Warning | str, category: type[Warning], *_: object, **__: object) -> None:
        if category is not LostWrite:  # a warning of our own
            written.append(f"{category.__name__}: {first_part(str(message))}\n")

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = show
        try:
            session.execute(source, written.append, echo="all")
        except TensorshError as error:
            written.append(f"{error.type_name}: {error.message}".rstrip(": ") + "\n")
    return plain("".join(written))


@pytest.mark.parametrize("program", cases())
def test_program_prints_what_pytorch_printed(program: list[Step]) -> None:
    session = Session(seed=0)
    session.run("import torch")
    assert [(source, give(session, source)) for source, _ in program] == program
