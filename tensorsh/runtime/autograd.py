"""The autograd graph and the engine that walks it backward.

A `Node` is the derivative of one recorded operator call. Its edges go to `(node, output number)` of whatever produced its
inputs, with an `AccumulateGrad` node at each leaf, and never to tensors. Every node takes a number when it is made, and a node
is always made after the nodes its edges point to. Taking the highest number first is therefore a topological order: when a
node is taken, all of its gradients have arrived. One heap does what PyTorch's engine does with a dependency count.

Summing a gradient back over broadcast dimensions, and bringing it to its input's dtype, stands once: in `fit`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from heapq import heappop, heappush
from operator import attrgetter
from typing import TYPE_CHECKING, Any
from weakref import ref

from tensorsh.runtime.dtype import COMPLEX
from tensorsh.runtime.state import current
from tensorsh.runtime.tape import CALLS_KEPT, SMALL

if TYPE_CHECKING:
    from tensorsh.runtime.dtype import dtype
    from tensorsh.runtime.tensor import Tensor

next_sequence = itertools.count(1).__next__

# While somebody watches (`ops.watching`), what applies each node of a backward pass in place of `node.apply`.
apply_node: Callable[[Node, Any], Sequence[Any]] | None = None

latest_write = 0  # the number of the latest write to memory that has several version counters; set by `storage`

Edge = tuple["Node", int]

FREED = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they have already been "
    "freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify "
    "retain_graph=True if you need to backward through the graph a second time or if you need to access saved tensors after "
    "calling backward."
)


class Hooks:
    """The rare part of a node: functions that see its gradients."""

    __slots__ = ("captures", "post", "pre", "tensor")

    def __init__(self) -> None:
        self.tensor: dict[int, tuple[int, Callable[[Any], Any]]] = {}  # id -> (output number, function)
        self.captures: dict[int, Tensor] = {}  # output number -> tensor that called retain_grad()
        self.pre: dict[int, Callable[[Any], Any]] = {}
        self.post: dict[int, Callable[[Any, Any], Any]] = {}


class RemovableHandle:
    """What `register_hook` gives back; `remove()` takes the hook away."""

    __slots__ = ("_hooks", "_key")
    __module__ = "torch.utils.hooks"
    _keys = itertools.count()

    def __init__(self, hooks: dict[int, Any], hook: Any) -> None:
        self._hooks = hooks
        self._key = next(self._keys)
        hooks[self._key] = hook

    def remove(self) -> None:
        self._hooks.pop(self._key, None)


# How many edges PyTorch's nodes have for operators whose other operand was a number; ours have an empty one for the number.
_WITH_NUMBER = {
    "PowBackward0": 1, "PowBackward2": 1, "RsubBackward1": 1, "RemainderBackward0": 1, "FmodBackward0": 1, "XlogyBackward1": 1,
    "XlogyBackward2": 1, "SpecialXlog1PyBackward1": 1, "SpecialXlog1PyBackward2": 1, "ClampBackward1": 1, "ClampMinBackward0": 1,
    "ClampMaxBackward0": 1, "CopysignBackward1": 1, "FillBackward2": 1, "LerpBackward0": 2, "AddBackward1": 1, "SubBackward1": 1,
    "MulBackward1": 1, "DivBackward1": 1,
}  # fmt: skip


# Nodes whose classes PyTorch writes by hand; their names say where.
_ENGINES_OWN = frozenset({"AccumulateGrad", "CopySlices", "NotImplemented"})


class Node:
    """The derivative of one recorded call.

    `edges` has an edge, or None, for each tensor input. `shape` and `dtype` describe the output whose gradient arrives (lists of
    them where `many`). `saved` names the slots that hold saved values, `freed` those of them that a pass frees;
    `where` is the statement that made the node, `operator` the declaration that its derivative stands in (None for nodes of the engine's own).
    """

    __slots__ = ("__weakref__", "dtype", "edges", "hooks", "sequence", "shape", "where")

    many = False  # whether there are several outputs, and gradients arrive as a list
    saved: tuple[str, ...] = ()
    freed: tuple[str, ...] = ()
    title = "Node"
    operator: Any = None

    edges: tuple[Edge | None, ...]
    hooks: Hooks | None
    sequence: int
    shape: Any
    dtype: Any
    where: Any

    def name(self) -> str:
        return f"torch::autograd::{self.title}" if self.title in _ENGINES_OWN else self.title

    def apply(self, grad: Any) -> Sequence[Any]:
        """The gradients of the inputs, one for each edge, from the gradient of the output."""
        raise NotImplementedError

    def release(self) -> None:
        """Let go of what is saved."""

    @property
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        shown = list(self.edges)
        for _ in range(len(shown) - _WITH_NUMBER.get(self.title, len(shown))):
            shown.remove(None)
        return tuple((None, 0) if edge is None else edge for edge in shown)

    def __call__(self, *grads: Any) -> Any:
        """The gradients of the inputs: what a backward pass gets from this node. One comes alone, several as a tuple."""
        state = current()
        previous, state.formula = state.formula, state.grad_enabled
        try:
            found = self.apply(list(grads) if self.many else grads[0])
        finally:
            state.formula = previous
        return found[0] if len(found) == 1 else tuple(found)

    @property
    def requires_grad(self) -> bool:
        return True

    @property
    def metadata(self) -> dict[str, Any]:
        return {}

    def hooked(self) -> Hooks:
        if self.hooks is None:
            self.hooks = Hooks()
        return self.hooks

    def register_hook(self, hook: Callable[[Any, Any], Any]) -> RemovableHandle:
        return RemovableHandle(self.hooked().post, hook)

    def register_prehook(self, hook: Callable[[Any], Any]) -> RemovableHandle:
        return RemovableHandle(self.hooked().pre, hook)

    def __repr__(self) -> str:
        return f"<{self.title} object at {id(self):#x}>"


class AccumulateGrad(Node):
    """Where a leaf's gradient is added to `.grad`."""

    __slots__ = ("variable",)
    title = "AccumulateGrad"

    def __init__(self, variable: Tensor) -> None:
        self.variable = variable
        self.edges = ()
        self.sequence = next_sequence()
        self.shape = variable._array.shape
        self.dtype = variable._dtype
        self.hooks = None
        self.where = None

    def apply(self, grad: Tensor) -> Sequence[Any]:
        variable = self.variable
        meta = variable.meta()
        held = meta.grad
        state = current()
        if held is None:
            meta.grad = _own(grad)
            meta.calls = [(state.where, state.roots)]
        else:
            _note_call(meta, state, held, grad)
            if state.grad_enabled:
                meta.grad = held + grad
            else:
                # In place, so that whoever holds `.grad` sees it grow, as in PyTorch.
                held.add_(grad)
        meta.backward_calls += 1
        if meta.accumulate_hooks:
            previous, state.formula = state.formula, False
            for hook in list(meta.accumulate_hooks.values()):
                hook(variable)
            state.formula = previous
        return ()


def _note_call(meta: Any, state: Any, held: Tensor, grad: Tensor) -> None:
    """Remember what a pass is about to add to a `.grad` that there is already."""
    if meta.calls is None:
        meta.calls = []
    if grad._array.size <= SMALL:
        meta.calls.append((state.where, state.roots, held._array.copy(), grad._array.copy()))
    else:
        meta.calls.append((state.where, state.roots))
    if len(meta.calls) > CALLS_KEPT:
        del meta.calls[0]


def _own(grad: Tensor) -> Tensor:
    """`grad` as a tensor that shares memory with no other: a leaf must be able to write to its own `.grad`."""
    if current().grad_enabled:
        return grad.new_empty(grad._array.shape).copy_(grad)
    array = grad._array
    return grad._alias(array.copy() if array.ndim == 0 or not array.flags.c_contiguous else array.copy("K"))


def accumulator(leaf: Tensor) -> AccumulateGrad:
    """The leaf's `AccumulateGrad`; kept weakly by the leaf, since it holds the leaf."""
    meta = leaf.meta()
    node = meta.accumulator() if meta.accumulator is not None else None
    if node is None:
        node = AccumulateGrad(leaf)
        meta.accumulator = ref(node)
        if meta.tensor_hooks is not None:
            node.hooked().tensor = meta.tensor_hooks
    return node


def edge_of(tensor: Tensor) -> Edge | None:
    """Where the gradient of `tensor` goes; None if it needs none."""
    if not tensor._requires_grad:
        return None
    node = tensor._grad_fn if tensor._view is None else tensor.grad_fn
    if node is None:
        if tensor._view is not None and tensor._view[0]._requires_grad:
            return None  # a view made while nothing was recorded
        return (accumulator(tensor), 0)
    return (node, tensor._output_nr)


# --- saved tensors ---------------------------------------------------------------------------------------------------


def version_of(tensor: Any) -> int:
    storage = tensor._storage
    return 0 if storage is None else storage.version


def saved_version(tensor: Any) -> int:
    """The version of a tensor that is saved for the backward pass."""
    storage = tensor._storage
    if storage is None:
        return 0
    if storage.inference:
        raise RuntimeError(
            "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in computation "
            "tracked by autograd. To work around this, you can make a clone to get a normal tensor and use it in autograd, or use "
            "`torch.no_grad()` instead of `torch.inference_mode()`."
        )
    return int(storage.version)


def modified(tensor: Tensor, expected: int, node: Node, own: bool = False) -> RuntimeError:
    """PyTorch's error for a value saved by `node` (`own`: its own result) that was written to; it carries the facts for an
    explanation in `tensorsh_saved`."""
    kind = f"torch.{tensor._dtype.title}Tensor {list(tensor._array.shape)}"
    source = node if own else tensor.grad_fn
    origin = "" if source is None else f", which is output {tensor._output_nr if not own else 0} of {_native_name(source)},"
    error = RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"[{kind}]{origin} is at version {version_of(tensor)}; expected version {expected} instead. Hint: enable anomaly "
        "detection to find the operation that failed to compute its gradient, with "
        "torch.autograd.set_detect_anomaly(True, check_nan=False)."
    )
    error.tensorsh_saved = (tensor, expected, node)  # type: ignore[attr-defined]
    return error


