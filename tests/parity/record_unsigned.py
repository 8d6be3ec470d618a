"""Record which kernels PyTorch lacks for uint16, uint32 and uint64: `tensorsh/ops/unsigned.txt`.

    .venv/bin/python tests/parity/record_unsigned.py

What an operator does with all samples of PyTorch's own operator database (`torch.testing`, which needs `expecttest`) is found from
them. Where it depends on the arguments, an expression in `CASES` stands for each condition, in the words of `unsigned.py`.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch.testing._internal.common_methods_invocations import op_db

from tensorsh.ops import registry

TARGET = Path(__file__).parents[2] / "tensorsh" / "ops" / "unsigned.txt"
KIND = torch.uint16  # the three lack the same
COMPUTED = "-"

# x: [2, 3], v: [3], z: no dimensions, e: [0, 3], i: an index [2], row: an index [1, 2], u: the dtype
CASES = {
    "_nn.reflection_pad1d": "F.pad(x[None], (1, 1), mode='reflect')",
    "_nn.reflection_pad2d": "F.pad(x[None], (1, 1, 1, 1), mode='reflect')",
    "_nn.reflection_pad3d": "F.pad(x[None, None, None], (1, 1, 1, 1, 0, 0), mode='reflect')",
    "_nn.replication_pad1d": "F.pad(x[None], (1, 1), mode='replicate')",
    "_nn.replication_pad2d": "F.pad(x[None], (1, 1, 1, 1), mode='replicate')",
    "_nn.replication_pad3d": "F.pad(x[None, None, None], (1, 1, 1, 1, 0, 0), mode='replicate')",
    "aminmax": "x.aminmax()",
    "aminmax[dim,0d]": "z.aminmax(dim=0)",
    "arange": "torch.arange(3, dtype=u)",
    "argmax": "x.argmax()",
    "argmin": "x.argmin()",
    "bmm": "torch.bmm(x[None], x.T[None])",
    "bmm[empty]": "torch.bmm(x[None, :0], x.T[None])",
    "celu": "torch.celu(x)",
    "channel_shuffle": "torch.channel_shuffle(x[None, None], 1)",
    "clamp[max]": "x.clamp(max=x)",
    "clamp[max=number]": "x.clamp(max=1)",
    "clamp[min,max]": "x.clamp(x, x)",
    "clamp[min=number,max=number]": "x.clamp(1, 2)",
    "clamp[min]": "x.clamp(x)",
    "clamp[min=number]": "x.clamp(1)",
    "clamp_max": "x.clamp_max(x)",
    "clamp_max[max=number]": "x.clamp_max(1)",
    "clamp_min": "x.clamp_min(x)",
    "clamp_min[min=number]": "x.clamp_min(1)",
    "count_nonzero": "x.count_nonzero()",
    "count_nonzero[dim]": "x.count_nonzero(0)",
    "cumprod[dtype]": "x.cumprod(0, dtype=u)",
    "cumsum[dtype]": "x.cumsum(0, dtype=u)",
    "div[rounding_mode=floor]": "x.div(2, rounding_mode='floor')",
    "div[rounding_mode=trunc]": "x.div(2, rounding_mode='trunc')",
    "flip[dims=last]": "x.flip(1)",
    "gather": "x.gather(1, row)",
    "hardshrink": "x.hardshrink()",
    "histc": "x.histc()",
    "histc[max]": "x.histc(2, 0, 3)",
    "index_add": "x.index_add(1, i, x[:, :2])",
    "index_add[1d]": "v.index_add(0, i, v[:2])",
    "index_copy": "x.index_copy(1, i, x[:, :2])",
    "index_put_": "x.index_put_((i,), v.clone())",
    "inner": "torch.inner(x, x)",
    "inner[0d]": "torch.inner(z, z)",
    "inner[1d]": "torch.inner(v, v)",
    "isin": "torch.isin(x, x)",
    "isin[test_element]": "torch.isin(x, 1)",
    "index_select[1d]": "v.index_select(0, i)",
    "lerp": "x.lerp(x, x)",
    "lerp[weight=number]": "x.lerp(x, 1)",
    "linspace": "torch.linspace(0, 1, 3, dtype=u)",
    "linspace[steps=0]": "torch.linspace(0, 1, 0, dtype=u)",
    "linspace[steps=1]": "torch.linspace(0, 1, 1, dtype=u)",
    "log_softmax": "x.log_softmax(0)",
    "log_softmax[empty]": "e.log_softmax(0)",
    "log_softmax[dim=last]": "x.log_softmax(1)",
    "logspace": "torch.logspace(0, 1, 3, dtype=u)",
    "logspace[steps=0]": "torch.logspace(0, 1, 0, dtype=u)",
    "logspace[steps=1]": "torch.logspace(0, 1, 1, dtype=u)",
    "max": "x.max()",
    "max[dim]": "x.max(0)",
    "masked_select": "x.masked_select(x == 1)",
    "masked_select[empty]": "e.masked_select(e == 1)",
    "max[dim,0d]": "z.max(0)",
    "max[dim,empty]": "e.max(1)",
    "max[other]": "x.max(x)",
    "median": "x.median()",
    "median[dim]": "x.median(0)",
    "median[empty]": "e.median()",
    "min": "x.min()",
    "min[dim]": "x.min(0)",
    "min[dim,0d]": "z.min(0)",
    "min[dim,empty]": "e.min(1)",
    "min[other]": "x.min(x)",
    "nanmedian": "x.nanmedian()",
    "nanmedian[dim]": "x.nanmedian(0)",
    "nanmedian[empty]": "e.nanmedian()",
    "nansum[dtype]": "x.nansum(dtype=u)",
    "nn.functional.bilinear": "F.bilinear(x, x, v.expand(2, 3, 3))",
    "nonzero_static": "torch.nonzero_static(x, size=2)",
    "pixel_shuffle": "torch.pixel_shuffle(x[None], 1)",
    "pixel_shuffle[empty]": "torch.pixel_shuffle(x[:0, None, None], 1)",
    "pixel_unshuffle": "torch.pixel_unshuffle(x[None], 1)",
    "pixel_unshuffle[empty]": "torch.pixel_unshuffle(x[:0, None, None], 1)",
    "poisson": "torch.poisson(x)",
    "prelu": "x.prelu(v[:1])",
    "prod[dtype]": "x.prod(dtype=u)",
    "put": "x.put(i, v[:2])",
    "put[empty]": "x.put(i[:0], v[:0])",
    "randperm": "torch.randperm(3, dtype=u)",
    "range": "torch.range(0, 3, dtype=u)",
    "relu": "x.relu()",
    "round[decimals]": "x.round(decimals=1)",
    "rot90[dims=last]": "x.rot90()",
    "rot90[dims=last,k=0]": "x.rot90(0)",
    "scatter": "x.scatter(1, row, x)",
    "scatter[value]": "x.scatter(1, row, 3)",
    "selu": "torch.selu(x)",
    "softmax": "x.softmax(0)",
    "softmax[empty]": "e.softmax(0)",
    "softmax[dim=last]": "x.softmax(1)",
    "sum[dtype]": "x.sum(dtype=u)",
    "take": "x.take(i)",
    "threshold": "torch.threshold(x, 1, 2)",
}  # fmt: skip
for _how in ("sum", "prod", "mean", "amax", "amin"):
    for _self, _without in (("", ""), (",include_self=False", ", include_self=False")):
        CASES[f"scatter_reduce[reduce={_how}{_self}]"] = f"x.scatter_reduce(1, row, x, '{_how}'{_without})"
        if _how != "sum":
            CASES[f"index_reduce[reduce={_how}{_self}]"] = f"x.index_reduce(1, i, x[:, :2], '{_how}'{_without})"
            CASES[f"index_reduce[reduce={_how}{_self},1d]"] = f"v.index_reduce(0, i, v[:2], '{_how}'{_without})"


def kernel(call: Any) -> str | None:
    """The kernel that a call ends at for want of it; `-` if it is computed, None if it fails for another reason."""
    try:
        call()
    except NotImplementedError as error:
        found = re.search("\"(.*)\" not implemented for 'UInt16'", str(error))
        return found[1] if found else None
    except Exception:
        return None
    return COMPUTED


def case(source: str) -> str | None:
    x = torch.tensor([[1, 2, 3], [4, 5, 6]], dtype=KIND)
    i = torch.tensor([0, 1])
    names = {"torch": torch, "F": torch.nn.functional, "u": KIND, "x": x, "v": x[0], "z": x[0, 0], "e": x[:0], "i": i, "row": i[None]}
    return kernel(lambda: eval(source, names))


def cast(value: Any, old: torch.dtype) -> Any:
    if isinstance(value, torch.Tensor):
        return value.detach().to(KIND) if value.dtype is old else value.detach()
    if isinstance(value, (list, tuple)):
        return type(value)(cast(part, old) for part in value) if not hasattr(value, "_fields") else value
    if isinstance(value, dict):
        return {name: cast(part, old) for name, part in value.items()}
    return KIND if value is old else value


def tensors(value: Any) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from tensors(part)


def of_samples(operator: Any) -> dict[str, set[str | None]]:
    """What the samples of an operator end in: those with several elements (""), with no dimensions, with no elements."""
    old = torch.int32 if torch.int32 in operator.supported_dtypes("cpu") else torch.float32
    try:
        samples = list(operator.sample_inputs("cpu", old))
    except Exception:
        return {}
    found: dict[str, set[str | None]] = {}
    for sample in samples[:: max(1, len(samples) // 40)]:
        given, args, options = cast(sample.input, old), cast(sample.args, old), cast(sample.kwargs, old)
        first = next(tensors([given, *args, *options.values()]), None)
        size = "" if first is None else "0d" if first.ndim == 0 else "" if first.numel() else "empty"
        found.setdefault(size, set()).add(kernel(lambda: operator.op(given, *args, **options)))  # noqa: B023
    return found


def same_kernel(name: str) -> list[str]:
    """An operator of ours and its other names."""
    namespace, _, short = name.rpartition(".")
    bodies = {id(op.body) for op in registry.overloads(short, namespace)}
    return sorted(f"{space}.{other}" if space else other for (space, other), ops in registry.OPERATORS.items()
                  if bodies & {id(op.body) for op in ops})  # fmt: skip


def main() -> None:
    warnings.simplefilter("ignore")
    torch.manual_seed(0)
    registry.load_all()
    found: dict[str, set[str]] = {}

    def add(name: str, condition: str, ends: str | None) -> None:
        for own in same_kernel(name):
            if ends is not None and (condition or ends != COMPUTED):
                found.setdefault(ends, set()).add(own + condition)

    by_case = {name.partition("[")[0] for name in CASES}
    for name, source in CASES.items():
        add(name.partition("[")[0], name[len(name.partition("[")[0]) :], case(source))
    for name in sorted({operator.name for operator in op_db} - by_case):
        ends: dict[str, set[str | None]] = {}
        for variant in op_db:
            if variant.name == name:
                for size, kernels in of_samples(variant).items():
                    ends.setdefault(size, set()).update(kernels)
        usual = ends.pop("", set())
        if len(usual) == 1 and usual - {None, COMPUTED}:
            add(name, "", usual.pop())
            for size, other in ends.items():
                if other == {COMPUTED}:
                    add(name, f"[{size}]", COMPUTED)
    TARGET.write_text("".join(" ".join([name, *sorted(found[name])]) + "\n" for name in sorted(found)), encoding="utf-8")


if __name__ == "__main__":
    main()
