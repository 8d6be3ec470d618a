"""Cells typed at the prompt: keystrokes in, text out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tensorsh.shell.commands.habits import INSTEAD, NEEDLESS

CONTROL_C = "\x03"

CASES = [
    # keys, stdout, the end of stderr
    ("1 + 1\r", "Out[1]: 2\n", ""),
    ("x = 3\rx\r", "Out[2]: 3\n", ""),
    ("1; 2\r", "Out[1]: 2\n", ""),
    ("7;\r", "", ""),
    ("for i in range(2):\rprint(i)\r\r", "0\n1\n", ""),
    ("def f(a):\rif a:\rreturn 1\relse_ = 2\rreturn else_\r\rf(0)\r", "Out[2]: 2\n", ""),
    ("sum([1,\r2])\r", "Out[1]: 3\n", ""),
    (f"1 + {CONTROL_C}5\r", "Out[1]: 5\n", ""),
    ("\r\r7\r", "Out[1]: 7\n", ""),
    ("1 / 0\r2\r", "Out[2]: 2\n", "ZeroDivisionError: division by zero\n"),
    ("x = = 1\r2\r", "Out[2]: 2\n", "expected an expression, not '='\n"),
    ("raise KeyboardInterrupt\r3\r", "Out[2]: 3\n", "KeyboardInterrupt\n"),
    ("torch.ones(2, 2)\r", "Out[1]:\ntensor([[1., 1.],\n        [1., 1.]])\n", ""),
    ("torch.ones(2)\r", "Out[1]: tensor([1., 1.])\n", ""),
    ("'text'\r", "Out[1]: 'text'\n", ""),
    ("None\r", "", ""),
]


@pytest.mark.parametrize(("keys", "out", "err"), CASES)
def test_cells(type_keys: Callable, keys: str, out: str, err: str) -> None:
    typed = type_keys(keys)
    assert typed.status == 0
    assert typed.out == out
    assert typed.err.endswith(err) and bool(typed.err) == bool(err)


LEAVING = [
    # keys before Ctrl-D, exit status
    ("", 0),
    ("exit\r", 0),
    ("quit()\r", 0),
    ("%quit\r", 0),
    ("raise SystemExit(3)\r", 3),
    ("raise SystemExit\r", 0),
    ("1 / 0\r", 0),
]


@pytest.mark.parametrize(("keys", "status"), LEAVING)
def test_leaving_asks_nothing(type_keys: Callable, keys: str, status: int) -> None:
    assert type_keys(keys).status == status


def test_a_variable_called_exit_is_one(type_keys: Callable) -> None:
    assert type_keys("exit = 5\rexit\r").out == "Out[2]: 5\n"


ANSWERS = [
    # cells, the name asked for, its value
    (["1 + 1", "_ * 10"], "_", 20),
    (["1", "2", "3"], "__", 2),
    (["1", "2", "3"], "___", 1),
    (["1", "2", "3"], "_2", 2),
    (["5", "6"], "Out[1]", 5),
    (["5 + 1"], "In[1]", "5 + 1"),
    (["5", "x = 6"], "len(Out)", 1),
    (["5;"], "len(Out)", 0),
    (["7", "_ = 1", "8"], "_", 1),
    (["7", "_ = 1", "8", "del _"], "_", 8),
    (["7", "_"], "__", 7),
    (["7", "8", "_"], "__", 8),
    (["7", "None", "x = 1"], "_", 7),
    (["7", "1/0"], "_", 7),
    (["7", "x = 1; 8", "9", "%undo"], "_", 7),
]


@pytest.mark.parametrize(("texts", "name", "value"), ANSWERS)
def test_answers_can_be_named(cells, texts: list[str], name: str, value: object) -> None:
    cells.run(*texts)
    assert cells.shell.session.evaluate(name) == value


def test_answers_are_no_variables(cells) -> None:
    cells.run("1", "x = 2")
    assert list(cells.shell.session.names) == ["x"]


def test_only_the_newest_answers_are_kept(cells) -> None:
    for number in range(1, 1102):
        cells.shell.inputs.append("")
        cells.shell._remember(number)
    assert len(cells.shell.outputs) == 1000
    assert min(cells.shell.outputs) == 102
    assert "_101" not in cells.shell.session.environment.builtins


MIXED = [
    # a cell of several parts, what it writes
    ("x = 2\n%footer on\nx", "The line beneath tensors is on.\nOut[1]: 2\n"),
    ("x = [1,\n%footer\n]", ""),
    ("# only a comment", ""),
    ("   \n  ", ""),
    ("print('no end', end='')", "no end"),
    ("print('a', end=''); 3", "a\nOut[1]: 3\n"),
    ("  1 + 1", "Out[1]: 2\n"),
    ("  if True:\n      print(1)\n  %footer on", "1\nThe line beneath tensors is on.\n"),
    ("%matplotlib inline\n3", f"%matplotlib does nothing here: {NEEDLESS['matplotlib']}.\nOut[1]: 3\n"),
]


@pytest.mark.parametrize(("cell", "out"), MIXED)
def test_parts_of_a_cell(cells, cell: str, out: str) -> None:
    assert cells.run(cell).out == out


ERRORS = [
    # cell, what stands on stderr
    ("1 / 0", 'File "In [1]", line 1\n    1 / 0\n    ^^^^^\nZeroDivisionError: division by zero\n'),
    ("x = 1\n%footer on\ny", 'File "In [1]", line 3\n    y\n    ^\nNameError: name \'y\' is not defined\n'),
    ("%nothing", "%nothing: there is no such command; %help lists them all\n"),
    ("%hepl", "%hepl: there is no such command; did you mean %help?\n"),
    ("%who;", "%who;: there is no such command; did you mean %who?\n"),
    ("%", "%: there is no such command; %help lists them all\n"),
    ("%whos", "%whos: there is no such command: %who lists the variables\n"),
    ("%graph torch.ones(2)", "%graph: there is no graph behind this tensor, for it requires no gradient\n"),
    ("%share 3", "%share: expects tensors or arrays, not int\n"),
    (
        "%graph torch.ones(1, requires_grad=True) * 2 --dot=/nosuch/x.dot",
        "%graph: /nosuch/x.dot: No such file or directory\n",
    ),
    ("%autocall", "%autocall: there is no such command; %help lists them all\n"),
    ("%%capture out\n1", "%capture: there is no such command: a ; at the end of a line leaves its value out\n"),
    ("!ls -l", "!ls: the shell runs no programs of the system; %load, %run, %save and %export work with files\n"),
    ("nothing?", "NameError: there is nothing called 'nothing'\n"),
    ("x = torch.ones(2)\nx.sunm?", "NameError: there is nothing called 'x.sunm'; did you mean x.sum?\n"),
    ("torch.softmex?", "NameError: there is nothing called 'torch.softmex'; did you mean torch.softmax?\n"),
    ("softmex?", "NameError: there is nothing called 'softmex'; did you mean softmax?\n"),
]


@pytest.mark.parametrize(("cell", "err"), ERRORS)
def test_errors(cells, cell: str, err: str) -> None:
    assert cells.run(cell).err == err
    assert cells.shell.last_error is not None


WITHOUT_PERCENT = [
    # cell, the last line on stderr
    ("who", "    Commands begin with %: %who"),
    ("timeit 1 + 1", "    Commands begin with %: %timeit 1 + 1"),
    ("hist x", "    Commands begin with %: %hist x"),
    ("pip install torch", "    Nothing can be installed; torch, numpy and math are here."),
    ("clear", "    Ctrl-L clears the screen."),
    ("whom", "NameError: name 'whom' is not defined"),
    ("undo = nosuch", "NameError: name 'nosuch' is not defined"),
    ("x = 1\nwho", "    Did you mean why?"),
]


@pytest.mark.parametrize(("cell", "last"), WITHOUT_PERCENT)
def test_a_command_without_its_sign_is_recognised(cells, cell: str, last: str) -> None:
    assert cells.run(cell).err.splitlines()[-1] == last


def test_habits_are_no_commands_of_ours() -> None:
    from tensorsh.shell.commands import COMMANDS

    assert not COMMANDS.keys() & {*INSTEAD, *NEEDLESS} and not INSTEAD.keys() & NEEDLESS.keys()


def test_a_cell_stops_at_its_first_error(cells) -> None:
    assert cells.run("1/0\n%footer on").out == ""


FOOTERS = [
    # cells, the line beneath the last value
    (["torch.ones(2, 3)"], "[2, 3] float32"),
    (["x = torch.arange(6).view(2, 3)", "x.t()"], "[3, 2] int64 · view of an unnamed [6] · shares memory with x"),
    (["x = torch.ones(2)", "y = x", "y"], "[2] float32 · x and y are one tensor"),
    (["x = torch.ones(2, requires_grad=True)", "x"], "[2] float32 · leaf, requires grad"),
    (["x = torch.ones(2, requires_grad=True)", "x * 2"], "[2] float32 · grad_fn MulBackward0"),
    (["x = torch.ones(4)", "a, b = x[:2], x[2:]", "x"], "[4] float32 · shares memory with a and b"),
]


@pytest.mark.parametrize(("texts", "line"), FOOTERS)
def test_the_line_beneath_a_tensor(terminal_cells, texts: list[str], line: str) -> None:
    assert terminal_cells.run(*texts).out.splitlines()[-1] == line


def test_there_is_no_such_line_beneath_other_values_or_off_a_terminal(terminal_cells, cells) -> None:
    assert terminal_cells.run("3").out == "Out[1]: 3\n"
    assert cells.run("torch.ones(1)").out == "Out[1]: tensor([1.])\n"


def test_a_very_long_value_is_cut_on_a_terminal(terminal_cells, cells) -> None:
    out = terminal_cells.run("'x' * 100_000").out
    assert out.endswith("xxx\n… of 100,002 characters; print(_) writes them all\n") and len(out) < 20_100
    assert len(terminal_cells.run("print(_)").out) == 100_001
    assert len(terminal_cells.run("set_printoptions(threshold=10**6)\ntorch.zeros(9, 1000)").out) > 30_000
    assert len(cells.run("'x' * 100_000").out) > 100_000


def test_footer_off_hides_it(terminal_cells) -> None:
    terminal_cells.run("%footer off")
    assert terminal_cells.run("torch.ones(1)").out == "Out[2]: tensor([1.])\n"
    assert terminal_cells.run("%footer").out == "The line beneath tensors is on.\n"


def test_a_classic_prompt_has_no_numbers(cells) -> None:
    cells.shell.config.set("prompt", "classic")
    assert cells.run("1 + 1").out == "2\n"


def test_colour_is_around_the_value_and_never_in_it(terminal_cells) -> None:
    terminal_cells.shell.colour = "256"
    out = terminal_cells.run("torch.ones(2)").out
    assert out == "\x1b[31mOut[1]:\x1b[0m tensor([1., 1.])\n\x1b[2m[2] float32\x1b[0m\n"
    err = terminal_cells.run("1 / 0").err
    assert "    \x1b[31;1m^^^^^\x1b[0m\n\x1b[31;1mZeroDivisionError\x1b[0m: division by zero\n" in err


def test_a_failing_command_shows_no_host_traceback(cells, monkeypatch: pytest.MonkeyPatch) -> None:
    from tensorsh.shell.commands import COMMANDS, Command

    monkeypatch.setitem(COMMANDS, "broken", Command("broken", "%broken", "", "", lambda shell, argument: {}[0]))
    assert cells.run("%broken").err == "%broken: KeyError: 0\n"
