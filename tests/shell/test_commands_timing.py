"""%time and %timeit."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tensorsh.shell.commands.timing import time_text

TIME = r"[\d.e+]+ (ns|µs|ms|s)"


def test_timeit_tells_mean_deviation_and_best(cells: Any) -> None:
    cells.run("x = ones(2)")
    out = cells.run("%timeit x + 1 --loops=10 --runs=3").out
    assert re.fullmatch(rf"{TIME} ± {TIME} a loop, best {TIME} \(3 runs of 10 loops\)\n", out)


def test_timeit_runs_as_often_as_it_says_and_shows_nothing_else(cells: Any) -> None:
    cells.run("n = [0]\ndef f():\n    n[0] += 1\n    print('x')\n")
    assert "x" not in cells.run("%timeit f() --loops=5 --runs=2").out
    assert cells.run("print(n)").out == "[10]\n"


def test_timeit_chooses_loops_that_take_long_enough(cells: Any) -> None:
    assert re.search(r"\(1 run of [\d,]+000 loops\)", cells.run("%timeit 1 + 1 --runs=1").out)


@pytest.mark.parametrize("options", ["-n10 -r2", "-n 10 -r 2", "--loops=10 --runs=2"])
def test_timeit_takes_ipythons_options(cells: Any, options: str) -> None:
    assert "(2 runs of 10 loops)" in cells.run(f"%timeit {options} 1 + 1").out


def test_a_minus_sign_is_no_option(cells: Any) -> None:
    assert "loops)" in cells.run("n3 = 1\n%timeit --runs=1 -n3").out


PLACED = [
    # a cell, the line of it that fails
    ("%time 1 / 0", 1),
    ("x = 1\n%timeit x / 0", 2),
    ("x = 1\n\n%mem x / 0\nx", 3),
    ("%%time\nx = 1\nx / 0", 3),
    ("%%timeit --runs=1\nx = 1\nx / 0\n\n", 3),
    ("%%trace x = 1\nx / 0", 2),
    ("x = 1\n%nan x / 0", 2),
]


@pytest.mark.parametrize(("cell", "line"), PLACED, ids=[cell for cell, _ in PLACED])
def test_code_of_a_command_fails_at_its_line_of_the_cell(cells: Any, cell: str, line: int) -> None:
    assert cells.run(cell).err.startswith(f'File "In [1]", line {line}\n')


def test_timeit_of_a_block(cells: Any) -> None:
    assert "(1 run of 2 loops)" in cells.run("%%timeit --runs=1 --loops=2\nfor i in range(3):\n    i + 1").out


def test_time_shows_the_value_and_the_time(cells: Any) -> None:
    out = cells.run("%time x = 3; x * 2").out.splitlines()
    assert out[0] == "Out[1]: 6"
    assert re.fullmatch(rf"{TIME}, of which the processor took {TIME}", out[1])
    assert cells.run("print(x, _)").out == "3 6\n"


def test_what_time_ran_belongs_to_the_program_and_what_timeit_ran_does_not(cells: Any) -> None:
    cells.run("%time x = 3", "%timeit y = 4 --loops=1")
    assert [cell.source for cell in cells.shell.record.program()] == ["x = 3"]


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("%timeit", "%timeit: needs something to time, as in %timeit x + 1"),
        ("%timeit 1 --loops=0", "--loops must be at least 1"),
        ("%timeit 1 --loops=many", "--loops needs a whole number, not 'many'"),
        ("%timeit 1 --loop=3", "did you mean --loops?"),
        ("%timeit 1 / 0", "ZeroDivisionError: division by zero"),
        ("%time", "needs something to time"),
        ("%time 1 +", "SyntaxError"),
    ],
)
def test_wrong_use_is_answered_in_words(cells: Any, cell: str, message: str) -> None:
    assert message in cells.run(cell).err


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 ns"),
        (1.234e-7, "123 ns"),
        (1e-6, "1 µs"),
        (9.9999e-4, "1 ms"),
        (0.5, "500 ms"),
        (59, "59 s"),
        (61, "1min 1s"),
    ],
)
def test_times_have_three_digits(seconds: float, text: str) -> None:
    assert time_text(seconds) == text
