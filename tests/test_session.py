"""Sessions: what they return, what they keep, how they fail, and that two of them do not touch each other."""

from __future__ import annotations

import numpy as np
import pytest

from tensorsh import Session, Span, TensorshError

ECHO = [
    # source, echo, text
    ("1 + 1", "last", "2\n"),
    ("1 + 1", "none", ""),
    ("1\n2\n3", "last", "3\n"),
    ("1\n2\n3", "all", "1\n2\n3\n"),
    ("1\nx = 2", "last", ""),
    ("None", "last", ""),
    ("1 + 1;", "last", ""),
    ("1;\n2", "all", "2\n"),
    ("'text'", "last", "'text'\n"),
    ("print('a'); 'b'", "last", "a\n'b'\n"),
    ("for i in range(2):\n    i", "all", "0\n1\n"),
    ("def f():\n    5\nf()", "all", ""),
    ("if True:\n    5", "last", ""),
    ("", "last", ""),
    ("# nothing", "all", ""),
    ("torch.ones(2)", "last", "tensor([1., 1.])\n"),
    ("ones(2)", "last", "tensor([1., 1.])\n"),
    ("print(1, 2, sep='-', end='!')", "none", "1-2!"),
]


@pytest.mark.parametrize(("source", "echo", "text"), ECHO)
def test_echo(source: str, echo: str, text: str) -> None:
    assert Session().run(source, echo=echo) == text  # type: ignore[arg-type]


def test_echo_is_one_of_three() -> None:
    with pytest.raises(ValueError, match="echo must be one of 'none', 'last', 'all', not 'some'"):
        Session().run("1", echo="some")  # type: ignore[arg-type]


def test_names_last_from_one_run_to_the_next() -> None:
    session = Session()
    session.run("import torch\nx = torch.ones(2)\ndef twice(t):\n    return t * 2")
    assert session.run("twice(x)") == "tensor([2., 2.])\n"
    session.run("x += 1")
    assert session.run("x") == "tensor([2., 2.])\n"


def test_names_can_be_given_and_taken() -> None:
    session = Session()
    session.names["size"] = 3
    session.run("row = list(range(size))")
    assert session.names["row"] == [0, 1, 2]


def test_evaluate_gives_the_value() -> None:
    session = Session()
    assert session.evaluate("2 * 21") == 42
    assert session.evaluate("x = 1") is None
    assert session.evaluate("torch.tensor([1, 2]).tolist()") == [1, 2]


def test_text_arrives_as_it_is_printed() -> None:
    seen: list[str] = []
    with pytest.raises(TensorshError):
        Session().execute("print('before')\n1 / 0\nprint('after')", seen.append)
    assert "".join(seen) == "before\n"


def test_what_was_printed_before_a_failure_is_kept() -> None:
    with pytest.raises(TensorshError) as caught:
        Session().run("print('before')\n1 / 0")
    assert caught.value.output == "before\n"


ERRORS = [
    # source, type, span, message
    ("1 / 0", "ZeroDivisionError", Span(1, 1, 1, 6), "division by zero"),
    ("x = 5\ny = x + missing", "NameError", Span(2, 9, 2, 16), "name 'missing' is not defined"),
    ("[1][3]", "IndexError", Span(1, 1, 1, 7), "list index out of range"),
    ("raise ValueError('mine')", "ValueError", Span(1, 1, 1, 25), "mine"),
    ("assert 1 > 2, 'no'", "AssertionError", None, "no"),
    (
        "a = torch.ones(2, 3)\nprint(a @ a)",
        "RuntimeError",
        Span(2, 7, 2, 12),
        "mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)",
    ),
    ("def f(x):\n    return x / 0\nf(3)", "ZeroDivisionError", Span(2, 12, 2, 17), "division by zero"),
]


@pytest.mark.parametrize(("source", "type_name", "span", "message"), ERRORS)
def test_errors(source: str, type_name: str, span: Span | None, message: str) -> None:
    with pytest.raises(TensorshError) as caught:
        Session().run(source, filename="work.tsh")
    error = caught.value
    assert (error.type_name, error.message, str(error)) == (type_name, message, message)
    assert span is None or error.span == span
    assert (error.source, error.filename) == (source, "work.tsh")


