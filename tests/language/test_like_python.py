"""Python itself is the judge: each snippet must print the same and fail with the same error in both."""

from __future__ import annotations

import builtins
import contextlib
import io
import re
import warnings
from typing import Any

import pytest

from tensorsh.errors import TensorshError
from tensorsh.language.compiler import compile_module
from tensorsh.language.environment import Environment
from tensorsh.language.parser import parse
from tests.language.python_snippets import SNIPPETS


def run_python(source: str) -> tuple[str, str]:
    printed = io.StringIO()
    failure = ""
    with contextlib.redirect_stdout(printed), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec(builtins.compile(source, "<snippet>", "exec"), {"__name__": "__main__"})
        except SyntaxError as error:
            failure = f"SyntaxError: {error.msg}"
        except BaseException as error:
            failure = f"{type(error).__name__}: {error}"
    return _plain(printed.getvalue()), _without_path(failure)


def run_ours(source: str) -> tuple[str, str]:
    printed: list[str] = []
    failure = ""
    try:
        compile_module(parse(source), source).run(Environment(write=printed.append))
    except TensorshError as error:
        failure = f"{error.type_name}: {error.message}"
    except BaseException as error:
        failure = f"{type(error).__name__}: {error}"
    return _plain("".join(printed)), failure


def _plain(text: str) -> str:
    return re.sub(r"0x[0-9a-f]{6,}", "0x…", text)


def _without_path(failure: str) -> str:
    return re.sub(r" \(/.*\)$", "", failure)  # an ImportError ends with the file of the module


@pytest.mark.parametrize(("name", "source"), SNIPPETS, ids=[name for name, _ in SNIPPETS])
def test_a_snippet_does_what_python_does(name: str, source: str) -> None:
    expected: Any = run_python(source)
    if name.startswith("compile errors"):
        # The wording of what the grammar refuses is the parser's own; that it is refused is Python's.
        assert run_ours(source)[1].partition(":")[0] == expected[1].partition(":")[0]
        return
    assert run_ours(source) == expected
