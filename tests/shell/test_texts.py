"""The shell's smaller parts, each a function from text to text: transcripts, indentation, highlighting, history,
settings, hints."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from pygments.token import Comment, Error, Keyword, Name, Number, Operator, String

from tensorsh.language.documentation import Argument, Signature
from tensorsh.shell.config import Config, config_path
from tensorsh.shell.highlighting import TensorshLexer
from tensorsh.shell.hints import fitted, hint
from tensorsh.shell.history import SharedHistory, entries, history_path
from tensorsh.shell.indent import next_indent
from tensorsh.shell.transcript import typed_text

TRANSCRIPTS = [
    # pasted, what was typed in it
    ("x = 1\n", "x = 1\n"),
    (">>> x\n1\n", "x\n"),
    (">>> def f():\n...     return 1\n...\n>>> f()\n1\n", "def f():\n    return 1\n\nf()\n"),
    ("In [1]: x\nOut[1]: 1\n\nIn [2]: y\n", "x\ny\n"),
    ("In [10]: for i in x:\n    ...:     i\n    ...: \n", "for i in x:\n    i\n\n"),
    ("    >>> x = 3\n    >>> x\n    3\n", "x = 3\nx\n"),
    ("In [1]: ones(1)\nOut[1]: tensor([1.])\n[1] float32\n", "ones(1)\n"),
    (">>> 1/0\nTraceback (most recent call last):\n  ...\nZeroDivisionError: division by zero\n>>> 2\n", "1/0\n2\n"),
    ("x = '>>> no prompt'\n>>> y\n", "x = '>>> no prompt'\n>>> y\n"),
    ("  a\n    b\n  c\n", "a\n  b\nc\n"),
    ("In\xa0[3]: x\nOut[3]: 1\n", "x\n"),
    # printed notebooks
    ("In [5]:\nx = 1\nprint(x)\n\n1\n", "x = 1\nprint(x)\n"),
    ("In [None]:\nx\n\nIn [ ]:\ny\n", "x\n\ny\n"),
    ("In [5]:\nx\nOut[5]:\n1\n\nIn [6]:\ny\n", "x\ny\n"),
    ("In [5]:\ndef f(x):\n    y = 1\n\n    return y\n\nf(2)\n\n2\n", "def f(x):\n    y = 1\n\n    return y\n\nf(2)\n"),
    ("In [5]:\nx = [1,\n\n2]\nx\n\n[1, 2]\n\nDone\n", "x = [1,\n\n2]\nx\n"),
    ("In [5]:\nx\n\ny = (1,\n     2)\n\ntensor([1,\n        2])\n", "x\n\ny = (1,\n     2)\n"),
    ("In [5]:\nx\n\nfor i in x:\n    i\n\nThis says all.\n", "x\n\nfor i in x:\n    i\n"),
    ("In [5]:\nx\n\n形状为 (5, 3) 的张量\n", "x\n"),
    ("In [5]:\n1/0\n\n----------\nZeroDivisionError  Traceback\n----> 1 1/0\n", "1/0\n"),
    # below what is no code
    ("$ python\nPython 3.11.4 (main)\n>>> x\n1\n", "x\n"),
    ("Last login: today\n(base) me@host:~$ ipython\n\nIn [1]: x\nOut[1]: 1\n", "x\n"),
    ("First do this:\n\n```python\nx = 1\n```\n", "x = 1\n"),
    ("!pip install foo\n>>> x\n", "!pip install foo\n>>> x\n"),
    ('def f() return 1\n\ndef g():\n    """\n    >>> g()\n    """\n', 'def f() return 1\n\ndef g():\n    """\n    >>> g()\n    """\n'),
    # Markdown
    ("```python\nx = 1\n```\n", "x = 1\n"),
    ("~~~\n>>> x\n1\n~~~\nand then\n```py\ny = 2\n```", "x\ny = 2\n"),
    ("", ""),
]


@pytest.mark.parametrize(("pasted", "typed"), TRANSCRIPTS)
def test_transcripts(pasted: str, typed: str) -> None:
    assert typed_text(pasted) == typed


INDENTS = [
    ("x", 0),
    ("if x:", 4),
    ("if x:  # why", 4),
    ("if x:\n    y", 4),
    ("if x:\n    if y:", 8),
    ("def f():\n    return 1", 0),
    ("def f():\n    pass", 0),
    ("for i in x:\n    if i:\n        continue", 4),
    ("f(", 4),
    ("f(\n    1,", 4),
    ("f(\n    1,\n)", 0),
    ("x = (1,\n     2)", 0),
    ("if (a and\n        b):", 4),
    ("{'a': [", 4),
    ("text = '''one", 0),
    ("x = 'unfinished", 0),
    ("if x:\n    ", 4),
    ("lambda: x", 0),
]


@pytest.mark.parametrize(("text", "column"), INDENTS)
def test_indents(text: str, column: int) -> None:
    assert next_indent(text) == column


HIGHLIGHTS = [
    # text, the first token of this text, its type
    ("for x in y:", "for", Keyword),
    ("a and b", "and", Operator.Word),
    ("None", "None", Keyword.Constant),
    ("x = 0x1f", "0x1f", Number),
    ("1.5e3", "1.5e3", Number),
    ("x |> f()", "|>", Operator),
    ("'text'", "'text'", String),
    ("'a\\n'", "\\n", String.Escape),
    ("r'a\\n'", "r'a\\n'", String),
    ("'open", "'open", String),
    ("'''open\nmore", "'''open\nmore", String),
    ("x # why", "# why", Comment),
    ("def f(): pass", "f", Name.Function),
    ("x.shape", "shape", Name.Attribute),
    ("print(1)", "print", Name.Builtin),
    ("%hist x", "%hist", Name.Decorator),
    ("x %hist", "%", Operator),
    ("class A", "class", Error),
    ("x $ y", "$", Error),
]


@pytest.mark.parametrize(("text", "part", "kind"), HIGHLIGHTS)
def test_highlighting(text: str, part: str, kind: object) -> None:
    tokens = [(value, found) for _, found, value in TensorshLexer().get_tokens_unprocessed(text)]
    assert next(found for value, found in tokens if value == part) is kind


@pytest.mark.parametrize("text", [text for text, _, _ in HIGHLIGHTS] + ["", "\n\n", "\\\n", "é = 1", "\0", "a\\ b", "1a 0x"])
def test_highlighting_loses_no_character(text: str) -> None:
    assert "".join(value for _, _, value in TensorshLexer().get_tokens_unprocessed(text)) == text


def test_history_survives_two_shells_at_once(tmp_path: Path) -> None:
    path = tmp_path / "state" / "history"
    writer = (
        "import sys; from pathlib import Path; from tensorsh.shell.history import SharedHistory\n"
        "history = SharedHistory(Path(sys.argv[1]))\n"
        "for n in range(200): history.store_string(f'{sys.argv[2]} {n}\\nsecond line')"
    )
    shells = [subprocess.Popen([sys.executable, "-c", writer, str(path), name]) for name in "ab"]
    assert [shell.wait() for shell in shells] == [0, 0]
    found = entries(path.read_text())
    for name in "ab":
        assert [entry for entry in found if entry[0] == name] == [f"{name} {n}\nsecond line" for n in range(200)]


def test_history_is_private_even_if_it_was_not(tmp_path: Path) -> None:
    path = tmp_path / "history"
    path.touch(mode=0o644)
    path.chmod(0o644)
    SharedHistory(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_history_that_cannot_be_kept_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    history = SharedHistory(tmp_path / "file" / "history")
    history.store_string("x")
    assert "cannot be kept" in history.trouble and list(history.load_history_strings()) == []


def test_history_is_read_newest_first_and_no_more_than_needed(tmp_path: Path) -> None:
    history = SharedHistory(tmp_path / "history")
    history.path.write_text("\n# old\n+" + "y" * (1 << 20) + "\n")
    for text in ("one", "two\nlines", "three"):
        history.store_string(text)
    assert list(history.load_history_strings())[:3] == ["three", "two\nlines", "one"]


def test_settings_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "tensorsh" / "config.toml"
    config = Config(path)
    for name, value in (("keys", "vi"), ("footer", False), ("hints", True)):
        config.set(name, value)
        config.save(name)
    assert path.read_text() == 'keys = "vi"\nfooter = false\n'
    assert (Config(path)["keys"], Config(path)["footer"], Config(path)["hints"]) == ("vi", False, True)


def kept(path: Path, name: str, value: object) -> str:
    config = Config(path)
    config.set(name, value)
    config.save(name)
    return path.read_text()


KEPT = [
    # the file before, a setting, the file afterwards
    ("# mine\nkeys = 'vi'  # of course\n\nfooter = false\n", ("footer", True), "# mine\nkeys = 'vi'  # of course\n\n"),
    ("# mine\nkeys = 'vi'\nfooter = false\n", ("keys", "emacs"), "# mine\nfooter = false\n"),
    ("future = 3", ("footer", False), "future = 3\nfooter = false\n"),
    ("precision = 3\n[table]\nkeys = 1\n", ("keys", "vi"), 'precision = 3\nkeys = "vi"\n[table]\nkeys = 1\n'),
]


@pytest.mark.parametrize(("before", "setting", "after"), KEPT)
def test_the_rest_of_the_file_stays(tmp_path: Path, before: str, setting: tuple[str, object], after: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(before)
    assert kept(path, *setting) == after


def test_two_shells_keep_each_others_settings(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    one, two = Config(path), Config(path)
    one.set("keys", "vi")
    one.save("keys")
    two.set("footer", False)
    two.save("footer")
    assert path.read_text() == 'keys = "vi"\nfooter = false\n'


@pytest.mark.parametrize("data", [b"keys = ", b"\xff = 3"])
def test_a_file_that_makes_no_sense_is_put_aside(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(data)
    assert kept(path, "keys", "vi") == 'keys = "vi"\n'
    assert (tmp_path / "config.toml.unreadable").read_bytes() == data


FOLDERS = [
    # the environment, where the settings and the history are
    ({}, "/home/ann/.config/tensorsh/config.toml", "/home/ann/.local/state/tensorsh/history"),
    ({"XDG_CONFIG_HOME": "/c", "XDG_STATE_HOME": "/s"}, "/c/tensorsh/config.toml", "/s/tensorsh/history"),
    ({"XDG_CONFIG_HOME": "c", "XDG_STATE_HOME": ""}, "/home/ann/.config/tensorsh/config.toml", "/home/ann/.local/state/tensorsh/history"),
]


@pytest.mark.parametrize(("environ", "config", "history"), FOLDERS)
def test_the_users_folders(monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], config: str, history: str) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    assert (str(config_path(environ)), str(history_path(environ))) == (config, history)


def test_a_user_without_a_folder_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    # What expanduser answers where it knows no home.
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    assert config_path({}) is None and history_path({}) is None
    history = SharedHistory(None)
    history.store_string("x")
    assert history.trouble == "the history cannot be kept: there is no home folder"
    config = Config(None)
    config.set("keys", "vi")
    config.save("keys")


BAD_SETTINGS = [
    # the file, what is said
    ("keys = ", "the default settings are used"),
    ("\udcff", "config.toml: this is not UTF-8 text; the default settings are used"),
    ('keys = "nano"', "keys is emacs or vi, not 'nano'"),
    ("footer = 3", "footer is true or false, not 3"),
    ("precision = -1", "precision is a whole number from 0 to 100, not -1"),
    ("linewidth = 0", "linewidth is a whole number from 10 to 1,000,000, not 0"),
    ("precision = 101", "precision is a whole number from 0 to 100, not 101"),
    ("edgeitems = true", "edgeitems is a whole number from 1 to 1,000,000, not True"),
    ("precision = 1.5", "precision is a whole number from 0 to 100, not 1.5"),
    ("colour = true", "there is no setting 'colour'"),
]


@pytest.mark.parametrize(("text", "said"), BAD_SETTINGS)
def test_bad_settings_are_passed_over(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    config = Config(path)
    assert len(config.troubles) == 1 and said in config.troubles[0]
    assert config["keys"] == "emacs"


def shown(fragments: object) -> str:
    return "".join(text for _, text in fragments or ())  # type: ignore[attr-defined]


HINTS = [
    ("torch.exp(", "exp(input, *, out=None) -> Tensor\n"),
    ("torch.exp(torch.sum(", "sum(input, dim=None"),
    ("f(1, ", "f(a, b=2)\nAdds. All of it."),
    ("len(", "len(obj, /)\n"),
]


@pytest.mark.parametrize(("text", "start"), HINTS)
def test_hints(cells, text: str, start: str) -> None:
    cells.run('def f(a, b=2):\n    "Adds. All of it."')
    assert shown(hint(text, cells.shell)).startswith(start)


@pytest.mark.parametrize("text", ["x", "(1, ", "unknown(", "torch.exp(x)", "'f('", "def f("])
def test_no_hint(cells, text: str) -> None:
    assert hint(text, cells.shell) is None


def test_the_argument_at_the_cursor_is_marked(cells) -> None:
    fragments = hint("torch.sum(x, ", cells.shell)
    assert ("class:hint.argument", "dim=None") in fragments
    fragments = hint("torch.sum(x, dtype=", cells.shell)
    assert ("class:hint.argument", "dtype=None") in fragments


@pytest.mark.parametrize("width", [20, 30, 40, 60, 100])
@pytest.mark.parametrize("current", [-1, 0, 4, 9])
def test_a_hint_fits_the_window_and_shows_the_argument(width: int, current: int) -> None:
    signature = Signature("f", tuple(Argument(f"arg{n}") for n in range(10)), "Tensor")
    text = shown(fitted(signature, current, width))
    assert len(text) <= max(width, 26)
    assert current < 0 or f"arg{current}" in text
