"""What Tab offers, at each kind of place; and that looking has no effect."""

from __future__ import annotations

from pathlib import Path

import pytest

from tensorsh.shell.completion import candidates
from tensorsh.shell.cursor import place_of
from tensorsh.shell.peek import value_of

BEFORE = """\
x = torch.ones(2, 3, requires_grad=True)
y = x * 2
sentence = "a b"
table = {"weight": x, "bias": y, 3: "three"}
several = [x, "text"]
calls = []
def scale(value, factor=2, *, offset=0):
    "Scales. And more."
    calls.append(value)
    return value * factor + offset
"""

FIRST = [
    # what is typed, the first candidate
    ("sent", "sentence"),
    ("softma", "softmax"),
    ("retu", "return"),
    ("prin", "print"),
    ("x.requires_g", "requires_grad"),
    ("x.softm", "softmax"),
    ("x.add", "add"),
    ("torch.nn.fu", "functional"),
    ("torch.float3", "float32"),
    ("sentence.upp", "upper"),
    ("'abc'.upp", "upper"),
    ("[].app", "append"),
    ("table['weight'].sh", "shape"),
    ("several[0].sh", "shape"),
    ("several[1].upp", "upper"),
    ("x.T.sh", "shape"),
    ("x[0, 1:].sh", "shape"),
    ("torch.ones(2).sh", "shape"),
    ("x.sum().sh", "shape"),
    ("x.grad.sh", "shape"),
    ("y.grad_fn.next", "next_functions"),
    ("x.shape.num", "numel"),
    ("(x).requires_g", "requires_grad"),
    ("(x @ y.t()).requires_g", "requires_grad"),
    ("(-x).requires_g", "requires_grad"),
    ("(torch.ones(2, 3) * 2).requires_g", "requires_grad"),
    ("((x + 1) ** 2).sum().requires_g", "requires_grad"),
    ("(2 * x[0, 1:] > 3).requires_g", "requires_grad"),
    ("(table['weight'] |> softmax(0)).requires_g", "requires_grad"),
    ("(x, y).cou", "count"),
    ("(sentence).upp", "upper"),
    ("torch.sum(x, d", "dim="),
    ("torch.sum(x, keepd", "keepdim="),
    ("x.sum(keepd", "keepdim="),
    ("scale(1, f", "factor="),
    ("scale(1, off", "offset="),
    ("sorted([1], k", "key="),
    ("print(1, e", "end="),
    ("table['we", "weight"),
    ('table["bi', "bias"),
    ("table[", "'weight'"),
    ("table[x", "x"),
    ("import nu", "numpy"),
    ("import torch.nn.fun", "functional"),
    ("from torch import soft", "softmax"),
    ("from torch.nn import fun", "functional"),
    ("for i in ran", "range"),
    ("f'{senten", "sentence"),
    ("f'{x.requires_g", "requires_grad"),
    ("%foo", "footer"),
    ("%footer of", "off"),
    ("%help foo", "footer"),
    ("?softm", "softmax"),
    ("def f(parameter):\n    return param", "parameter"),
    ("x |> softm", "softmax"),
    # fuzzy: no name begins so
    ("sftmx", "softmax"),
    ("x.rqsgrad", "requires_grad"),
    ("SENT", "sentence"),
    ("torch.sum(x, kpd", "keepdim="),
    ("scale(1, ftr", "factor="),
    ("scale(1, fst", "offset="),
    ("table['wgt", "weight"),
    ("torch.nn.functional.crsent", "cross_entropy"),
    ("%ftr", "footer"),
    ("%set lnw", "linewidth"),
]


@pytest.fixture
def shell(cells):
    cells.run(BEFORE)
    return cells.shell


@pytest.mark.parametrize(("typed", "first"), FIRST)
def test_first_candidate(shell, typed: str, first: str) -> None:
    found = candidates(typed, shell)
    assert found and found[0].text == first


NONE = ["x # so", "'''doc", "a = 3.", "scale(1).", "(3 + 4).", "(x if y else x).", "().nosuch", "%nosuch ", "unknown.", "f'{{x.", "12", "table['weight']['"]


@pytest.mark.parametrize("typed", NONE)
def test_nothing_to_offer(shell, typed: str) -> None:
    assert candidates(typed, shell) == []


METAS = [
    # what is typed, a candidate, what stands beside it
    ("sent", "sentence", "str"),
    ("tabl", "table", "dict"),
    ("x", "x", "Tensor [2, 3]"),
    ("sca", "scale", "Scales. And more."),
    ("softm", "softmax", "Exponentials along `dim`, divided by their sum."),
    ("x.softm", "softmax", "Exponentials along `dim`, divided by their sum."),
    ("x.cumsu", "cumsum_", "The running sum along `dim`; in int64 for integers and bools."),
    ("torch.nn.functional.relu", "relu6", "`min(max(x, 0), 6)`."),
    ("tor", "torch", "namespace"),
    ("whil", "while", ""),
    ("table['we", "weight", "Tensor [2, 3]"),
    ("%foo", "footer", "show or hide the line beneath tensors"),
]


