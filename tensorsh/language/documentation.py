"""What a value that can be called says about itself: its signatures and its documentation, as plain data.

One source for `help()`, for `name?` and for completion. An operator's comes from its declaration, a script's function's
from its text, a host function's from the host. Nothing is called to find it out.
"""

from __future__ import annotations

import types
from typing import Any, NamedTuple

from tensorsh.language import attributes
from tensorsh.language.functions import Builtin, Function

# A schema's types in the words of a reader; what is not here is shown as it is.
TYPES = {
    "Scalar": "number",
    "ScalarType": "dtype",
    "Layout": "layout",
    "Device": "device",
    "MemoryFormat": "memory format",
    "SymInt": "int",
    "float": "float",
    "Tensor[]": "tensors",
    "Tensor?[]": "tensors",
    "int[]": "ints",
}


class Argument(NamedTuple):
    """A parameter: `kind` is the type in words and `default` the text of the default, both empty where unknown or
    absent. `star` is `*` or `**` for one that takes the rest.
    """

    name: str
    kind: str = ""
    default: str = ""
    keyword_only: bool = False
    positional_only: bool = False
    star: str = ""

    @property
    def text(self) -> str:
        return self.star + self.name + (f"={self.default}" if self.default else "")


class Signature(NamedTuple):
    """One way to call something. `arguments` is None where the host does not tell."""

    name: str
    arguments: tuple[Argument, ...] | None
    returns: str = ""

    @property
    def text(self) -> str:
        """As Python writes it: `softmax(input, dim, *, dtype=None) -> Tensor`."""
        return f"{self.name}({', '.join(self.parts())})" + (f" -> {self.returns}" if self.returns else "")

    def parts(self) -> list[str]:
        """The texts between the commas, `*` and `/` included."""
        if self.arguments is None:
            return ["..."]
        parts: list[str] = []
        starred = False
        last_positional = max((i for i, argument in enumerate(self.arguments) if argument.positional_only), default=-1)
        for index, argument in enumerate(self.arguments):
            if argument.keyword_only and not starred:
                parts.append("*")
                starred = True
            starred = starred or argument.star == "*"
            parts.append(argument.text)
            if index == last_positional:
                parts.append("/")
        return parts


class Documentation(NamedTuple):
    """The signatures of a value, its documentation without common indentation, and what an operator's declaration
    promises: rows of (what it is about, what is promised).
    """

    signatures: tuple[Signature, ...]
    text: str
    promises: tuple[tuple[str, str], ...] = ()

    @property
    def summary(self) -> str:
        """The first sentence, on one line."""
        paragraph = " ".join(self.text.partition("\n\n")[0].split())
        return paragraph


def document(value: Any) -> Documentation | None:
    """The documentation of a function, a method or a type; None for any other value.

    >>> from tensorsh import torch
    >>> document(torch.exp).signatures[0].text
    'exp(input, *, out=None) -> Tensor'
    """
    function = value.function if isinstance(value, Builtin) else value
    bound = isinstance(function, types.MethodType)
    operator = getattr(getattr(function, "__func__", function), "operator", None)
    if operator is not None and hasattr(operator, "schema"):
        return _of_operator(operator, function.__name__, bound)
    if isinstance(value, Function):
        return Documentation((Signature(value.name, _script_arguments(value)),), _clean(value.doc))
    if isinstance(value, Builtin):
        return _of_builtin(value)
    if isinstance(value, type):
        arguments = _host_arguments(attributes.callable_of(value)) if attributes.is_callable(value) else None
        return Documentation((Signature(value.__name__, arguments),), _clean(value.__doc__))
    if isinstance(value, (types.MethodType, types.FunctionType, types.BuiltinFunctionType)) or (
        callable(value) and hasattr(value, "__name__")
    ):
        return Documentation((Signature(value.__name__, _host_arguments(value)),), _clean(value.__doc__))
    return None


def returned_type(documentation: Documentation) -> str:
    """The type that every signature returns (`"Tensor"`), or nothing if it is unknown or they differ."""
    returns = {signature.returns for signature in documentation.signatures}
    return returns.pop() if len(returns) == 1 else ""


def _of_operator(operator: Any, name: str, bound: bool) -> Documentation:
    from tensorsh.language.declared import promises
    from tensorsh.ops import registry

    variant = "method" if bound else "function"
    inplace = name == f"{operator.name}_" and not operator.name.endswith("_")
    overloads = [
        found
        for found in registry.overloads(operator.name, operator.namespace)
        if ("inplace" if inplace else variant) in found.variants
    ] or [operator]
    signatures = tuple(Signature(name, *_operator_arguments(found, bound, inplace)) for found in overloads)
    text = _clean(next((o.doc for o in overloads if o.doc), ""))
    # Overloads differ in their arguments; equal texts come from dtypes that a reader does not see.
    return Documentation(tuple(dict.fromkeys(signatures)), text, promises(overloads, inplace))


