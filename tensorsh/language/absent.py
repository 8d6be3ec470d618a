"""The names that PyTorch or Python's library has and tensorsh does not, so that they can be told from mistyped ones, and what serves
in their place.

`absent.txt` is recorded from PyTorch (tests/parity/record_absent.py): a line for each namespace, its name first.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

_SAME = "A program runs the same without it."
_FILES = "Programs reach no files here."
_DRAWN = "plot(), hist(), heat() and image() draw in the terminal."

# What serves in place of a name of PyTorch's. Layers and losses are found by their names, in `torch.nn.functional`.
_INSTEAD = {
    "torch.compile": _SAME,
    "torch.jit": _SAME,
    "torch.eig": "It is torch.linalg.eig now.",
    "torch.symeig": "It is torch.linalg.eigh now.",
    "torch.solve": "It is torch.linalg.solve(A, B) now.",
    "torch.lstsq": "It is torch.linalg.lstsq(A, B) now.",
    "torch.autograd.Variable": "Every tensor is one; requires_grad=True records it.",
    "Tensor.resize": "x.reshape(…) gives another shape.",
    "Tensor.eig": "It is torch.linalg.eig now.",
    "Tensor.symeig": "It is torch.linalg.eigh now.",
    "torch.load": _FILES,
    "torch.save": _FILES,
    "torch.nn.BCELoss": "As a function it is torch.nn.functional.binary_cross_entropy.",
    "torch.nn.BCEWithLogitsLoss": "As a function it is torch.nn.functional.binary_cross_entropy_with_logits.",
    "torch.nn.BatchNorm1d": "As a function it is torch.nn.functional.batch_norm.",
    "torch.nn.BatchNorm2d": "As a function it is torch.nn.functional.batch_norm.",
    "torch.nn.Flatten": "As a function it is torch.flatten.",
    "torch.nn.Module": "A model is a function here, and its parameters are tensors that require grad.",
    "torch.nn.Parameter": "A tensor made with requires_grad=True is one.",
    "torch.nn.Sequential": "Functions follow one another with |>, as in x |> relu() |> softmax(dim=0).",
    "torch.optim": "A step of gradient descent is: with torch.no_grad(): w -= 0.1 * w.grad",
    "torch.utils": "x.split(32) makes batches.",
    "torch.vmap": "torch.stack([f(row) for row in x]) does the same.",
}

# What serves in place of a module of Python's, or of another library.
_MODULES = {
    "matplotlib": _DRAWN,
    "seaborn": _DRAWN,
    "tqdm": "progress(range(10)) shows how far a loop is.",
    "random": "torch.rand, torch.randint and torch.manual_seed are there.",
    "time": "In the shell, %timeit measures.",
    "timeit": "In the shell, %timeit measures.",
    "sys": "argv has the words after the script's name.",
    "os": _FILES,
    "csv": _FILES,
    "json": _FILES,
    "pickle": _FILES,
    "copy": "x.clone() copies a tensor, list(x) a list and dict(x) a dictionary.",
    "collections": "A dictionary has setdefault(key, []) and get(key, 0).",
    "itertools": "zip(), range() and comprehensions are there, and torch.combinations and torch.cartesian_prod.",
    "functools": "A loop over the items does what reduce() does.",
    "typing": "Annotations can be left out.",
    "pathlib": _FILES,
}

KNOWN = "Only torch, numpy, math and their submodules can be imported."


@cache
def _names() -> dict[str, frozenset[str]]:
    lines = Path(__file__).with_name("absent.txt").read_text(encoding="utf-8").splitlines()
    return {line.split()[0]: frozenset(line.split()[1:]) for line in lines}


def absence(owner: str, name: str) -> str | None:
    """Sentences about `owner.name` if PyTorch has it; `owner` is a namespace (`torch.linalg`) or `Tensor`.

    >>> absence("torch.nn", "CrossEntropyLoss")
    'PyTorch has torch.nn.CrossEntropyLoss; tensorsh does not. As a function it is torch.nn.functional.cross_entropy.'
    """
    if name not in _names().get(owner, ()):
        return None
    full = f"{owner}.{name}"
    instead = _INSTEAD.get(full) or (_as_function(name) if owner == "torch.nn" else None)
    return f"PyTorch has {full}; tensorsh does not." + (f" {instead}" if instead else "")


def module_absence(name: str) -> str:
    """Sentences about a module that cannot be imported."""
    instead = _MODULES.get(name)
    return f"{KNOWN} {instead}" if instead else KNOWN


def _as_function(layer: str) -> str | None:
    """The function of `torch.nn.functional` that a layer or a loss applies."""
    from tensorsh.ops.index import FAMILIES

    for path in FAMILIES:
        space, _, function = path.rpartition(".")
        if space == "nn.functional" and function.replace("_", "") in (layer.lower(), layer.lower().removesuffix("loss")):
            return f"As a function it is torch.{path}."
    return None
