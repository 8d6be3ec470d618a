"""What a mistyped name was meant to be."""

from __future__ import annotations

import pytest

from tensorsh.diagnostics.similar import similar

KNOWN = ["softmax", "softmin", "sum", "relu", "relu_", "transpose", "unsqueeze", "x", "weight", "Weight", "mean", "median"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("sofmax", ["softmax"]),
        ("smu", ["sum"]),
        ("tranpsose", ["transpose"]),
        ("unsqueze", ["unsqueeze"]),
        ("reluu", ["relu"]),
        ("relu__", ["relu_"]),
        ("wieght", ["weight", "Weight"]),
        ("Wieght", ["Weight", "weight"]),
        ("meen", ["mean"]),
        ("nothing_like_it", []),
        ("y", []),
        ("x" * 60, []),
        ("softmax", ["softmin"]),
        ("sun", ["sum"]),
        ("unsq", ["unsqueeze"]),
        ("re", ["relu"]),
        ("me", ["mean", "median"]),
    ],
)
def test_similar(name: str, meant: list[str]) -> None:
    assert similar(name, KNOWN) == meant


def test_of_names_as_near_the_common_ones_come_first() -> None:
    assert similar("sun", ["sgn", "sin", "sin_", "sub", "sum"]) == ["sin", "sum", "sgn"]
    assert similar("zero", ["zero_", "zeros"]) == ["zeros", "zero_"]