def _operator_arguments(operator: Any, bound: bool, inplace: bool) -> tuple[tuple[Argument, ...], str]:
    made = []
    for parameter in operator.schema.parameters if bound or inplace else operator.arguments:
        name = parameter.name
        if name == "self":
            if bound:
                continue
            name = "input"
        made.append(
            Argument(name, type_in_words(parameter.type), default_text(parameter.default), parameter.keyword_only)
        )
    returns = [kind for kind, _ in operator.schema.returns]
    return tuple(made), returns[0] if len(returns) == 1 else f"({', '.join(returns)})" if returns else "None"


def type_in_words(kind: str) -> str:
    """`"int[1]?"` → `"int or ints"`."""
    plain = kind.removesuffix("?")
    if plain in TYPES:
        return TYPES[plain]
    if plain.startswith("int[") and plain[4:5].isdigit():
        return "int or ints"
    return plain


def default_text(default: Any) -> str:
    from tensorsh.ops.schema import REQUIRED

    return "" if default is REQUIRED else repr(default)


def _script_arguments(function: Function) -> tuple[Argument, ...]:
    code = function.code
    first_default = code.argcount - len(function.defaults)
    made = []
    for position, name in enumerate(code.positional):
        default = repr(function.defaults[position - first_default]) if position >= first_default else ""
        made.append(Argument(name, default=default, positional_only=position < code.positional_only))
    if code.vararg is not None:
        made.append(Argument(code.vararg, star="*"))
    for name in code.keyword_only:
        default = repr(function.kwdefaults[name]) if name in function.kwdefaults else ""
        made.append(Argument(name, default=default, keyword_only=True))
    if code.kwarg is not None:
        made.append(Argument(code.kwarg, star="**"))
    return tuple(made)


def _of_builtin(value: Builtin) -> Documentation:
    name = value.name.rpartition(".")[2]
    text = value.signature
    if text is None:
        return Documentation((Signature(name, _host_arguments(value.function)),), _clean(value.doc))
    inside = text[text.index("(") + 1 : text.rindex(")")].removeprefix("$module").removeprefix(", ")
    parts = [part.strip() for part in _split(inside) if part.strip()]
    arguments = []
    keyword_only = False
    slash = parts.index("/") if "/" in parts else -1
    for index, part in enumerate(parts):
        if part == "*":
            keyword_only = True
        elif part != "/":
            label, _, default = part.partition("=")
            bare = label.lstrip("*")
            star = label[: len(label) - len(bare)]
            arguments.append(Argument(bare, "", default, keyword_only and not star, index < slash, star))
            keyword_only = keyword_only or star == "*"
    return Documentation((Signature(name, tuple(arguments)),), _clean(value.doc))


def _split(text: str) -> list[str]:
    """Split at the commas that stand in no quotes and no bracket."""
    parts, depth, quote, start = [], 0, "", 0
    for index, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == "," and not depth:
            parts.append(text[start:index])
            start = index + 1
    return [*parts, text[start:]]


def _host_arguments(function: Any) -> tuple[Argument, ...] | None:
    import inspect

    try:
        parameters = inspect.signature(function).parameters.values() if function is not None else None
    except (TypeError, ValueError):
        parameters = None
    if parameters is None:
        return None
    stars: dict[Any, str] = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    return tuple(
        Argument(
            parameter.name,
            "",
            "" if parameter.default is parameter.empty else repr(parameter.default),
            parameter.kind is parameter.KEYWORD_ONLY,
            parameter.kind is parameter.POSITIONAL_ONLY,
            stars.get(parameter.kind, ""),
        )
        for parameter in parameters
    )


def _clean(text: Any) -> str:
    """A docstring without the indentation of the program that it stands in."""
    if not isinstance(text, str):
        return ""
    lines = text.expandtabs().strip("\n").split("\n")
    margins = [len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()]
    margin = min(margins, default=0)
    cleaned = [lines[0].strip(), *(line[margin:].rstrip() for line in lines[1:])]
    return "\n".join(cleaned).strip()


def named(path: str, environment: Any) -> Any:
    """The value of a name with dots (`torch.nn.functional.relu`), as `help("…")` takes it; NameError if there is none."""
    first, *rest = path.split(".")
    try:
        value = environment.lookup(first)
        for name in rest:
            value = attributes.lookup(value, name)
    except (NameError, AttributeError):
        raise NameError(f"there is nothing called {path!r}") from None
    return value


def help_text(value: Any) -> str:
    """The signatures and the documentation of a function or a type, or the type of a value.

    >>> print(help_text(len), end="")
    len(obj, /)
        Return the number of items in a container.
    """
    found = document(value)
    if found is None:
        found = Documentation((), f"A value of type {type(value).__name__}. dir(x) lists its attributes.")
    heading = "".join(signature.text + "\n" for signature in found.signatures)
    if not found.signatures:
        return found.text + "\n"
    promises = [f"{about}: {said}" for about, said in found.promises]
    lines = [*found.text.splitlines(), *([""] if found.text and promises else []), *promises]
    return heading + "".join(f"    {line}".rstrip() + "\n" for line in lines)
