"""What was meant: names, attributes, keys, imports and keyword arguments that look like what was written, and names from elsewhere."""

from __future__ import annotations

import re
from typing import Any

from tensorsh.diagnostics.failure import Hint, describe
from tensorsh.diagnostics.similar import similar
from tensorsh.diagnostics.value_advice import no_gradient
from tensorsh.language import attributes, nodes
from tensorsh.language.absent import absence, module_absence
from tensorsh.language.builtins import REFUSED
from tensorsh.language.documentation import document
from tensorsh.language.environment import Environment
from tensorsh.language.functions import Builtin, Function
from tensorsh.language.namespace import ROOTS, Namespace
from tensorsh.runtime.tensor import Tensor

# Names of libraries that tensorsh does not have, and what it has instead.
ELSEWHERE = {
    "display": "An expression on a line of its own shows its value; print() prints it.",
    "get_ipython": "This is no IPython; its shell has % commands of its own.",
    "plt": "There is no matplotlib here; plot(), hist(), heat() and image() draw in the terminal.",
    "pd": "There is no pandas here.", "tf": "There is no TensorFlow here; torch has the same by other names.",
    "true": "Python writes True.", "false": "Python writes False.", "null": "Python writes None.", "nil": "Python writes None.",
}  # fmt: skip

# Attributes of tensors that somebody may ask a list for.
TENSOR_NAMES = frozenset(
    "shape dtype size ndim dim sum mean max min view reshape t T backward item detach grad numpy".split()
)
# What others call a method of Python's list and str.
PYTHON_SYNONYMS: dict[type, dict[str, str]] = {
    list: {
        **dict.fromkeys(("length", "size", "len"), "len({}) counts."), "push": "A list has push as append.", "add": "A list has add as append.",
        "contains": "`in` asks that, as in 1 in {}.", "delete": "`del {}[0]` deletes by index, and remove(value) by value.",
    },
    tuple: {
        **dict.fromkeys(("length", "size", "len"), "len({}) counts."),
        **dict.fromkeys(("append", "extend", "insert", "remove", "pop", "sort", "reverse"), "A tuple never changes: list({}) makes a list of it."),
    },
    set: dict.fromkeys(("append", "push", "insert"), "A set has this as add."),
    dict: {
        **dict.fromkeys(("length", "size", "len"), "len({}) counts."), **dict.fromkeys(("has_key", "contains"), "`in` asks that, as in 'a' in {}."),
        **dict.fromkeys(("append", "add", "push"), "A key gets its value by assignment: {}['a'] = 1."),
    },
    str: {
        **dict.fromkeys(("length", "size", "len"), "len({}) counts."), "contains": "`in` asks that, as in 'a' in {}.", "trim": "A text has trim as strip.",
        "append": "+ joins texts, as in {} + 'a'.", "toUpper": "A text has toUpper as upper.", "toLower": "A text has toLower as lower.",
        "reverse": "{}[::-1] is the text backwards.",
    },
}  # fmt: skip

# What other libraries call what a tensor has under another name.
TENSOR_SYNONYMS = {
    "astype": "to(dtype)", "copy": "clone()", "length": "numel(), and its first size as len(x)", "len": "numel(), and its first size as len(x)", "rank": "dim()", "ndims": "ndim",
    "dims": "ndim", "dot_product": "dot(other)", "tofloat": "float()", "append": "torch.cat([x, y])", "fill": "fill_(value)",
    "zero_grad": "grad.zero_()", "index": "(x == value).nonzero()", "average": "mean()", "avg": "mean()", "reverse": "flip(0)", "concat": "torch.cat([x, y])",
    "count": "count_nonzero()", "expand_dims": "unsqueeze(dim)", "print": "print(x)", "swapaxis": "swapaxes(0, 1)", "to_list": "tolist()", "to_numpy": "numpy()", "as_numpy": "numpy()", "gradient": "grad",
}  # fmt: skip

# What to do instead of assigning to what a tensor only tells.
NOT_WRITABLE = {
    **{name: f"{{0}}.{name} is made anew each time: {{0}}.{name}.copy_(…), add_(…) … write through it." for name in ("T", "mT", "H", "mH")},
    "shape": "A tensor of another shape is made by {0}.reshape(…).",
    "dtype": "A tensor of another dtype is made by {0}.to(dtype).",
    "grad_fn": "{0}.detach() is without history.",
}

# NumPy's names of functions that torch calls otherwise.
TORCH_SYNONYMS = {
    "array": "tensor", "asnumpy": "tensor.numpy", "power": "pow", "expand_dims": "unsqueeze", "mod": "remainder", "copy": "clone",
    "arcsin2": "asin", "invert": "bitwise_not", "random": "rand", "repeat": "repeat_interleave", "around": "round", "identity": "eye",
}  # fmt: skip

