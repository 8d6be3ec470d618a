"""The namespace that scripts call `torch`; Python code may import it too: `import tensorsh.torch as torch`.

Names come from three places: the operators (found through their index, so that a family loads when one of its operators is used),
the table `NAMES` (everything that is no operator), and `SUBMODULES` (`torch.linalg`, `torch.nn.functional` …).

PyTorch divides by zero and overflows in silence. So importing it turns off NumPy's floating-point warnings in this thread, and in
the others hides those that come from here.
"""

from __future__ import annotations

import math
import warnings as _warnings
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as _numpy

from tensorsh.ops import indexing as _indexing
from tensorsh.ops import registry as _registry
from tensorsh.ops import transposing as _transposing
from tensorsh.runtime import dtype as _dtype
from tensorsh.runtime.tensor import Tensor

_numpy.seterr(all="ignore")
_warnings.filterwarnings("ignore", "(divide by zero|overflow|underflow|invalid value) encountered", RuntimeWarning, r"tensorsh\.")

_RUNTIME = "tensorsh.runtime"

# name -> where it is defined; the attribute has the same name unless one follows a colon.
NAMES: dict[str, str] = {
    **dict.fromkeys(("tensor", "as_tensor", "from_numpy"), f"{_RUNTIME}.creation"),
    "asarray": f"{_RUNTIME}.creation:as_tensor",
    **dict.fromkeys(
        ("is_tensor", "is_storage", "is_conj", "is_neg", "is_inference", "numel", "detach", "get_device",
         "is_anomaly_enabled", "typename", "get_default_device", "get_default_dtype",
         "set_default_dtype", "set_default_tensor_type", "manual_seed", "seed", "initial_seed", "get_rng_state", "set_rng_state"),
        f"{_RUNTIME}.queries",
    ),
    **dict.fromkeys(("can_cast", "promote_types", "dtype"), f"{_RUNTIME}.dtype"),
    "result_type": f"{_RUNTIME}.queries",
    "broadcast_shapes": "tensorsh.ops.grids",
    **dict.fromkeys(
        ("device", "layout", "memory_format", "strided", "contiguous_format", "preserve_format", "channels_last"),
        f"{_RUNTIME}.layout",
    ),
    "Size": f"{_RUNTIME}.layout",
    **dict.fromkeys(("finfo", "iinfo"), f"{_RUNTIME}.limits"),
    "Generator": f"{_RUNTIME}.generator",
    **dict.fromkeys(
        ("get_num_threads", "set_num_threads", "get_num_interop_threads", "set_num_interop_threads", "use_deterministic_algorithms",
         "are_deterministic_algorithms_enabled", "is_deterministic_algorithms_warn_only_enabled", "set_flush_denormal",
         "get_float32_matmul_precision", "set_float32_matmul_precision", "set_default_device", "is_warn_always_enabled",
         "is_vulkan_available"),
        f"{_RUNTIME}.machine",
    ),
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

_MACHINE = f"{_RUNTIME}.machine"
_NO_ACCELERATOR = {
    "is_available": f"{_MACHINE}:accelerator_is_available", "device_count": f"{_MACHINE}:device_count",
    "is_initialized": f"{_MACHINE}:accelerator_is_available", "manual_seed": f"{_MACHINE}:seed_ignored",
    "manual_seed_all": f"{_MACHINE}:seed_ignored", "empty_cache": f"{_MACHINE}:nothing",
}  # fmt: skip
_NO_CUDA = dict.fromkeys(
    ("current_device", "get_device_name", "get_device_properties", "get_device_capability", "synchronize", "set_device"),
    f"{_MACHINE}:no_cuda",
)
_NO_BACKEND = {"is_available": f"{_MACHINE}:accelerator_is_available", "is_built": f"{_MACHINE}:accelerator_is_available"}
_FUNCTIONAL = "tensorsh.ops.derivatives_of_functions"

# submodule -> its names that are no operators; its operators are those declared with that namespace.
SUBMODULES: dict[str, dict[str, str]] = {
    "cuda": {
        **_NO_ACCELERATOR, **_NO_CUDA,
        **dict.fromkeys(("memory_allocated", "max_memory_allocated", "memory_reserved"), f"{_MACHINE}:memory_of_accelerator"),
    },
    "mps": {name: _NO_ACCELERATOR[name] for name in ("is_available", "device_count", "manual_seed", "empty_cache")},
    "xpu": _NO_ACCELERATOR,
    "accelerator": {name: _NO_ACCELERATOR[name] for name in ("is_available", "device_count")},
    "backends": {},
    "backends.cuda": {"is_built": _NO_BACKEND["is_built"]},
    "backends.cudnn": {"is_available": _NO_BACKEND["is_available"], "version": f"{_MACHINE}:no_version"},
    "backends.mps": _NO_BACKEND,
    "backends.mkl": {"is_available": _NO_BACKEND["is_available"]},
    "version": {},
    "testing": {"assert_close": f"{_RUNTIME}.assert_close"},
    "linalg": {"LinAlgError": "tensorsh.ops.linalg"},
    "special": {},
    "fft": {},
    "signal": {},
    "signal.windows": {},
    "nn": {},
    "nn.functional": dict.fromkeys(("celu_", "relu_", "selu_", "threshold_"), "tensorsh.torch"),
    "autograd": _AUTOGRAD,
    "autograd.functional": dict.fromkeys(("jacobian", "hessian", "vjp", "jvp", "vhp", "hvp"), _FUNCTIONAL),
    "random": {
        **{name: NAMES[name] for name in ("manual_seed", "seed", "initial_seed", "get_rng_state", "set_rng_state")},
        "fork_rng": _MACHINE,
    },
}

# The values among a submodule's names.
SUBMODULE_CONSTANTS: dict[str, dict[str, Any]] = {
    "version": {"__version__": CONSTANTS["__version__"], "cuda": None, "hip": None, "debug": False},
    "backends.cudnn": {"enabled": True, "benchmark": False, "deterministic": False},
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
        constants = SUBMODULE_CONSTANTS.get(self._path, {})
        if name in constants:
            return constants[name]
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
        return sorted({*SUBMODULES[self._path], *SUBMODULE_CONSTANTS.get(self._path, ()), *inner, *_registry.index_names("function", self._path)})

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


_ = (_indexing, _transposing)  # imported for what they install on Tensor