def _native_name(node: Node) -> str:
    """A node's name as PyTorch's own messages write it: `Exp`, `torch::autograd::CopySlices`."""
    name, found, number = node.title.rpartition("Backward")
    return name if found and number.isdigit() else f"torch::autograd::{node.title}"


# --- the engine ------------------------------------------------------------------------------------------------------


def fit(grad: Tensor, shape: tuple[int, ...], wanted: dtype, node: Node | None = None) -> Tensor:
    """`grad` summed over the dimensions that broadcasting added or stretched, in the dtype of what it is the gradient of."""
    if grad._array.shape != shape:
        grad = sum_to(grad, shape, node)
    if grad._dtype is not wanted:
        if grad._dtype.kind == COMPLEX and wanted.kind != COMPLEX:
            grad = grad.real
        grad = grad.to(wanted)
    return grad


def sum_to(grad: Tensor, shape: tuple[int, ...], node: Node | None = None) -> Tensor:
    """`grad` summed down to `shape`, from which it must have been broadcast."""
    own = grad._array.shape
    extra = len(own) - len(shape)
    if extra > 0 and own[extra:] == shape and not grad._requires_grad:
        return grad.sum(0 if extra == 1 else tuple(range(extra)))  # in one step, where no graph is to show two
    stretched = [extra + i for i, n in enumerate(shape) if n == 1 and own[extra + i] != 1] if extra >= 0 else []
    if extra < 0 or any(n != 1 and n != own[extra + i] for i, n in enumerate(shape)):
        label = "" if node is None else node.title
        raise RuntimeError(
            f"Function {label} returned an invalid gradient at index 0 - got {list(own)} but expected shape compatible "
            f"with {list(shape)}"
        )
    if extra and not shape:
        return grad.sum()
    if stretched or extra:
        grad = grad.sum((*range(extra), *stretched), keepdim=True)
    return grad.reshape(shape) if extra else grad


