"""The command line's contract: what goes to which stream, how input is read, and the exit status."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tensorsh as package

Run = Callable[..., Any]
COMMAND = [sys.executable, "-m", "tensorsh"]

ONE_LINERS = [
    # words after `tensorsh`, what is printed
    (["-c", "ones(2, 2) + 1"], "tensor([[2., 2.],\n        [2., 2.]])\n"),
    (["-c", "1; 2\n3"], "1\n2\n3\n"),
    (["-c", "print('a')"], "a\n"),
    (["-c", "None"], ""),
    (["-c", "argv"], "[]\n"),
    (["-c", "x * 2", "x=21"], "42\n"),
    (["-c", "x + y", "x=ones(2)", "y=0.5"], "tensor([1.5000, 1.5000])\n"),
    (["-c", "name", "name=Ann"], "'Ann'\n"),
    (["-c", "name", "name=two words"], "'two words'\n"),
    (["-c", "y", "x=3", "y=x + 1"], "4\n"),
    (["-c", "x", "x="], "''\n"),
    (["-c", "x", "x=a=b"], "'a=b'\n"),
    (["-c", "x", "x='3'"], "'3'\n"),
    (["-c", "x", "x=["], "'['\n"),
    (["-c", "x", "x= -3"], "-3\n"),
    (["-c", "x", "x=1,2"], "(1, 2)\n"),
    (["-c", "x", "x=#ff0000"], "'#ff0000'\n"),
    (["-c", "x", "x=import os"], "'import os'\n"),
    (["-c", "x", "x=2024-01-01"], "'2024-01-01'\n"),
    (["-c", "x", "x=a\nb"], "'a\\nb'\n"),
    (["-c", "len", "len=3"], "3\n"),
    (["-c", "é", "é=2"], "2\n"),
    (["--echo", "none", "-c", "1"], ""),
    (["--echo=last", "-c", "1\n2"], "2\n"),
    (["-c", "1\n2", "--echo", "last"], "2\n"),
]


@pytest.mark.parametrize(("words", "out"), ONE_LINERS)
def test_one_liner(tensorsh: Run, words: list[str], out: str) -> None:
    assert tensorsh(*words) == (0, out, "")


PIPED = [
    ("1 + 1\n", "2\n"),
    ("1 + 1", "2\n"),
    ("x = 3\nx\nprint(x)\nx;\nNone\n'end'", "3\n3\n'end'\n"),
    ("for i in range(2):\n    print(i)\n\n    print(-i)\nelse:\n    print('else')\n7\n", "0\n0\n1\n-1\nelse\n7\n"),
    ("@torch.no_grad()\ndef f():\n    return torch.is_grad_enabled()\nf()\n", "False\n"),
    ('text = """one\ntwo"""\ntext\n', "'one\\ntwo'\n"),
    ("sum([1,\n\n  2,  # two\n  3])\n", "6\n"),
    ("1 + \\\n  1\n", "2\n"),
    ("1\r\nif 1:\r\n    2\r\n3\r\n", "1\n2\n3\n"),
    ("\ufeff5\n", "5\n"),
    ("变量 = 5  # 注释\n变量\n", "5\n"),
    ("", ""),
]


@pytest.mark.parametrize(("stdin", "out"), PIPED)
def test_standard_input(tensorsh: Run, stdin: str, out: str) -> None:
    assert tensorsh(stdin=stdin) == (0, out, "")


def test_statements_before_a_syntax_error_run(tensorsh: Run) -> None:
    status, out, err = tensorsh(stdin="1\n2\nx = = 3\n4\n")
    assert (status, out) == (1, "1\n2\n")
    assert err.splitlines()[0] == 'File "<stdin>", line 3'
    assert err.splitlines()[-1].startswith("SyntaxError: ")


def test_a_failing_statement_ends_the_input(tensorsh: Run) -> None:
    status, out, err = tensorsh(stdin="1\n\ny = 1 / 0\n2\n")
    assert (status, out) == (1, "1\n")
    assert err == 'File "<stdin>", line 3\n    y = 1 / 0\n        ^^^^^\nZeroDivisionError: division by zero\n'


def test_a_pipe_is_evaluated_as_it_is_written() -> None:
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin and process.stdout
        process.stdin.write("1 + 1\n")
        process.stdin.flush()
        assert process.stdout.readline() == "2\n"
        process.stdin.write("for i in [5]:\n  print(i)\n2 + 2\n")
        process.stdin.flush()
        assert process.stdout.readline() + process.stdout.readline() == "5\n4\n"
        process.stdin.close()
        assert process.wait(30) == 0


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "work.tsh"
    path.write_text("'hidden'\nprint(argv)\n1\n2\n")
    return path


@pytest.mark.parametrize(
    ("options", "rest", "out"),
    [
        ([], [], "[]\n"),
        ([], ["a", "--seed", "b c"], "['a', '--seed', 'b c']\n"),
        (["--echo", "last"], [], "[]\n2\n"),
        (["--echo", "all"], [], "'hidden'\n[]\n1\n2\n"),
        (["--echo=none", "--seed=1"], ["-"], "['-']\n"),
        (["--"], ["--echo"], "['--echo']\n"),
    ],
)
def test_run(tensorsh: Run, script: Path, options: list[str], rest: list[str], out: str) -> None:
    assert tensorsh("run", *options, str(script), *rest) == (0, out, "")


def test_options_stand_before_run_too(tensorsh: Run, script: Path) -> None:
    assert tensorsh("--echo", "last", "run", str(script)).out == "[]\n2\n"


def test_run_from_standard_input(tensorsh: Run) -> None:
    assert tensorsh("run", "-", "x", stdin="1\nprint(argv)\n") == (0, "['x']\n", "")


def test_seed(tensorsh: Run) -> None:
    seeded = tensorsh("--seed", "5", "-c", "torch.rand(2)")
    assert seeded == tensorsh("-c", "torch.manual_seed(5);\ntorch.rand(2)")


def test_version(tensorsh: Run) -> None:
    assert tensorsh("--version") == (0, f"tensorsh {package.__version__}\n", "")


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["run", "--help"]])
def test_help(tensorsh: Run, words: list[str]) -> None:
    status, out, err = tensorsh(*words)
    assert (status, err) == (0, "")
    assert "usage: tensorsh" in out
    assert max(map(len, out.splitlines())) <= 100


USAGE = [
    (["-c", "1", "-c", "2"], "-c is given twice"),
    (["run", "-c", "2"], "-c and run exclude each other"),
    (["--sed", "1"], "there is no option --sed; did you mean --seed?"),
    (["--ehco", "all"], "there is no option --ehco; did you mean --echo?"),
    (["--colour=never"], "there is no option --colour; did you mean --color?"),
    (["run", "--ech", "x"], "there is no option --ech; did you mean --echo?"),
    (["rnu", "x"], "there is no command 'rnu'; did you mean run?"),
    (["help"], "there is no command 'help'; did you mean --help?"),
    (["-"], "there is no command '-'; to run it as a script: tensorsh run -"),
    (["run", "--"], "there is no option --"),
    (["run", "work.ipynb"], "work.ipynb is a notebook; 'jupyter nbconvert --to script work.ipynb' makes a script of it"),
    (["--seed", "9" * 30, "-c", "1"], f"--seed needs a whole number from -2**63 to 2**64 - 1, not {'9' * 30}"),
    (["--color=blue"], "--color needs one of auto, always, never, 16, 256, truecolor, not 'blue'"),
    (["-c", "1", "if=3"], "'if' is a keyword, so no value can have that name"),
    (["-c", "1", "None=3"], "'None' is a keyword, so no value can have that name"),
    (["--seed"], "--seed needs a whole number"),
    (["--seed", "x"], "--seed needs a whole number, not 'x'"),
    (["--echo", "some", "-c", "1"], "--echo needs one of none, last, all, not 'some'"),
    (["--color"], "--color needs one of auto, always, never, 16, 256, truecolor"),
    (["--color", "red"], "--color needs one of auto, always, never, 16, 256, truecolor, not 'red'"),
    (["--color=", "-c", "1"], "--color needs one of auto, always, never, 16, 256, truecolor, not ''"),
    (["-c"], "-c needs some code"),
    (["-c", "1", "x"], "'x' is not of the form NAME=VALUE"),
    (["-c", "1", "1x=2"], "'1x=2' is not of the form NAME=VALUE"),
    (["-c", "1", "x=1/0"], "'1/0' has no value: ZeroDivisionError: division by zero"),
    (["run"], "run needs a FILE, or - for standard input"),
    (["walk"], "there is no command 'walk'"),
    (["README.md"], "there is no command 'README.md'; to run it as a script: tensorsh run README.md"),
]


@pytest.mark.parametrize(("words", "message"), USAGE)
def test_usage(
    tensorsh: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: list[str], message: str
) -> None:
    (tmp_path / "README.md").touch()
    monkeypatch.chdir(tmp_path)
    status, out, err = tensorsh(*words)
    assert (status, out) == (2, "")
    assert err.splitlines()[0] == f"tensorsh: {message}"


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("none.tsh", None, "cannot read {}: No such file or directory"),
        (".", None, "cannot read {}: Is a directory"),
        ("a\x1b[2J.tsh", None, "cannot read {!r}: No such file or directory"),
        ("wide.tsh", "x = 1".encode("utf-16"), "{} is UTF-16 text; save it as UTF-8"),
        ("bad.tsh", b"1\nx = '\xff'\n", "{} is not UTF-8 text: line 2 holds the byte 0xff"),
    ],
)
def test_files_that_cannot_be_read(
    tensorsh: Run, tmp_path: Path, name: str, data: bytes | None, message: str
) -> None:
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    assert tensorsh("run", str(path)) == (2, "", "tensorsh: " + message.format(str(path)) + "\n")


def test_standard_input_that_is_not_utf8(tensorsh: Run) -> None:
    status, out, err = tensorsh(stdin=b"1\n\xe9\n")
    assert (status, out) == (2, "1\n")
    assert err == "tensorsh: standard input is not UTF-8 text: line 2 holds the byte 0xe9\n"


def test_an_error_points_at_the_text(tensorsh: Run) -> None:
    err = tensorsh("-c", "名 = '宽'; 名 / 2").err
    assert err.splitlines()[:3] == ['File "<command line>", line 1', "    名 = '宽'; 名 / 2", " " * 15 + "^" * 6]


def test_a_part_of_several_lines_is_marked_to_the_end_of_its_first(tensorsh: Run) -> None:
    err = tensorsh("-c", "print(1 / (\n  0))").err
    assert err.splitlines()[1:3] == ["    print(1 / (", "          ^^^^^"]


def test_output_comes_before_the_error(tensorsh_process: Run, tmp_path: Path) -> None:
    script = tmp_path / "work.tsh"
    script.write_text("print('before')\nraise ValueError('mine')\n")
    done = subprocess.run(
        [*COMMAND, "run", script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "before",
        f'File "{script}", line 2',
        "    raise ValueError('mine')",
        "    ^^^^^^^^^^^^^^^^^^^^^^^^",
        "ValueError: mine",
    ]


@pytest.mark.parametrize(
    ("code", "status", "err"),
    [
        ("raise SystemExit", 0, ""),
        ("raise SystemExit(3)", 3, ""),
        ("raise SystemExit('bye')", 1, "bye\n"),
        ("raise KeyboardInterrupt", 130, "KeyboardInterrupt\n"),
    ],
)
def test_a_script_that_ends_itself(tensorsh: Run, code: str, status: int, err: str) -> None:
    assert tensorsh("-c", code) == (status, "", err)


COLOURS = [
    # options, the environment, whether a picture and an error have colour; both go into pipes
    ([], {}, False),
    (["--color", "auto"], {}, False),
    (["--color=auto"], {"COLORTERM": "truecolor"}, False),
    (["--color=never"], {}, False),
    (["--color=always"], {}, True),
    (["--color", "always"], {"NO_COLOR": "1"}, True),
    (["--color=16"], {}, True),
    (["--color=256"], {"TERM": "dumb"}, True),
    (["--color=truecolor"], {}, True),
    (["--color=always", "--plain"], {}, True),
]


@pytest.mark.parametrize(("options", "environment", "coloured"), COLOURS)
def test_colour_follows_the_option(
    tensorsh: Run, monkeypatch: pytest.MonkeyPatch, options: list[str], environment: dict[str, str], coloured: bool
) -> None:
    for name in ("NO_COLOR", "COLORTERM", "TERM_PROGRAM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm-256color", **environment}.items():
        monkeypatch.setenv(name, value)
    done = tensorsh(*options, "-c", "ones(2); heat(eye(2)); 1 / 0")
    assert done.out.startswith("tensor([1., 1.])\n")
    assert ("\x1b[" in done.err) is coloured
    assert ("\x1b[" in done.out) is (coloured and "--plain" not in options)


LEVELS = [("16", "\x1b[3"), ("256", "\x1b[38;5;"), ("truecolor", "\x1b[38;2;")]


@pytest.mark.parametrize(("level", "escape"), LEVELS)
def test_how_much_colour_can_be_said(tensorsh: Run, level: str, escape: str) -> None:
    out = tensorsh(f"--color={level}", "-c", "image(rand(3, 4, 4))").out
    assert escape in out.replace("\x1b[39m", "")


PLAIN = [
    # code, what a screen reader gets
    ("heat(eye(2))", "x: 2 rows and 2 columns, least 0 at [0, 1], greatest 1 at [0, 0].\n"),
    ("summary(ones(2))", "range: 1 … 1\n"),
    ("ones(2)", "tensor([1., 1.])\n"),
]


@pytest.mark.parametrize(("code", "out"), PLAIN)
@pytest.mark.parametrize("words", [["--plain", "-c"], ["-c"]])
def test_plain_says_in_words_what_else_is_drawn(tensorsh: Run, words: list[str], code: str, out: str) -> None:
    written = tensorsh(*words, code).out
    assert (out in written) is ("--plain" in words or code == "ones(2)")


def test_a_warning_is_one_line_on_stderr(tensorsh: Run) -> None:
    status, out, err = tensorsh("-c", "for i in range(3):\n    x = torch.tensor(torch.ones(3))\n1")
    assert (status, out) == (0, "1\n")
    assert len(err.splitlines()) == 1
    assert err.startswith("<command line>:2: UserWarning: To copy construct from a tensor, it is recommended to use")


@pytest.mark.parametrize("endless", ["while True:\n    pass", "sum(iter(int, 1))", "1.5 in range(10 ** 15)"])
def test_an_interrupt_exits_with_130(endless: str) -> None:
    command = [*COMMAND, "-c", f"print('ready')\n{endless}"]
    env = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env) as process:
        assert process.stdout and process.stderr
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        assert process.stderr.read() == "KeyboardInterrupt\n"


@pytest.mark.parametrize(
    "code",
    [
        "while True:\n    print('y' * 1000)",
        "print('y')",
        "try:\n    print('y' * 10**6)\nexcept OSError:\n    print('n')",
    ],
)
def test_a_closed_pipe_ends_quietly(code: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([*COMMAND, "-c", code], stdout=writer, stderr=subprocess.PIPE, timeout=60, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_full_disk_is_said() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run([*COMMAND, "-c", "1"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "tensorsh: cannot write the output: No space left on device\n")


def test_without_standard_output() -> None:
    done = subprocess.run(["sh", "-c", f"{' '.join(COMMAND)} -c 1 >&-"], stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_python_m(tensorsh_process: Run) -> None:
    assert tensorsh_process("-c", "1 + 1") == (0, "2\n", "")


def test_text_of_any_script_under_the_c_locale(tensorsh_process: Run) -> None:
    assert tensorsh_process("-c", "'张量'", env={"LC_ALL": "C"}) == (0, "'张量'\n", "")


def test_where_characters_cannot_be_written_what_is_drawn_has_lookalikes(tensorsh_process: Run) -> None:
    ascii_only = {"PYTHONIOENCODING": "ascii"}
    status, out, err = tensorsh_process("-c", "x = ones(2, 3); share(x, x[0]); graph(x.requires_grad_() * 2); x @ x", env=ascii_only)
    assert (status, out.count("+- x, a leaf [2, 3]\n")) == (1, 1)
    assert "Would work: x @ x.t()  > [2, 2]\n" in err


def test_a_trace_is_on_stderr_and_stdout_stays_as_it_is(tensorsh: Run, tmp_path: Path) -> None:
    script = tmp_path / "s.tsh"
    script.write_text("x = ones(2)\nprint(x.exp())\n", encoding="utf-8")
    plain, traced = tensorsh("run", str(script)), tensorsh("run", "--trace", "--no-times", str(script))
    assert (traced.status, traced.out) == (0, plain.out)
    assert traced.err.splitlines() == [
        "line 1: x = ones(2)",
        "  ones(size=(2,)) → float32 [2], new 8 B",
        "line 2: print(x.exp())",
        "  exp(x [2]) → float32 [2], new 8 B",
        "2 calls, 2 kernels, 16 B new, at most 16 B at once",
    ]


def test_a_trace_as_json_is_a_line_a_call(tensorsh: Run) -> None:
    err = tensorsh("--trace", "--json", "-c", "ones(2).t(); 1 / 0").err.splitlines()
    assert [json.loads(line).get("name") for line in err[:3]] == ["ones", "t", None]
    assert err[-1] == "ZeroDivisionError: division by zero"