def test_a_syntax_error_runs_nothing() -> None:
    with pytest.raises(TensorshError) as caught:
        Session().run("print(1)\nx = = 2")
    assert caught.value.type_name == "SyntaxError"
    assert caught.value.span is not None and caught.value.span.line == 2
    assert caught.value.output == ""


def test_an_error_in_a_function_of_an_earlier_run_shows_that_run() -> None:
    session = Session()
    session.run("# the first cell\ndef f(x):\n    return x / 0", filename="cell 1")
    with pytest.raises(TensorshError) as caught:
        session.run("f(1)", filename="cell 2")
    error = caught.value
    assert error.filename == "cell 1"
    assert error.span == Span(3, 12, 3, 17)
    assert error.source is not None and error.source.startswith("# the first cell")


def test_a_session_goes_on_after_a_failure() -> None:
    session = Session()
    session.run("x = 1")
    with pytest.raises(TensorshError):
        session.run("x = 2\n1 / 0")
    assert session.run("x") == "2\n"


def test_an_interrupt_passes_through() -> None:
    session = Session()

    def interrupt(text: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        session.execute("try:\n    print(1)\nexcept Exception:\n    pass", interrupt)
    assert session.run("1 + 1") == "2\n"


def test_seed() -> None:
    first, again, other = Session(seed=3), Session(seed=3), Session(seed=4)
    assert first.run("torch.rand(3)") == again.run("torch.rand(3)") != other.run("torch.rand(3)")
    seeded = Session()
    seeded.run("torch.manual_seed(3)")
    assert seeded.run("torch.rand(3)") == Session(seed=3).run("torch.rand(3)")


KEPT_APART = [
    # what one session does, what the other is asked, the other's answer
    ("torch.set_default_dtype(torch.float64)", "torch.ones(1).dtype", "torch.float32\n"),
    ("torch.set_printoptions(precision=2)", "torch.tensor(0.5)", "tensor(0.5000)\n"),
    ("torch.set_grad_enabled(False)", "torch.is_grad_enabled()", "True\n"),
    ("x = 1", "'x' in dir()", "False\n"),
]


@pytest.mark.parametrize(("does", "asks", "answer"), KEPT_APART)
def test_two_sessions_do_not_touch_each_other(does: str, asks: str, answer: str) -> None:
    one, other = Session(), Session()
    one.run(does + ";")
    assert other.run(asks) == answer


def test_two_sessions_draw_from_streams_of_their_own() -> None:
    alone = Session(seed=0)
    expected = alone.run("torch.rand(2)") + alone.run("torch.rand(2)")
    one, other = Session(seed=0), Session(seed=0)
    drawn = one.run("torch.rand(2)")
    other.run("torch.rand(100);")
    assert drawn + one.run("torch.rand(2)") == expected


def test_state_set_in_one_run_holds_in_the_next() -> None:
    session = Session()
    session.run("torch.set_default_dtype(torch.float64)\ntorch.set_printoptions(precision=2)")
    assert session.run("torch.ones(1) / 3") == "tensor([0.33])\n"


def test_numpy_is_quiet_and_its_settings_stay_as_they_were() -> None:
    before = np.geterr()
    assert Session().run("torch.ones(2) / 0") == "tensor([inf, inf])\n"
    assert np.geterr() == before


def test_a_session_inside_a_session() -> None:
    inner, outer = Session(seed=1), Session(seed=2)
    outer.names["ask"] = lambda: inner.run("torch.rand(1)")
    expected = Session(seed=2).run("torch.rand(1)")
    assert outer.run("ask()\ntorch.rand(1)", echo="last") == expected


@pytest.mark.parametrize("short", ["np.ones(2).sum()", "F.relu(ones(2)).sum().item()", "torch.ones(2).sum().item()"])
def test_the_usual_short_names_need_no_import(short: str) -> None:
    assert float(Session().run(short).strip().removeprefix("np.float64(").rstrip(")")) == 2.0


def test_a_short_name_is_free_for_other_values() -> None:
    assert Session().run("F = 3\nF + 1") == "4\n"
