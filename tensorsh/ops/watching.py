"""Watching operators as they run: for the trace, for the search of the first NaN, for whatever asks next.

A generated wrapper calls its kernel by the name `KERNEL` in a dictionary of its own. While somebody watches, that entry holds a
kernel that tells the observers and then calls the real one; when the last one leaves, every entry is put back. So nothing is
asked and nothing is kept while nobody watches, and a watched call takes the very path of an unwatched one.

Composites are seen too, and what they call stands one deeper. So are the nodes of a backward pass, `x[0]` and `x[1:]`, which take
a short way past the wrappers, and `torch.tensor`, `detach()`, `.data` and `numpy()`, which are no declared operators.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from time import perf_counter
from typing import Any, Literal

from tensorsh.ops import indexing, registry
from tensorsh.runtime import autograd, creation
from tensorsh.runtime.autograd import Node
from tensorsh.runtime.dtype import dtype as DType
from tensorsh.runtime.state import State, current
from tensorsh.runtime.storage import Storage
from tensorsh.runtime.tensor import Tensor

Kind = Literal["op", "view", "composite", "write", "factory", "node"]


class Call:
    """One operator call, or one step of a backward pass (`kind` is `"node"`).

    `name` is the public name with `_` if it works in place, `"[]"` for a basic index, or the node's title. `arguments` are the
    schema's, by name, after conversion: tensors as the caller's, dims counted from the front. `arrays` are what the kernel
    got, brought to the dtype that is computed in; `rounded` is the dtype that what it gives is rounded to, None where that is done. `where` is
    the statement that runs, `depth` how many watched calls this one is inside of.
    """

    __slots__ = ("arguments", "arrays", "depth", "kind", "name", "node", "operator", "rounded", "where")

    def __init__(
        self,
        name: str,
        kind: Kind,
        arguments: dict[str, Any],
        arrays: tuple[Any, ...] = (),
        operator: registry.Operator | None = None,
        node: Node | None = None,
    ) -> None:
        self.name = name
        self.kind = kind
        self.arguments = arguments
        self.arrays = arrays
        self.operator = operator
        self.node = node
        self.rounded: DType | None = None
        self.depth = 0
        self.where: Any = None

    @property
    def inplace(self) -> bool:
        """Whether it writes to its first argument."""
        return self.kind == "write" or (self.operator is not None and self.name != self.operator.name)

    @property
    def tensors(self) -> list[Tensor]:
        """The tensors among the arguments, those in lists too."""
        return list(tensors_in(self.arguments.values()))

    def __repr__(self) -> str:
        return f"<call of {self.name}>"


def tensors_in(values: Any) -> Iterator[Tensor]:
    """The tensors among `values`, those in lists and tuples too."""
    for value in values:
        if type(value) is Tensor:
            yield value
        elif isinstance(value, (list, tuple)):
            yield from tensors_in(value)


class Observer:
    """What is told of each call; a subclass overrides what it wants to hear. Operators that an observer itself calls are not
    observed, and what it raises goes to the script.
    """

    def begin(self, call: Call) -> None:
        """`call` is about to run."""

    def end(self, call: Call, result: Any, seconds: float) -> None:
        """`call` has run. `result` is what its kernel gave: an array or several for `op`, `view` and `factory`, tensors for
        `composite`, the gradients of the inputs for `node`, nothing for `write`. `seconds` is the kernel's time."""

    def failed(self, call: Call, error: BaseException) -> None:
        """`call` raised `error`."""

    def wrote(self, storage: Storage, operator: str, where: Any) -> None:
        """`storage` was written to in place and now has the next version; comes after the `end` of the call that did it."""


class _Watch:
    __slots__ = ("busy", "depth", "observer", "state")

    def __init__(self, observer: Observer, state: State | None) -> None:
        self.observer = observer
        self.state = state
        self.depth = 0
        self.busy = False  # while the observer itself works


_watches: list[_Watch] = []
_put_back: list[Callable[[], None]] = []


@contextmanager
def watch(observer: Observer, state: State | None = None) -> Iterator[None]:
    """Let `observer` hear of every operator that runs in the block; with `state`, of those that run under it only.

    >>> from tensorsh import torch
    >>> class Names(Observer):
    ...     def begin(self, call):
    ...         print("  " * call.depth + call.name)
    >>> x = torch.arange(6.)
    >>> with watch(Names()):
    ...     y = x.view(2, 3).flatten().add_(1)
    view
    flatten
      reshape
        view
    add_
    """
    stop = start(observer, state)
    try:
        yield
    finally:
        stop()


def start(observer: Observer, state: State | None = None) -> Callable[[], None]:
    """Watch from now on until the function that this returns is called."""
    entry = _Watch(observer, state)
    _watches.append(entry)
    if len(_watches) == 1:
        _install()

    def stop() -> None:
        if entry in _watches:
            _watches.remove(entry)
            if not _watches:
                _uninstall()

    return stop