def run_backward(
    roots: Iterable[tuple[Node, int, Tensor]],
    keep_graph: bool = False,
    create_graph: bool = False,
    targets: Sequence[Edge] | None = None,
    accumulate: bool = True,
) -> list[Tensor | None]:
    """Walk the graph from `roots` and give each node its gradient.

    Without `targets` every leaf's `.grad` grows. With `targets` only what leads to them is walked, and their gradients are
    returned in order (None where none arrived); with `accumulate` leaves among them have `.grad` grown too.
    """
    roots = list(roots)
    needed = None if targets is None else leading_to([node for node, _, _ in roots], {node for node, _ in targets})
    wanted: dict[Edge, Any] = {} if targets is None else {edge: None for edge in targets}
    wanted_nodes = {node for node, _ in wanted}
    heap: list[tuple[int, Node]] = []
    buffers: dict[Node, Any] = {}

    def deposit(node: Node, number: int, grad: Tensor) -> None:
        held = buffers.get(node)
        if node.many:
            if held is None:
                held = buffers[node] = [None] * len(node.shape)
                heappush(heap, (-node.sequence, node))
            held[number] = grad if held[number] is None else held[number] + grad
        elif held is None:
            buffers[node] = grad
            heappush(heap, (-node.sequence, node))
        else:
            buffers[node] = held + grad

    state = current()
    previous = state.grad_enabled, state.formula, state.roots
    state.grad_enabled = state.formula = create_graph
    state.roots = tuple([node.sequence for node, _, _ in roots])
    written = latest_write
    try:
        for node, number, grad in roots:
            deposit(node, number, grad)
        while heap:
            node = heappop(heap)[1]
            grad = buffers.pop(node)
            if node.hooks is not None:
                state.formula = False
                grad = _before(node, grad)
                state.formula = create_graph
            if node in wanted_nodes:
                for edge in wanted:
                    if edge[0] is node:
                        wanted[edge] = grad[edge[1]] if node.many else grad
                if not node.edges and not accumulate:
                    continue
            if needed is not None and node not in needed:
                continue
            if node.sequence < written and state.stale is not None and state.stale(node, grad, buffers):
                written = 0  # once in a pass
            grads = node.apply(grad) if apply_node is None else apply_node(node, grad)
            if state.anomaly == "nan":
                _look_for_nan(node, grads)
            if node.hooks is not None and node.hooks.post:
                state.formula = False
                grads = _after(node, grads, grad)
                state.formula = create_graph
            for target_edge, value in zip(node.edges, grads, strict=True):
                if target_edge is None or value is None:
                    continue
                target, number = target_edge
                if needed is not None and target not in needed:
                    continue
                if target.many:
                    shape, kind = target.shape[number], target.dtype[number]
                else:
                    shape, kind = target.shape, target.dtype
                if value._dtype is not kind or value._array.shape != shape:
                    value = fit(value, shape, kind, node)
                # Most nodes have one consumer: `deposit`, without the call.
                if target.many or target in buffers:
                    deposit(target, number, value)
                else:
                    buffers[target] = value
                    heappush(heap, (-target.sequence, target))
            if not keep_graph:
                node.release()
    finally:
        state.grad_enabled, state.formula, state.roots = previous
    return [wanted[edge] for edge in targets] if targets is not None else []


