"""The attribute tables of PyTorch's types: what each has beside its operators, by the name of the type.

A tensor's operators are asked of the registry when a script names one, so that no family is loaded for a table. Types are
registered when a value of one is first looked at; nothing of the runtime is imported for that.
"""

from __future__ import annotations

from typing import Any

from tensorsh.language import attributes

TENSOR = (
    "H", "T", "__bool__", "__complex__", "__contains__", "__float__", "__getitem__", "__index__", "__int__", "__iter__", "__len__",
    "__repr__", "__reversed__", "__setitem__", "__str__", "_base", "_is_view", "_version", "backward", "data", "data_ptr", "detach", "device", "dim", "dtype",
    "element_size", "get_device", "grad", "grad_fn", "imag", "is_complex", "is_conj", "is_contiguous", "is_cpu",
    "is_cuda", "is_floating_point", "is_inference", "is_leaf", "is_meta", "is_mkldnn", "is_neg", "is_nested",
    "is_pinned", "is_quantized", "is_shared", "is_signed", "is_sparse", "item", "itemsize", "layout", "mH", "mT", "name", "nbytes", "ndim",
    "ndimension", "nelement", "numel", "numpy", "output_nr", "pin_memory", "real", "register_hook",
    "register_post_accumulate_grad_hook", "requires_grad", "requires_grad_", "retain_grad", "retains_grad", "shape",
    "share_memory_", "size", "storage_offset", "storage_type", "stride", "tolist", "untyped_storage",
)  # fmt: skip

READABLE: dict[str, tuple[str, ...]] = {
    "Tensor": TENSOR,
    "torch.Size": ("numel",),
    "_Row": ("data_ptr", "device", "element_size", "fill_", "is_shared", "nbytes", "size", "tolist"),
    "TypedStorage": ("dtype", "untyped"),
    "StorageType": ("__name__", "dtype"),
    "torch.device": ("index", "type"),
    "torch.dtype": ("is_complex", "is_floating_point", "is_signed", "itemsize", "to_complex", "to_real"),
    "torch.finfo": ("bits", "dtype", "eps", "max", "min", "resolution", "smallest_normal", "tiny"),
    "torch.iinfo": ("bits", "dtype", "max", "min"),
    "Generator": ("clone_state", "device", "get_state", "initial_seed", "manual_seed", "seed", "set_state"),
    "Node": ("metadata", "name", "next_functions", "register_hook", "register_prehook", "requires_grad"),
    "AccumulateGrad": ("variable",),
    "RemovableHandle": ("remove",),
}
ASSIGNABLE = {"Tensor": ("data", "grad", "imag", "real", "requires_grad")}
# Blocks such as `no_grad()` decorate a function when they are called with it.
CALLABLE = frozenset({"_Block", "LegacyType", "Node"})


def register_type(kind: type) -> None:
    """Register the tables of a type of the runtime and of its bases."""
    for base in kind.__mro__:
        name = base.__name__
        if name == "Tensor":
            attributes.register(
                base,
                TENSOR,
                getters={"storage": _storage_of},
                assign=ASSIGNABLE[name],
                dynamic=tensor_operator,
                dynamic_assign=refuse_assignment,
                dynamic_names=lambda tensor: _registry().index_names("method"),
                class_dynamic=operator_of_type,
            )
        elif name == "NamedResult":
            attributes.register(base, dynamic=named_field, dynamic_names=lambda result: result._fields)
        elif name in READABLE or name in CALLABLE:
            attributes.register(base, READABLE.get(name, ()), callable=name in CALLABLE)


def _storage_of(tensor: Any) -> Any:
    from tensorsh.language.functions import Builtin
    from tensorsh.runtime.shown_storage import typed_storage

    def storage() -> Any:
        return typed_storage(tensor)

    storage.__qualname__ = "Tensor.storage"
    return Builtin("storage", storage)


def _registry() -> Any:
    from tensorsh.ops import registry

    return registry


def tensor_operator(tensor: Any, name: str) -> Any:
    if name.startswith("_") or _registry().method(name) is None:
        raise AttributeError(f"'Tensor' object has no attribute {name!r}", name=name, obj=tensor)
    attributes.add_plain_name(_tensor_type(tensor), name)
    return getattr(tensor, name)


def refuse_assignment(tensor: Any, name: str, new: Any) -> None:
    if name in TENSOR:
        raise AttributeError(f"attribute {name!r} of 'torch._C.TensorBase' objects is not writable", name=name, obj=tensor)
    raise attributes.missing(tensor, name)


def _tensor_type(tensor: Any) -> type:
    return next(base for base in type(tensor).__mro__ if base.__name__ == "Tensor")


def operator_of_type(kind: type, name: str) -> Any:
    if _registry().method(name) is None:
        raise AttributeError(f"type object {kind.__name__!r} has no attribute {name!r}", name=name, obj=kind)
    return getattr(kind, name)


def named_field(result: Any, name: str) -> Any:
    if name not in result._fields:
        raise attributes.missing(result, name)
    return getattr(result, name)
