"""Examples in docstrings may say `torch`, as scripts do; it is ours. Where a change is judged (`CI` is set), property tests draw the
same examples each time, so that what fails is the change's; elsewhere they go on searching.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import settings

import tensorsh.torch as torch

settings.register_profile("ci", derandomize=True, deadline=None)
if os.environ.get("CI"):
    settings.load_profile("ci")


@pytest.fixture(autouse=True)
def names_of_examples(doctest_namespace: dict[str, Any]) -> None:
    doctest_namespace["torch"] = torch