# What one library calls an argument that another has under another name.
KEYWORD_SYNONYMS = {
    "axis": "dim", "axes": "dims", "keepdims": "keepdim", "dim": "axis", "keepdim": "keepdims", "reverse": "descending", "type": "dtype",
}  # fmt: skip

ARGUMENTS = re.compile(r"missing \d+ required|but expected one of|takes .* positional argument|takes no arguments|takes exactly")
_UNEXPECTED = re.compile(r"unexpected keyword argument '(\w+)'|'(\w+)' is an invalid keyword argument")


def operator_of(function: Any) -> Any:
    """The declaration behind a function or method of `torch`; None for any other value."""
    function = function.function if isinstance(function, Builtin) else function
    return getattr(getattr(function, "__func__", function), "operator", None)


def _meant(found: list[str], before: str = "", after: str = "") -> Hint | None:
    """`Did you mean …?`, each name within what stands before and after it."""
    if not found:
        return None
    shown = [before + name + after for name in found]
    return Hint(f"Did you mean {' or '.join([', '.join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)}?")


def name_hint(node: nodes.Node, environment: Environment, called: Function | None) -> Hint | None:
    name = node.id if isinstance(node, nodes.Name) else None
    if name is None or name in REFUSED:  # of which the error itself says what to do instead
        return None
    own = _local_names(called) if called is not None else []
    # A script's own names come first: they are nearer at hand than a thousand functions.
    scripts = similar(name, {*own, *environment.globals})
    if scripts:
        return _meant(scripts)
    if name in ELSEWHERE:
        return Hint(ELSEWHERE[name])
    inner = _in_submodules(name)
    if inner:
        return Hint(f"{name} is in a submodule: {' or '.join(inner)}.")
    found = similar(name, (n for n in environment.names() if not n.startswith("_")))
    return _meant(found or [path for near in similar(name, _submodule_names()) for path in _in_submodules(near)])


def _submodule_names() -> set[str]:
    from tensorsh.ops.index import FAMILIES

    return {path.rpartition(".")[2] for path in FAMILIES if "." in path and "._" not in f".{path}"}


def _local_names(function: Function) -> set[str]:
    found = set(function.code.parameters)
    todo: list[nodes.Node] = [function.code.node]
    while todo:
        part = todo.pop()
        if isinstance(part, nodes.Assign):
            found.update(target.id for target in part.targets if isinstance(target, nodes.Name))
        todo += nodes.children(part)
    return found


def _in_submodules(name: str) -> list[str]:
    """Where in `torch`'s submodules a name is that `torch` itself does not have: `torch.nn.functional.softplus`."""
    from tensorsh.ops.index import FAMILIES

    found = {f"torch.{path}" for path in FAMILIES if path.endswith(f".{name}") and "._" not in f".{path}"}
    return sorted(found)[:3]


def attribute_hint(
    error: AttributeError, node: nodes.Node, values: dict[str, Any], text: str, environment: Environment
) -> Hint | None:
    """For a name that the value of the code `text` does not have."""
    # On an assignment, and on a call's method, the value noted is the one that lacks the name.
    name = error.name or (node.attr if isinstance(node, nodes.Attribute) else None)
    if name is None or "value" not in values:
        return None
    value = values["value"]
    if isinstance(value, Tensor) and name in NOT_WRITABLE and "not writable" in str(error):
        return Hint(NOT_WRITABLE[name].format(text or "x"))
    if value is None and text.endswith(".grad"):
        return no_gradient(text)
    if isinstance(value, dict) and name in value:
        return Hint("A dictionary's keys stand in square brackets.", ((f"{text}[{name!r}]", ""),))
    if type(value) in (list, tuple) and name in TENSOR_NAMES and describe(value).text is not None:
        return Hint(
            f"{text or 'This'} is a {type(value).__name__}.", ((f"torch.tensor({text}).{name}", ""),) if text else ()
        )
    if isinstance(value, (int, float)) and name in TENSOR_NAMES:
        why = ": item() and float() leave gradients behind" if name in ("backward", "grad", "detach") else ""
        return Hint(f"{text or 'This'} is a Python number, not a tensor{why}.")
    if describe(value).kind == "array" and name not in attributes.names(value) and name in attributes.names(Tensor):
        return Hint(
            f"{text or 'This'} is NumPy's array, not a tensor.", ((f"torch.from_numpy({text}).{name}", ""),) if text else ()
        )
    if type(value) in PYTHON_SYNONYMS and name in PYTHON_SYNONYMS[type(value)]:
        return Hint(PYTHON_SYNONYMS[type(value)][name].format(text or "x"))
    if type(value).__name__.startswith("torch.return_types") and name in attributes.names(Tensor):
        return Hint(f"It holds values and indices: did you mean {text}.values.{name}?")
    known = [known for known in attributes.names(value) if not known.startswith("_")]
    if describe(value).kind == "tensor" and name in TENSOR_SYNONYMS:
        return Hint(f"A tensor has {name} as {TENSOR_SYNONYMS[name]}.")
    if isinstance(value, Tensor) and name in environment.extra:
        return Hint(f"{name} is a function here: {name}({text or 'x'}).")
    if isinstance(value, Namespace) and value.name == "torch" and name in attributes.names(Tensor):
        return Hint(f"{name} belongs to tensors: x.{name}, of a tensor x.")
    # A name that PyTorch has was hardly mistyped.
    owner = value.name if isinstance(value, Namespace) else "Tensor" if isinstance(value, Tensor) else ""
    missing = absence(owner, name) if owner else None
    if missing is not None:
        return Hint(missing)
    found = similar(name, known)
    if found:
        return _meant(found, f"{text}." if text and len(text) <= 30 else "")
    if describe(value).kind == "tensor" and similar(name, TENSOR_SYNONYMS):
        return Hint(
            f"A tensor has {similar(name, TENSOR_SYNONYMS)[0]} as {TENSOR_SYNONYMS[similar(name, TENSOR_SYNONYMS)[0]]}."
        )
    if isinstance(value, Namespace) and name in TORCH_SYNONYMS and TORCH_SYNONYMS[name] in value.names:
        return Hint(f"torch calls it {TORCH_SYNONYMS[name]}.")
    if isinstance(value, Namespace):
        inner = _in_submodules(name)
        if inner:
            return Hint(f"{name} is in a submodule: {' or '.join(inner)}.")
    return None