@pytest.mark.parametrize(("typed", "text", "meta"), METAS)
def test_what_a_candidate_is_stands_beside_it(shell, typed: str, text: str, meta: str) -> None:
    assert next(found.meta for found in candidates(typed, shell) if found.text == text) == meta


def test_keyword_arguments_show_type_and_default(shell) -> None:
    found = {candidate.text: candidate.meta for candidate in candidates("torch.sum(x, ", shell)}
    assert found["keepdim="] == "bool = False"
    assert found["dtype="] == "dtype = None"
    assert "input=" not in found


def test_keywords_that_are_given_are_not_offered_again(shell) -> None:
    found = [candidate.text for candidate in candidates("torch.sum(x, dim=0, ", shell)]
    assert "dim=" not in found and "keepdim=" in found


def test_after_an_equals_sign_no_keyword_is_offered(shell) -> None:
    assert "keepdim=" not in [candidate.text for candidate in candidates("torch.sum(x, dim=", shell)]


def test_own_names_come_first(shell) -> None:
    assert [candidate.text for candidate in candidates("s", shell)][:3] == ["sentence", "several", "scale"]


def test_hidden_names_only_if_asked_for(shell) -> None:
    assert not any(candidate.text.startswith("_") for candidate in candidates("x.", shell))
    assert candidates("x._ver", shell)[0].text == "_version"


def test_files(shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "weights.npy").touch()
    (tmp_path / ".hidden").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))

    def texts(typed: str) -> list[str]:
        return [candidate.text for candidate in candidates(typed, shell)]

    assert texts("torch.load('da") == ["data/"]
    assert texts("torch.load('data/") == ["weights.npy"]
    assert texts("x = '~/da") == ["data/"]
    assert texts(f"x = '{tmp_path}/data/we") == ["weights.npy"]
    assert texts("x = '.hid") == [".hidden"]
    assert texts("x = 'nosuch/") == []


NO_EFFECT = ["scale(1).", "calls.append(1).", "x.add_(1).", "x.grad.", "x.data.", "y.grad.", "x.numpy().", "next(iter(several))."]


@pytest.mark.parametrize("typed", NO_EFFECT)
def test_nothing_is_run(shell, typed: str, recwarn: pytest.WarningsRecorder) -> None:
    x = shell.session.names["x"]
    before = x._storage, x._version, x._array.copy()
    candidates(typed, shell)
    assert shell.session.names["calls"] == []
    assert (x._storage, x._version) == before[:2] and (x._array == before[2]).all()
    assert not recwarn.list


PLACES = [
    # text, kind, prefix
    ("", "name", ""),
    ("x.su", "attribute", "su"),
    ("d['a", "key", "a"),
    ("open('a/b", "string", "a/b"),
    ("x = 'done' + ab", "name", "ab"),
    ("# comment", "none", ""),
    ("x = '''long", "none", ""),
    ("$ broken\nx.su", "attribute", "su"),
]


@pytest.mark.parametrize(("text", "kind", "prefix"), PLACES)
def test_places(text: str, kind: str, prefix: str) -> None:
    place = place_of(text)
    assert (place.kind, place.prefix) == (kind, prefix)


CALLS = [
    # text, position, keyword, of the innermost call
    ("f(", 0, None),
    ("f(a, b", 1, None),
    ("f(a, (1, 2), ", 2, None),
    ("f(a, [1, ", 1, None),
    ("f(a, dim=", 1, "dim"),
    ("f(g(1), ", 1, None),
    ("f(\n    a,\n    b", 1, None),
    ("x |> f(", 1, None),
]


@pytest.mark.parametrize(("text", "position", "keyword"), CALLS)
def test_calls(text: str, position: int, keyword: str | None) -> None:
    call = place_of(text).call
    assert call is not None and (call.callee, call.position, call.keyword) == ((("name", "f"),), position, keyword)


@pytest.mark.parametrize("text", ["", "x", "(1, ", "f(1)", "def f(a, "])
def test_no_call(text: str) -> None:
    assert place_of(text).call is None


def test_a_long_cell_is_looked_at_near_the_cursor(shell) -> None:
    text = "x = 1\n" * 100_000 + "x.requires_g"
    assert candidates(text, shell)[0].text == "requires_grad"


def test_value_of_an_unknown_name_is_missing(shell) -> None:
    from tensorsh.language.context import MISSING

    assert value_of((("name", "unknown"),), shell.session) is MISSING
