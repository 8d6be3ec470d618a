"""%save, %load, %run, %history: the session to a file and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tensorsh import Session

SESSION = [
    "x = ones(2)",
    "%who",
    "x + 1",
    "y = _ * 3",
    "undefined",
    "Out[3].sum()",
    "def f(a):\n    return a + 1\n",
    "f(_6)",
    "x?",
]


def test_a_saved_session_runs_and_has_the_same_variables(cells: Any, tmp_path: Path) -> None:
    cells.run(*SESSION)
    file = tmp_path / "s.tsh"
    assert cells.run(f"%save {file}").out == f"Wrote 6 cells to {file}; tensorsh run {file} runs it.\n"
    fresh = Session()
    fresh.run(file.read_text())
    assert repr(fresh.names["y"]) == "tensor([6., 6.])"
    assert not {"%", "undefined", "?"} & set(file.read_text().split())


def test_the_saved_text_is_what_was_typed(cells: Any, tmp_path: Path) -> None:
    cells.run("x = 1  # one", "%run missing.tsh", "for i in [1,\n          2]:\n    x += i\n")
    cells.run(f"%save {tmp_path}/s.tsh")
    text = (tmp_path / "s.tsh").read_text()
    assert text.partition("\n\n")[2] == "x = 1  # one\n\nfor i in [1,\n          2]:\n    x += i\n"


def test_save_replaces_a_file_only_if_told(cells: Any, tmp_path: Path) -> None:
    file = tmp_path / "s.tsh"
    file.write_text("mine")
    cells.run("x = 1")
    assert f"{file} exists already; %save {file} --force replaces it" in cells.run(f"%save {file}").err
    assert file.read_text() == "mine"
    cells.run(f"%save {file} --force")
    assert "x = 1" in file.read_text()


def test_what_was_taken_back_or_reset_is_not_saved(cells: Any, tmp_path: Path) -> None:
    cells.run("a = 1", "%reset", "b = 2", "c = 3", "%undo", f"%save {tmp_path}/s.tsh")
    text = (tmp_path / "s.tsh").read_text()
    assert "b = 2" in text and "a = 1" not in text and "c = 3" not in text


def test_run_runs_here_and_is_written_out_when_saved(cells: Any, tmp_path: Path) -> None:
    (tmp_path / "part.tsh").write_text("y = x + 1\ny\nprint('ran')\n")
    cells.run("x = 1")
    assert cells.run(f"%run {tmp_path}/part.tsh").out == "ran\n"
    assert cells.run("print(y)").out == "2\n"
    cells.run(f"%save {tmp_path}/all.tsh")
    assert Session().run((tmp_path / "all.tsh").read_text()) == "ran\n2\n"


RUNS = [
    # the argument of %run, argv
    ("s.tsh", []),
    ("s.tsh 0.1 fast", ["0.1", "fast"]),
    ("'two words.tsh' 'a b' c", ["a b", "c"]),
    ("two words.tsh", []),
]


@pytest.mark.parametrize(("argument", "argv"), RUNS)
def test_a_script_gets_its_arguments(
    cells: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, argument: str, argv: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("s.tsh", "two words.tsh"):
        (tmp_path / name).write_text("print(argv)")
    assert cells.run(f"%run {argument}").out == f"{argv}\n"
    assert cells.run("%who").out == "There are no variables yet.\n"


def test_an_error_in_a_script_names_the_script(cells: Any, tmp_path: Path) -> None:
    file = tmp_path / "bad.tsh"
    file.write_text("x = 1\nx / 0\n")
    err = cells.run(f"%run {file}").err
    assert err.startswith(f'File "{file}", line 2\n') and "ZeroDivisionError" in err


def test_load_puts_the_text_at_the_prompt(cells: Any, type_keys: Any, tmp_path: Path) -> None:
    (tmp_path / "s.tsh").write_text("x = 20\nx + 1\n")
    cells.run(f"%load {tmp_path}/s.tsh")
    assert cells.shell.next_input == "x = 20\nx + 1"
    # Escape and Enter run what stands there, however many lines it has.
    assert "Out[2]: 21" in type_keys(f"%load {tmp_path}/s.tsh\r\x1b\r").out


def test_history_lists_cells_by_number(cells: Any) -> None:
    cells.run("x = 1", "for i in [1]:\n    x\n", "%who")
    assert cells.run("%history").out == "1: x = 1\n2: for i in [1]:\n       x\n3: %who\n"
    assert cells.run("%history 2").out == "3: %who\n4: %history\n"


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("%save", "needs a file, as in %save session.tsh"),
        ("%save x.tsh", "there is nothing to save yet"),
        ("%save x.tsh 1-3 5", "writes all cells that succeeded, and takes no numbers of cells"),
        ("%run -i nosuch.tsh", "cannot read nosuch.tsh: No such file or directory"),
        ("%save x.tsh --frce", "did you mean --force?"),
        ("%load nowhere.tsh", "cannot read nowhere.tsh: No such file or directory"),
        ("%run .", "cannot read .: Is a directory"),
        ("%run", "needs a file"),
        ("%run 'a b", "cannot read 'a b: no closing quotation"),
        ("%run nosuch.tsh a b", "cannot read nosuch.tsh: No such file or directory"),
        ("%history all", "takes how many cells to show, as in %history 10"),
    ],
)
def test_wrong_use_is_answered_in_words(cells: Any, cell: str, message: str) -> None:
    assert message in cells.run(cell).err


def test_a_folder_that_is_not_there(cells: Any) -> None:
    cells.run("x = 1")
    assert "cannot write /nowhere/x.tsh: No such file or directory" in cells.run("%save /nowhere/x.tsh").err


def test_files_are_completed(cells: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tensorsh.shell.completion import candidates

    monkeypatch.chdir(tmp_path)
    (tmp_path / "lesson.tsh").write_text("")
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "one.tsh").write_text("")
    assert [found.text for found in candidates("%run ", cells.shell)] == ["lesson.tsh", "parts/"]
    assert [found.text for found in candidates("%load parts/o", cells.shell)] == ["parts/one.tsh"]
    assert [found.text for found in candidates("%save x --", cells.shell)] == ["--force"]