def _install() -> None:
    for wrapper in registry.WRAPPERS:
        _watch_wrapper(wrapper)
    registry.BUILT.append(_watch_wrapper)
    _put_back.append(lambda: registry.BUILT.remove(_watch_wrapper))
    wrote, basic, copied, data = Storage.wrote, indexing._basic, creation._copied, Tensor.__dict__["data"]

    def watched_wrote(self: Storage, operator: str, where: Any) -> None:
        wrote(self, operator, where)
        for entry in _listening():
            _tell(entry, entry.observer.wrote, self, operator, where)

    def watched_basic(self: Tensor, found: Any, how: tuple[Any, ...]) -> Tensor:
        name, index = how[1], how[2][-1]
        given = {"self": self, "index": index} if name == "[]" else {"self": self, "dim": how[2][0], "index": index}
        return _observed(Call(name, "view", given, (self._array,)), basic, (self, found, how), {}, _array)

    def watched_node(node: Node, grad: Any) -> Any:
        return _observed(Call(node.title, "node", {"grad": grad}, (), None, node), node.apply, (grad,), {}, None)

    def watched_copied(data: Any, dtype: Any) -> Tensor:
        given = {"data": data} if isinstance(data, Tensor) else {}
        return _observed(Call("tensor", "factory", given), copied, (data, dtype), {}, _array)

    def watched_data(self: Tensor) -> Tensor:
        return _by_script("data", data.fget, self, (), {})

    _swap(Storage, "wrote", watched_wrote)
    _swap(indexing, "_basic", watched_basic)
    _swap(autograd, "apply_node", watched_node)
    _swap(creation, "_copied", watched_copied)
    _swap(Tensor, "data", property(watched_data, data.fset))
    for name in ("detach", "numpy"):
        _swap(Tensor, name, _watched_method(name, getattr(Tensor, name)))


def _swap(owner: Any, name: str, new: Any) -> None:
    """Put `new` in the place of an attribute until nobody watches."""
    old = vars(owner)[name]
    setattr(owner, name, new)
    _put_back.append(lambda: setattr(owner, name, old))


def _watched_method(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def watched(self: Tensor, *args: Any, **options: Any) -> Any:
        return _by_script(name, method, self, args, options)

    return watched


def _by_script(name: str, function: Any, tensor: Tensor, args: Any, options: dict[str, Any]) -> Any:
    """Observed if a script asks for it; operators use these for ends of their own."""
    caller = sys._getframe(2).f_globals.get("__name__", "")
    if not caller.startswith("tensorsh.language."):
        return function(tensor, *args, **options)
    call = Call(name, "view", {"self": tensor}, (tensor._array,))
    return _observed(call, function, (tensor, *args), options, lambda made: getattr(made, "_array", made))


def _array(made: Tensor) -> Any:
    return made._array


def _uninstall() -> None:
    while _put_back:
        _put_back.pop()()


def _watch_wrapper(wrapper: Any) -> None:
    names = wrapper.__globals__
    op, public = names["OP"], names["PUBLIC"]
    names["WATCHED"] = names["KERNEL"]
    if "MANY" in names:  # the kernel is not called for fewer elements
        many, names["MANY"] = names["MANY"], 0
        _put_back.append(lambda: names.__setitem__("MANY", many))
    parameters = [parameter.name for parameter in op.schema.parameters]

    def watched(*args: Any, **options: Any) -> Any:
        # The wrapper's own variables are the arguments as tensors, where the kernel may get arrays cast to another dtype.
        own = sys._getframe(1).f_locals
        given = {name: own[name] for name in parameters}
        if own.get("out") is not None:
            given["out"] = own["out"]
        call = Call(public, op.kind, given, args, op)
        if op.half and op.dtype != "compare":
            kind = own.get("_kind")  # 2-byte floats are computed with in float32
            call.rounded = kind if kind is not None and kind.half else None
        return _observed(call, names["WATCHED"], args, options, None)

    names["KERNEL"] = watched
    _put_back.append(lambda: names.__setitem__("KERNEL", names.pop("WATCHED")))


def _listening() -> list[_Watch]:
    state = current()
    return [entry for entry in _watches if not entry.busy and (entry.state is None or entry.state is state)]


def _tell(entry: _Watch, hear: Callable[..., None], *what: Any) -> None:
    entry.busy = True
    try:
        hear(*what)
    finally:
        entry.busy = False


def _observed(
    call: Call, function: Callable[..., Any], args: Any, options: dict[str, Any], shown: Callable[[Any], Any] | None
) -> Any:
    listening = _listening()
    if not listening:
        return function(*args, **options)
    call.where = current().where
    for entry in listening:
        call.depth = entry.depth
        _tell(entry, entry.observer.begin, call)
        entry.depth += 1
    began = perf_counter()
    try:
        result = function(*args, **options)
    except BaseException as error:
        for entry in listening:
            entry.depth -= 1
            call.depth = entry.depth
            _tell(entry, entry.observer.failed, call, error)
        raise
    seconds = perf_counter() - began
    for entry in listening:
        entry.depth -= 1
        call.depth = entry.depth
        _tell(entry, entry.observer.end, call, result if shown is None else shown(result), seconds)
    return result
