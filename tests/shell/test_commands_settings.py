"""%set: shown, changed, kept, and in force."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tensorsh import Session
from tensorsh.shell.app import Shell
from tensorsh.shell.config import OPTIONS, Config


def test_every_setting_is_listed(cells: Any) -> None:
    listed = [line.split()[0] for line in cells.run("%set").out.splitlines() if line[0] != " "]
    assert listed == ["setting", *OPTIONS]


@pytest.mark.parametrize(
    ("setting", "value", "text"),
    [
        ("precision", "2", "tensor(0.33)"),
        ("precision", "8", "tensor(0.33333334)"),
        ("sci_mode", "on", "tensor(3.3333e-01)"),
    ],
)
def test_print_options_are_in_force_at_once(cells: Any, setting: str, value: str, text: str) -> None:
    cells.run(f"%set {setting} {value}")
    assert cells.run("print(tensor(1 / 3))").out == text + "\n"
    cells.run(f"%set {setting} default")
    assert cells.run("print(tensor(1 / 3))").out == "tensor(0.3333)\n"


def test_settings_are_kept_for_the_next_shell(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    first = Shell(Session(0), config=Config(path))
    first.run_cell("%set precision 2")
    first.run_cell("%set keys=vi")
    first.run_cell("%set footer off")
    second = Shell(Session(0), config=Config(path))
    assert second.session.run("tensor(1 / 3)") == "tensor(0.33)\n"
    assert (second.config["keys"], second.config["footer"]) == ("vi", False)


def test_one_setting_is_shown_with_what_it_may_be(cells: Any) -> None:
    assert cells.run("%set keys").out.startswith("keys is emacs: ")
    assert "(emacs or vi)" in cells.run("%set keys").out


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("%set precison 3", "there is no setting precison; did you mean precision?"),
        ("%set keys emcs", "keys is emacs or vi, not 'emcs'; did you mean emacs?"),
        ("%set footer maybe", "footer is on or off, not 'maybe'"),
        ("%set precision -1", "precision is a whole number from 0 to 100, not '-1'"),
        ("%set precision 101", "precision is a whole number from 0 to 100, not '101'"),
        ("%set linewidth 3", "linewidth is a whole number from 10 to 1,000,000"),
        ("%set sci_mode maybe", "sci_mode is auto, on or off, not 'maybe'"),
        ("%set footer on off", "footer is on or off, not 'on off'"),
    ],
)
def test_wrong_use_is_answered_in_words(cells: Any, cell: str, message: str) -> None:
    assert message in cells.run(cell).err


def test_names_and_values_are_completed(cells: Any) -> None:
    from tensorsh.shell.completion import candidates

    assert [found.text for found in candidates("%set pre", cells.shell)] == ["precision"]
    assert [found.text for found in candidates("%set keys ", cells.shell)] == ["emacs", "vi", "default"]
    assert [found.text for found in candidates("%set footer o", cells.shell)] == ["on", "off"]
