"""Advice about gradients: leaves, `backward()` and what it needs."""

from __future__ import annotations

import re

from tensorsh.diagnostics.failure import Hint
from tensorsh.diagnostics.situation import Row, Situation, said


def _leaf(match: re.Match[str], situation: Situation) -> Hint:
    text = " ".join((situation.statement or situation.whole).split())
    one = f"{situation.first} is a leaf" if match[0].startswith("a leaf") else "This is a window on a leaf"
    return Hint(
        f"{one}: writing to it would lose the value that its gradient belongs to.",
        ((f"with torch.no_grad(): {text}", "an update that is not recorded"),),
    )


def _no_integer_grad(match: re.Match[str], situation: Situation) -> Hint:
    sentence = (
        "Whole numbers have no derivative. Write the numbers with a point (1. for 1), or say dtype=torch.float32."
    )
    if situation.operation == "requires_grad_" and situation.operands:
        first = situation.operands[0]
        return Hint(sentence, ((situation.instead(first, f"{first.text}.float()"), ""),))
    if situation.operation.rpartition(".")[2] == "tensor" and "dtype" not in situation.whole:
        return Hint(sentence, ((situation.with_argument("dtype=torch.float32"), ""),))
    return Hint(sentence)


def _several(match: re.Match[str], situation: Situation) -> Hint:
    first = situation.first
    if situation.operation == "grad" and situation.tensors:
        output = situation.tensors[0]
        return Hint(
            f"{first} has several elements: say how each counts (grad_outputs=), or make one number of them.",
            ((situation.instead(output, f"{output.text}.sum()"), ""),),
        )
    bare = first[1:-1] if first.startswith("(") and first.endswith(")") and first.count("(") == 1 else first
    return Hint(
        f"{first} has several elements: say how each counts, or make one number of them.",
        ((f"{first}.sum().backward()", ""), (f"{first}.backward(torch.ones_like({bare}))", "")),
    )


def _second_time(match: re.Match[str], situation: Situation) -> Hint:
    return Hint(
        "The first backward() freed what the graph had saved. Compute the value anew, or give the first call "
        "retain_graph=True."
    )


def _unused(match: re.Match[str], situation: Situation) -> Hint | None:
    if situation.operation.rpartition(".")[2] != "grad":
        return None
    code = situation.with_argument("allow_unused=True")
    return Hint("An input has no part in the outputs.", ((code, "None for that input"),))


GRADIENTS: tuple[Row, ...] = (
    (r"(?i)only Tensors of floating point (and complex )?dtype can require gradients", _no_integer_grad),
    (r"a (view of a )?leaf Variable that requires grad is being used in an in-place operation", _leaf),
    (r"grad can be implicitly created only for scalar outputs", _several),
    (
        r"does not require grad and does not have a grad_fn",
        said("Nothing that {} was made from requires grad, or recording was off when it was made. Make the inputs with "
             "requires_grad=True."),
    ),
    (r"Trying to backward through the graph a second time", _second_time),
    (r"appears to not have been used in the graph", _unused),
    (r"Can't call numpy\(\) on Tensor that requires grad", said("An array knows no gradients.", "{}.detach().numpy()")),
)  # fmt: skip
