"""`Size`, `device`, `layout`, `memory_format`: small values that describe a tensor, printed as PyTorch prints them."""

from __future__ import annotations

from typing import Any

from tensorsh.runtime.dtype import refuse_instances


class Size(tuple[int, ...]):
    """A shape.

    >>> Size([5, 3]), Size([5, 3]).numel(), Size([5, 3])[1:]
    (torch.Size([5, 3]), 15, torch.Size([3]))
    """

    __slots__ = ()
    __module__ = "torch"

    def __reduce__(self) -> Any:
        return size_of, (tuple(self),)

    def numel(self) -> int:
        count = 1
        for extent in self:
            count *= extent
        return count

    def __repr__(self) -> str:
        return f"torch.Size([{', '.join(map(str, self))}])"

    def __getitem__(self, index: Any) -> Any:
        found = tuple.__getitem__(self, index)
        return Size(found) if type(index) is slice else found

    def __add__(self, other: Any) -> Size:
        if not isinstance(other, tuple):
            raise TypeError(f"can only concatenate tuple (not {type(other).__name__}) to torch.Size")
        return size_of(tuple.__add__(self, other))

    def __radd__(self, other: Any) -> Size:
        return size_of(tuple.__add__(other, self)) if isinstance(other, tuple) else NotImplemented

    def __mul__(self, times: Any) -> Size:
        return Size(tuple.__mul__(self, times))

    __rmul__ = __mul__


def size_of(extents: Any = ()) -> Size:
    """`torch.Size(extents)` of a script: TypeError for what is no integer."""
    made = Size(extents)
    for at, extent in enumerate(made):
        if not isinstance(extent, int) and not hasattr(type(extent), "__index__"):
            raise TypeError(f"torch.Size() takes an iterable of 'int' (item {at} is '{type(extent).__name__}')")
    return made


Size.__name__ = "torch.Size"  # as Python's own error texts name it
Size._from_script = staticmethod(size_of)  # type: ignore[attr-defined]

_DEVICE_TYPES = (
    "cpu", "cuda", "ipu", "xpu", "mkldnn", "opengl", "opencl", "ideep", "hip", "ve", "fpga", "maia", "xla", "lazy", "vulkan", "mps",
    "meta", "hpu", "mtia", "privateuseone",
)  # fmt: skip


class device:  # noqa: N801 - PyTorch's own name
    """Where a tensor lives. Only `cpu` holds tensors here.

    >>> device("cpu"), str(device("cuda", 1))
    (device(type='cpu'), 'cuda:1')
    """

    __slots__ = ("index", "type")
    __module__ = "torch"

    type: str
    index: int | None

    def __init__(self, type: Any, index: int | None = None) -> None:
        if isinstance(type, device):
            self.type, self.index = type.type, type.index
            return
        if isinstance(type, int):
            raise RuntimeError(
                "Device index must not be negative" if type < 0 else "Cannot access accelerator device when none is available."
            )
        kind, colon, number = str(type).partition(":")
        if kind not in _DEVICE_TYPES:
            if not type:
                raise RuntimeError("Device string must not be empty")
            if any(letter.isdigit() for letter in kind):
                raise RuntimeError(f"Invalid device string: '{type}'")
            raise RuntimeError(
                f"Expected one of {', '.join(_DEVICE_TYPES)} device type at start of device string: {kind}"
            )
        if colon:
            if not number.isdigit():
                raise RuntimeError(f"Invalid device string: '{type}'")
            index = int(number)
        self.type = kind
        self.index = index

    def __repr__(self) -> str:
        index = "" if self.index is None else f", index={self.index}"
        return f"device(type='{self.type}'{index})"

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))


CPU = device("cpu")


def check_device(wanted: Any) -> device:
    """`wanted` (a device, its name, or None) as the CPU device; RuntimeError for a place that holds no tensors here."""
    if wanted is None:
        return CPU
    found = wanted if isinstance(wanted, device) else device(wanted)
    if found.type == "cuda":
        raise AssertionError("Torch not compiled with CUDA enabled")
    if found.type != "cpu":
        raise RuntimeError(f"tensorsh has no '{found.type}' device; tensors live on 'cpu'")
    return found


class layout:  # noqa: N801
    __slots__ = ("name",)
    __module__ = "torch"

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"


class memory_format(layout):  # noqa: N801
    __slots__ = ()


device.__name__ = "torch.device"
refuse_instances(layout)
refuse_instances(memory_format)

strided = layout("strided")
contiguous_format = memory_format("contiguous_format")
preserve_format = memory_format("preserve_format")
channels_last = memory_format("channels_last")
