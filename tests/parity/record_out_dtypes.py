"""Record which dtypes PyTorch's operators take for `out=`, and what they say of others: `tensorsh/ops/out_dtypes.txt`.

    .venv/bin/python tests/parity/record_out_dtypes.py

Most take what the result can be cast to; those that do not, or say so in other words, have a line. Each operator is called with
samples of PyTorch's own operator database (`torch.testing`, which needs `expecttest`), and with a tensor of a wider and of a
narrower dtype than its result's.
"""

from __future__ import annotations

import re
import warnings
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch.testing._internal.common_methods_invocations import op_db

from tensorsh.ops import registry
from tensorsh.runtime import dtype as dt

TARGET = Path(__file__).parents[2] / "tensorsh" / "ops" / "out_dtypes.txt"
WIDER = {torch.float32: torch.float64, torch.int64: torch.float32, torch.bool: torch.float32, torch.complex64: torch.complex128, torch.float64: torch.float32}
USUAL = "result type {Found} can't be cast to the desired output type {Out}"


def refusal(call: Any, found: torch.dtype, out: torch.dtype) -> str | None:
    """What a call says of an `out=` of another dtype, with the two dtypes' names taken out; None if it takes it."""
    try:
        call()
    except Exception as error:
        text = str(error).split("\n")[0].split("  (Could this")[0]
        for kind, title, plain in ((out, "{Out}", "{out}"), (found, "{Found}", "{found}")):
            own = dt.BY_NAME[str(kind).removeprefix("torch.")]
            for name, place in ((own.title, title), (own.cpp_name, plain)):
                text = re.sub(rf"(?<![\w.]){re.escape(name)}(?!\w)", place, text)
        return text if type(error) is RuntimeError else f"{type(error).__name__}: {text}"
    return None


def rule(operator: Any, sample: Any) -> tuple[str, str, str] | None:
    """The mark of a call (`[]` for one with several results), its rule ("" for the usual) and its words; None if it cannot tell."""
    try:
        result = operator(sample.input, *sample.args, **sample.kwargs)
    except Exception:
        return None
    several = not isinstance(result, torch.Tensor)
    parts = tuple(result) if several else (result,)
    if "dtype" in sample.kwargs or not all(isinstance(part, torch.Tensor) for part in parts):
        return None
    found = parts[0].dtype

    def given(out: torch.dtype) -> str | None:
        outs = tuple(torch.empty(0, dtype=part.dtype if at else out) for at, part in enumerate(parts))
        options = {**sample.kwargs, "out": outs if several else outs[0]}
        return refusal(lambda: operator(sample.input, *sample.args, **options), found, out)

    wider = given(WIDER[found]) if found in WIDER else None
    mark = "[]" if several else ""
    if wider is not None:
        return mark, "bool" if found is torch.bool and given(torch.uint8) is None else "same", wider
    if not found.is_floating_point:
        return mark, "", ""
    narrower = given(torch.int64)
    return (mark, "any", "") if narrower is None else (mark, "", "") if narrower == USUAL else (mark, "cast", narrower)


def of_reduction(reduce: Any) -> tuple[str, str]:
    """The rule of a reduction that the database has without `out=`."""
    x = torch.ones(2, 3)
    told = {out: refusal(lambda: reduce(x, 0, out=torch.empty(0, dtype=out)), x.dtype, out) for out in (torch.float64, torch.int64)}  # noqa: B023
    assert not any(told.values()), told
    return "any", ""


def main() -> None:
    warnings.simplefilter("ignore")
    torch.manual_seed(0)
    found = {name: {of_reduction(getattr(torch, name))} for name in ("sum", "prod")}
    for operator in op_db:
        namespace, _, short = operator.name.rpartition(".")
        ours = [op for op in registry.overloads(short, namespace) if "out" in op.variants and op.kind != "factory"]
        if operator.supports_out and ours:
            kind = torch.float32 if torch.float32 in operator.supported_dtypes("cpu") else torch.int64
            for sample in islice(operator.sample_inputs("cpu", kind), 6):
                told = rule(operator, sample)
                if told is not None:
                    found.setdefault(operator.name + told[0], set()).add(told[1:])
    groups: dict[tuple[str, str], list[str]] = {}
    for name, rules in found.items():
        words = rules.pop()
        if not rules and words[0] and "size of tensor" not in words[1]:
            groups.setdefault(words, []).append(name)
    lines = [" ".join([kind, *sorted(names)]) + "\n" + (f"    {text}\n" if text else "") for (kind, text), names in sorted(groups.items())]
    TARGET.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