_sequence = attrgetter("sequence")


def leading_to(roots: list[Node], targets: set[Node]) -> set[Node]:
    """The nodes from which a target can be reached, targets included."""
    seen = set(roots)
    pending = list(seen)
    while pending:
        for edge in pending.pop().edges:
            if edge is not None and edge[0] not in seen:
                seen.add(edge[0])
                pending.append(edge[0])
    leading = targets & seen
    for node in sorted(seen, key=_sequence):
        for edge in node.edges:
            if edge is not None and edge[0] in leading:
                leading.add(node)
                break
    return leading


def _before(node: Node, grad: Any) -> Any:
    """Tensor hooks, node pre-hooks and `retain_grad`, in PyTorch's order."""
    hooks = node.hooks
    assert hooks is not None
    grads = list(grad) if node.many else [grad]
    for number, hook in list(hooks.tensor.values()):
        if grads[number] is not None:
            changed = hook(grads[number])
            if changed is not None:
                grads[number] = _checked(changed, grads[number], hook)
    for pre in list(hooks.pre.values()):
        changed = pre(tuple(grads))
        if changed is not None:
            grads = list(changed) if isinstance(changed, (tuple, list)) else [changed]
    for number, tensor in hooks.captures.items():
        if grads[number] is not None:
            meta = tensor.meta()
            meta.grad = grads[number].clone() if meta.grad is None else meta.grad + grads[number]
    return grads if node.many else grads[0]


def _look_for_nan(node: Node, grads: Sequence[Any]) -> None:
    """Stop the pass at the first node that makes a NaN, and say where it was made."""
    for number, grad in enumerate(grads):
        if grad is not None and (grad._array != grad._array).any():
            import warnings

            where = getattr(node.where, "span", None)
            line = f"\n  line {where.line}" if where is not None else ""
            warnings.warn(
                f"Error detected in {node.title}. Traceback of forward call that caused the error:{line}", UserWarning, stacklevel=4
            )
            raise RuntimeError(f"Function '{node.title}' returned nan values in its {number}th output.")


def _checked(changed: Any, grad: Tensor, hook: Any) -> Any:
    """What a hook made of a gradient, if it is one."""
    if not hasattr(changed, "_array"):
        raise TypeError(f"expected Variable, but hook returned '{type(changed).__name__}'")
    if changed._array.shape != grad._array.shape:
        raise RuntimeError(f"hook '{getattr(hook, '__name__', type(hook).__name__)}' has changed the size of value")
    if changed._dtype is not grad._dtype:
        raise RuntimeError(f"hook '{getattr(hook, '__name__', type(hook).__name__)}' has changed the type of value")
    return changed


def _after(node: Node, grads: Sequence[Any], grad: Any) -> Sequence[Any]:
    assert node.hooks is not None
    inputs = tuple(grad) if node.many else (grad,)
    for hook in list(node.hooks.post.values()):
        changed = hook(tuple(grads), inputs)
        if changed is not None:
            grads = list(changed) if isinstance(changed, (tuple, list)) else [changed]
    return grads
