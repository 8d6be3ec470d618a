"""Examples in docstrings may say `torch`, as scripts do; it is ours."""

from __future__ import annotations

from typing import Any

import pytest

import tensorsh.torch as torch


@pytest.fixture(autouse=True)
def names_of_examples(doctest_namespace: dict[str, Any]) -> None:
    doctest_namespace["torch"] = torch
