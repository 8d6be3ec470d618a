"""What PyTorch asks of the machine, and is asked to do with it: threads, deterministic algorithms, accelerators, builds.

Every tensor lives on the CPU and every operator is deterministic, so most settings are checked and kept, and change nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tensorsh.runtime.layout import check_device
from tensorsh.runtime.state import current


def _setting(name: str, default: Any) -> Any:
    return current().settings.get(name, default)


def get_num_threads() -> int:
    """How many threads an operator may use."""
    return int(_setting("threads", os.cpu_count() or 1))


def get_num_interop_threads() -> int:
    """How many threads may run operators at once."""
    return int(_setting("interop threads", os.cpu_count() or 1))


def _threads(function: str, name: str, count: Any) -> None:
    if isinstance(count, bool) or not isinstance(count, int):
        raise RuntimeError(f"{function} expects an int, but got {type(count).__name__}")
    if count <= 0:
        raise RuntimeError(f"{function} expects a positive integer")
    current().settings[name] = count


def set_num_threads(count: int) -> None:
    """Kept for `get_num_threads`; NumPy chooses its own threads."""
    _threads("set_num_threads", "threads", count)


def set_num_interop_threads(count: int) -> None:
    """Kept for `get_num_interop_threads`."""
    _threads("set_num_interop_threads", "interop threads", count)


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Kept for `are_deterministic_algorithms_enabled`: every operator is deterministic here."""
    if type(mode) is not bool:
        raise TypeError(
            f"_set_deterministic_algorithms(): argument 'mode' (position 1) must be bool, not {type(mode).__name__}"
        )
    current().settings.update({"deterministic": mode, "warn only": warn_only})


def are_deterministic_algorithms_enabled() -> bool:
    """What `use_deterministic_algorithms` was told."""
    return bool(_setting("deterministic", False))


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """Whether it was told only to warn."""
    return bool(_setting("warn only", False))


def set_flush_denormal(mode: bool) -> bool:
    """False: NumPy computes with denormal numbers, whatever `mode` asks."""
    return False


def get_float32_matmul_precision() -> str:
    """The precision of float32 matrix products: `highest` unless it was set."""
    return str(_setting("matmul precision", "highest"))


def set_float32_matmul_precision(precision: str) -> None:
    """Kept for `get_float32_matmul_precision`; products have the highest one."""
    if precision in ("highest", "high", "medium"):
        current().settings["matmul precision"] = precision


def set_default_device(device: Any) -> None:
    """The CPU, or None for it: RuntimeError for a device that holds no tensors here."""
    check_device(device)


def is_warn_always_enabled() -> bool:
    """Whether warnings come each time; False, as in PyTorch."""
    return False


def accelerator_is_available() -> bool:
    """False: every tensor lives on the CPU."""
    return False


def is_vulkan_available() -> bool:
    """False: every tensor lives on the CPU."""
    return False


def device_count() -> int:
    """0: every tensor lives on the CPU."""
    return 0


def seed_ignored(seed: int) -> None:
    """Seeds no generator, since there is no accelerator."""


def nothing() -> None:
    """Nothing to do without an accelerator."""


def memory_of_accelerator(device: Any = None) -> int:
    """0: there is no accelerator."""
    return 0


def no_cuda(*args: Any, **kwargs: Any) -> Any:
    """AssertionError, as from a PyTorch without CUDA."""
    raise AssertionError("Torch not compiled with CUDA enabled")


def no_version() -> None:
    """None: it is not there."""


@contextmanager
def fork_rng(devices: Any = None, enabled: bool = True, **kwargs: Any) -> Iterator[None]:
    """A block after which the random generator is as it was before.

    >>> _ = torch.manual_seed(0)
    >>> with torch.random.fork_rng():
    ...     inside = torch.rand(1)
    >>> bool(torch.rand(1) == inside)
    True
    """
    generator = current().generator
    state = generator.get_state()
    try:
        yield
    finally:
        if enabled:
            generator.set_state(state)