def key_hint(values: dict[str, Any]) -> Hint | None:
    container, key = values.get("value"), values.get("index")
    if not isinstance(container, dict):
        return None
    keys = [key for key in container if isinstance(key, str)]
    found = similar(key, keys) if isinstance(key, str) else []
    if found:
        return _meant(list(map(repr, found)))
    few = len(keys) == len(container) <= 8
    return Hint(f"It has {', '.join(map(repr, keys))}.") if few and keys else None


def import_hint(error: ImportError, message: str, environment: Environment) -> Hint | None:
    wanted = re.search(r"cannot import name '(\w+)' from '([\w.]+)'", message)
    if wanted is None:
        owner, _, name = (error.name or "").rpartition(".")
        if owner:
            missing = absence(owner, name)
            return Hint(missing) if missing else None
        return _meant(similar(name, ROOTS)) or Hint(module_absence(name))
    missing = absence(wanted[2], wanted[1])
    if missing is not None:
        return Hint(missing)
    from tensorsh.language.namespace import import_module

    space = import_module(wanted[2], environment)[1]
    return _meant(similar(wanted[1], (name for name in space.names if not name.startswith("_"))))


def unexpected(message: str, values: dict[str, Any]) -> str | None:
    """The keyword that a call has and its callee has not."""
    matched = _UNEXPECTED.search(message)
    if matched is not None:
        return matched[1] or matched[2]
    op = operator_of(values.get("func"))
    if op is None or "invalid combination of arguments" not in message:
        return None
    from tensorsh.ops import registry

    known = {parameter.name for overload in registry.overloads(op.name, op.namespace) for parameter in overload.arguments}
    return next((name for name in values.get("keywords", ()) if name not in known), None)


def keyword_hint(given: str, values: dict[str, Any]) -> Hint | None:
    """For a keyword `given` that the callee does not have."""
    found = document(values["func"]) if "func" in values else None
    if found is None:
        return None
    func = values["func"]
    if given in KEYWORD_SYNONYMS and any(
        argument.name == KEYWORD_SYNONYMS[given] for signature in found.signatures for argument in signature.arguments or ()
    ):
        return Hint(f"Did you mean {KEYWORD_SYNONYMS[given]}=?")
    if isinstance(func, Builtin) and operator_of(func) is None:
        from tensorsh.ops import registry

        if any(
            parameter.name == given for overload in registry.overloads(func.name) for parameter in overload.arguments
        ):
            return Hint(f"{func.name} is Python's own. PyTorch's is torch.{func.name}, or a tensor's method.")
    known = {
        argument.name
        for signature in found.signatures
        for argument in signature.arguments or ()
        if not argument.star and not argument.positional_only
    }
    meant = similar(given, known)
    # `dims` for `dim`, which differ by more than a third of their letters.
    meant = meant or sorted(name for name in known if len(name) > 2 and (name in given or given in name))
    if meant:
        return _meant(meant, after="=")
    return signature_hint(values)


def signature_hint(values: dict[str, Any]) -> Hint | None:
    """What a call takes."""
    found = document(values["func"]) if "func" in values else None
    if found is None or not found.signatures:
        return None
    text = found.signatures[0].text.partition(" -> ")[0]
    return None if text.endswith("(*args, **kwargs)") else Hint(f"It takes {text}.")
