"""The namespace that scripts call `torch`; Python code may import it too: `import tensorsh.torch as torch`.

Names come from three places: the operators (found through their index, so that a family loads when one of its operators is used),
the table `NAMES` (everything that is no operator), and `SUBMODULES` (`torch.linalg`, `torch.nn.functional` …).

Importing it turns off NumPy's floating-point warnings in this thread: PyTorch divides by zero and overflows in silence.
"""

from __future__ import annotations

import math
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as _numpy

from tensorsh.ops import copies as _copies
from tensorsh.ops import indexing as _indexing
from tensorsh.ops import registry as _registry
from tensorsh.ops import transposing as _transposing
from tensorsh.runtime import dtype as _dtype
from tensorsh.runtime.tensor import Tensor

_numpy.seterr(all="ignore")

_RUNTIME = "tensorsh.runtime"

# name -> where it is defined; the attribute has the same name unless one follows a colon.
NAMES: dict[str, str] = {
    **dict.fromkeys(("tensor", "as_tensor", "from_numpy"), f"{_RUNTIME}.creation"),
    "asarray": f"{_RUNTIME}.creation:as_tensor",
    **dict.fromkeys(
        ("is_tensor", "is_floating_point", "is_complex", "is_nonzero", "is_conj", "is_inference", "numel",
         "is_anomaly_enabled", "typename", "get_default_device", "get_default_dtype",
         "set_default_dtype", "manual_seed", "seed", "initial_seed", "get_rng_state", "set_rng_state"),
        f"{_RUNTIME}.queries",
    ),
    **dict.fromkeys(("can_cast", "promote_types", "dtype"), f"{_RUNTIME}.dtype"),
    "result_type": f"{_RUNTIME}.promotion",
    "broadcast_shapes": "tensorsh.ops.joining",
    **dict.fromkeys(
        ("device", "layout", "memory_format", "strided", "contiguous_format", "preserve_format", "channels_last"),
        f"{_RUNTIME}.layout",
    ),
    "Size": f"{_RUNTIME}.layout",
    **dict.fromkeys(("finfo", "iinfo"), f"{_RUNTIME}.limits"),
    "Generator": f"{_RUNTIME}.generator",
    **dict.fromkeys(
        ("no_grad", "enable_grad", "set_grad_enabled", "inference_mode", "is_grad_enabled", "is_inference_mode_enabled"),
        f"{_RUNTIME}.grad_mode",
    ),
    **dict.fromkeys(("set_printoptions", "get_printoptions", "printoptions"), "tensorsh.display.print_options"),
}  # fmt: skip

# `__version__` is that of the PyTorch whose meaning this is.
CONSTANTS: dict[str, Any] = {
    "__version__": "2.13.0", "pi": math.pi, "e": math.e, "inf": math.inf, "nan": math.nan, "newaxis": None,
    "Tensor": Tensor, **_dtype.BY_NAME,
}  # fmt: skip

_AUTOGRAD = {
    **dict.fromkeys(("backward", "grad"), f"{_RUNTIME}.differentiate"),
    **dict.fromkeys(("no_grad", "enable_grad", "set_grad_enabled", "inference_mode"), f"{_RUNTIME}.grad_mode"),
    **dict.fromkeys(("detect_anomaly", "set_detect_anomaly"), f"{_RUNTIME}.grad_mode"),
}

# submodule -> its names that are no operators; its operators are those declared with that namespace.
SUBMODULES: dict[str, dict[str, str]] = {
    "cuda": {"is_available": f"{_RUNTIME}.queries:cuda_is_available", "device_count": f"{_RUNTIME}.queries:cuda_device_count"},
    "linalg": {"LinAlgError": "tensorsh.ops.linalg"},
    "special": {},
    "fft": {},
    "signal": {},
    "signal.windows": {},
    "nn": {},
    "nn.functional": {},
    "autograd": _AUTOGRAD,
    "random": {name: NAMES[name] for name in ("manual_seed", "seed", "initial_seed", "get_rng_state", "set_rng_state")},
}


def _load(place: str, name: str) -> Any:
    module, _, attribute = place.partition(":")
    return getattr(import_module(module), attribute or name)


class Submodule(ModuleType):
    """A part of `torch`, such as `torch.linalg`."""

    def __init__(self, path: str) -> None:
        super().__init__(f"torch.{path}")
        self._path = path

    def __getattr__(self, name: str) -> Any:
        found = submodule(f"{self._path}.{name}")
        if found is None:
            place = SUBMODULES[self._path].get(name)
            found = _load(place, name) if place else _registry.function(name, self._path)
        if found is None:
            raise AttributeError(f"module 'torch.{self._path}' has no attribute '{name}'")
        setattr(self, name, found)
        return found

    def __dir__(self) -> list[str]:
        inner = [path.rpartition(".")[2] for path in SUBMODULES if path.rpartition(".")[0] == self._path]
        return sorted({*SUBMODULES[self._path], *inner, *_registry.index_names("function", self._path)})

    def __repr__(self) -> str:
        return f"<module 'torch.{self._path}'>"


_submodules: dict[str, Submodule] = {}


def submodule(path: str) -> Submodule | None:
    """`torch.path` as a module, or None."""
    if path not in SUBMODULES:
        return None
    found = _submodules.get(path)
    if found is None:
        found = _submodules[path] = Submodule(path)
    return found


def __getattr__(name: str) -> Any:
    if name in CONSTANTS:
        found = CONSTANTS[name]
    elif name in NAMES:
        found = _load(NAMES[name], name)
    else:
        found = submodule(name) or _registry.function(name)
        if found is None and name.endswith("Tensor"):
            from tensorsh.runtime.legacy_types import BY_NAME

            found = BY_NAME.get(name)
        if found is None:
            raise AttributeError(f"module 'torch' has no attribute '{name}'")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    top = [path for path in SUBMODULES if "." not in path]
    return sorted({*NAMES, *CONSTANTS, *top, *_registry.index_names("function")})


_ = (_copies, _indexing, _transposing)  # imported for what they install on Tensor
