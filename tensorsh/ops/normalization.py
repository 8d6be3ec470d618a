"""Normalisation: `layer_norm`, `batch_norm`, `group_norm`, `instance_norm`, `rms_norm`, `normalize`, `local_response_norm`.

One formula serves the first three: with `y = (x - mean) / deviation`, the gradient of `x` is that of `y` less its mean and less `y`
times the mean of their product, over the deviation. Kernels compute it from the statistics that the forward pass kept, in PyTorch's
order (aten/src/ATen/native/cpu/layer_norm_kernel.cpp, aten/src/ATen/native/Normalization.cpp); `_input_grad` computes it on tensors,
from `x` alone, so that it can be differentiated.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tensorsh.ops.activation import F
from tensorsh.ops.engine import widen
from tensorsh.ops.refusals import unsupported
from tensorsh.ops.registry import backward, composite, function, op
from tensorsh.ops.summing import sum_over, summed
from tensorsh.ops.writing import check_result_cast
from tensorsh.runtime.dtype import FLOAT, of_array
from tensorsh.runtime.grad_mode import no_grad
from tensorsh.runtime.tensor import Tensor


def _standardised(x: Any, axes: tuple[int, ...], eps: float) -> tuple[Any, Any, Any]:
    """`x` less its mean, over its deviation; the mean, and the deviation's inverse."""
    count = np.array(math.prod([x.shape[i] for i in axes]), x.dtype)
    mean = sum_over(x, axes, True) / count
    apart = x - mean
    inverse = np.reciprocal(np.sqrt(sum_over(np.square(apart), axes, True) / count + np.array(eps, x.dtype)))
    apart *= inverse
    return apart, mean, inverse


def _again(x: Tensor, axes: tuple[int, ...], eps: float) -> tuple[Tensor, Tensor]:
    """`_standardised`, recorded: what is normalised, and the deviation's inverse."""
    apart = x - x.mean(axes, True)
    inverse = ((apart * apart).mean(axes, True) + eps).rsqrt()
    return apart * inverse, inverse


def _needed(found: tuple[Tensor, ...], needs: tuple[bool, ...]) -> tuple[Tensor | None, ...]:
    return tuple(gradient if wanted else None for gradient, wanted in zip(found, needs, strict=True))


def _statistics(x: Tensor, axes: tuple[int, ...], eps: float) -> tuple[Tensor, Tensor]:
    """The mean and the inverse of the deviation, their dimensions kept."""
    mean = x.mean(axes, True)
    return mean, ((x - mean).square().mean(axes, True) + eps).rsqrt()


def _input_grad(grad: Tensor, y: Tensor, inverse: Tensor, axes: tuple[int, ...]) -> Tensor:
    return inverse * (grad - grad.mean(axes, True) - y * (grad * y).mean(axes, True))


def _wide(x: Tensor | None) -> Any:
    """2-byte floats in float32, where the arithmetic of a formula is done."""
    return x.float() if x is not None and x._dtype.half else x


# --- layer_norm ---------------------------------------------------------------------------------------------------------


def _check_layer(input: Any, normalized_shape: tuple[int, ...], weight: Any, bias: Any, comma: str = ", ") -> None:
    if not normalized_shape:
        raise RuntimeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got "
            "normalized_shape = []"
        )
    for name, extra in (("weight", weight), ("bias", bias)):
        if extra is not None and extra.shape != normalized_shape:
            raise RuntimeError(
                f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape {list(extra.shape)} and "
                f"normalized_shape = {list(normalized_shape)}"
            )
    if tuple(input.shape[-len(normalized_shape) :]) != normalized_shape:
        shown = ", ".join(map(str, normalized_shape))
        raise RuntimeError(
            f"Given normalized_shape=[{shown}], expected input with shape [*{comma}{shown}], but got input of size"
            f"[{', '.join(map(str, input.shape))}]"
        )


@op(
    "native_layer_norm(Tensor input, int[] normalized_shape, Tensor? weight, Tensor? bias, float eps) -> (Tensor, "
    "Tensor, Tensor)",
    variants="function", half=True, constant_outputs="result1 result2",
)  # fmt: skip
def native_layer_norm(input: Any, normalized_shape: tuple[int, ...], weight: Any, bias: Any, eps: float) -> Any:
    """`layer_norm`, the mean, and the inverse of the standard deviation.

    >>> torch.native_layer_norm(torch.tensor([1., 3.]), (2,), None, None, 1e-5)
    (tensor([-1.0000,  1.0000]), tensor([2.]), tensor([1.0000]))
    """
    _check_layer(input, normalized_shape, weight, bias)
    if input.dtype.kind in "biuc":
        raise unsupported("LayerNormKernelImpl", input)
    found, mean, inverse = _standardised(input, _last(input.ndim, normalized_shape), eps)
    if weight is not None:
        found = found * weight
    return found if bias is None else found + bias, mean, inverse


def _last(ndim: int, normalized_shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(range(ndim - len(normalized_shape), ndim))


@backward(
    "native_layer_norm_backward(Tensor grad_output, Tensor input, int[] normalized_shape, Tensor? weight, float eps, Tensor mean, "
    "Tensor rstd, any wanted) -> (Tensor, Tensor, Tensor)"
)
def layer_norm_backward(grad_output, input, normalized_shape, weight, eps, mean, rstd, wanted):
    axes = _last(input.ndim, normalized_shape)
    over = tuple(range(axes[0]))
    of_input = of_weight = of_bias = np.zeros(0, grad_output.dtype)
    if wanted[0]:
        count = np.array(math.prod(normalized_shape), input.dtype)
        own = grad_output if weight is None else grad_output * weight
        total = sum_over(own, axes, True)
        slope = (total * mean - sum_over(own * input, axes, True)) * rstd * rstd * rstd / count
        of_input = own * rstd
        of_input += slope * input
        of_input -= slope * mean + total * rstd / count
    if wanted[1]:
        of_weight = sum_over(grad_output * (input - mean) * rstd, over)
    if wanted[2]:
        of_bias = sum_over(grad_output, over)
    return of_input, of_weight, of_bias


@native_layer_norm.vjp("input, weight, bias")
def _(grad, input, normalized_shape, weight, eps, result1, result2, needs):
    return _needed(layer_norm_backward(grad, input, normalized_shape, weight, eps, result1, result2, needs), needs)


@layer_norm_backward.vjp("grad_output, input, weight")
def _(arrived, grad_output, input, normalized_shape, weight, eps, needs):
    from tensorsh.ops.second_derivatives import differentiated

    axes = _last(input.ndim, normalized_shape)

    def slopes(grad, input, weight):
        grad, input, weight = _wide(grad), _wide(input), _wide(weight)
        y, inverse = _again(input, axes, eps)
        over = tuple(range(axes[0]))
        of_weight, of_bias = ((grad * y).sum(over), grad.sum(over)) if over else (grad * y, grad)
        return _input_grad(grad if weight is None else grad * weight, y, inverse, axes), of_weight, of_bias

    return differentiated(slopes, (grad_output, input, weight), arrived, needs)


@composite(
    "layer_norm(Tensor input, int[] normalized_shape, Tensor? weight=None, Tensor? bias=None, float eps=1e-05, "
    "bool cudnn_enable=True) -> Tensor",
    variants="function",
)  # fmt: skip
def layer_norm(input, normalized_shape, weight, bias, eps, cudnn_enable):
    """The input with mean 0 and variance 1 over its last dimensions, scaled by `weight` and moved by `bias`.

    >>> torch.layer_norm(torch.tensor([[1., 3.], [0., 4.]]), (2,))
    tensor([[-1.0000,  1.0000],
            [-1.0000,  1.0000]])
    """
    return native_layer_norm(input, normalized_shape, weight, bias, eps)[0]


@composite(
    "layer_norm(Tensor input, int[] normalized_shape, Tensor? weight=None, Tensor? bias=None, "
    "float eps=1e-05) -> Tensor",
    namespace=F, variants="function",
)  # fmt: skip
def layer_norm_function(input, normalized_shape, weight, bias, eps):
    """The input with mean 0 and variance 1 over its last dimensions, scaled by `weight` and moved by `bias`.

    >>> torch.nn.functional.layer_norm(torch.tensor([[1., 3.], [0., 4.]]), (2,))
    tensor([[-1.0000,  1.0000],
            [-1.0000,  1.0000]])
    """
    return native_layer_norm(input, normalized_shape, weight, bias, eps)[0]


def _rms_norm(input: Tensor, normalized_shape: tuple[int, ...], weight: Tensor | None, eps: float | None) -> Tensor:
    _check_layer(input, normalized_shape, weight, None, comma="")  # PyTorch's text lacks the comma
    if input._dtype.kind < FLOAT:
        raise unsupported("rms_norm", input._array)
    wide = _wide(input)
    if eps is None:
        eps = float(np.finfo(wide._array.dtype).eps)
    found = wide * (wide.pow(2).mean(_last(input.ndim, normalized_shape), True) + eps).rsqrt()
    found = found if found._dtype is input._dtype else found.to(input._dtype)
    return found if weight is None else found * weight


@composite(
    "rms_norm(Tensor input, int[] normalized_shape, Tensor? weight=None, float? eps=None) -> Tensor",
    variants="function", scalars=True,
)  # fmt: skip
def rms_norm(input, normalized_shape, weight, eps):
    """The input over the root of its mean square in the last dimensions, scaled by `weight`.

    >>> torch.rms_norm(torch.tensor([3., 3.]), (2,))
    tensor([1., 1.])
    """
    return _rms_norm(input, normalized_shape, weight, eps)


@composite(
    "rms_norm(Tensor input, int[] normalized_shape, Tensor? weight=None, float? eps=None) -> Tensor",
    namespace=F, variants="function", scalars=True,
)  # fmt: skip
def rms_norm_function(input, normalized_shape, weight, eps):
    """The input over the root of its mean square in the last dimensions, scaled by `weight`.

    >>> torch.nn.functional.rms_norm(torch.tensor([3., 3.]), (2,))
    tensor([1., 1.])
    """
    return _rms_norm(input, normalized_shape, weight, eps)


# --- batch_norm ---------------------------------------------------------------------------------------------------------


def _channels(x: Any, ndim: int) -> Any:
    """A value for each channel, so that it broadcasts along dimension 1."""
    return x if x is None or ndim == 2 else x.reshape((1, -1) + (1,) * (ndim - 2))


@op(
    "_batch_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, "
    "float eps) -> (Tensor, Tensor, Tensor)",
    variants="function", node="NativeBatchNormBackward0", half=True, constant_outputs="result1 result2",
)  # fmt: skip
def _batch_norm(input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, eps: float) -> Any:
    """The kernel of `batch_norm`: by the batch's own statistics, which it gives too, where no running ones are given."""
    if input.dtype.kind in "biuc":
        raise unsupported("batch_norm", input)
    ndim = input.ndim
    none = np.zeros(0, input.dtype)
    if ndim < 2:
        return input.copy(), none, none
    if running_mean is None:
        found, mean, inverse = _standardised(input, (0, *range(2, ndim)), eps)
    else:
        inverse = np.reciprocal(np.sqrt(running_var + np.array(eps, running_var.dtype)))
        found = ((input - _channels(running_mean, ndim)) * _channels(inverse, ndim)).astype(input.dtype, copy=False)
        mean = inverse = none
    if weight is not None:
        found = found * _channels(weight, ndim)
    return found if bias is None else found + _channels(bias, ndim), mean.reshape(-1), inverse.reshape(-1)


@backward(
    "native_batch_norm_backward(Tensor grad_output, Tensor input, Tensor? weight, Tensor? running_mean, Tensor? running_var, float eps, "
    "Tensor mean, Tensor invstd, any wanted) -> (Tensor, Tensor, Tensor)"
)
def batch_norm_backward(grad_output, input, weight, running_mean, running_var, eps, mean, invstd, wanted):
    over = (0, *range(2, input.ndim))
    if running_mean is not None:
        mean, invstd = running_mean, np.reciprocal(np.sqrt(running_var + np.array(eps, running_var.dtype)))
    apart = input - _channels(mean, input.ndim)
    product, total = sum_over(apart * grad_output, over), sum_over(grad_output, over)
    of_input = np.zeros(0, grad_output.dtype)
    if wanted[0]:
        of_input = grad_output
        if running_mean is None:
            count = np.array(input.size // input.shape[1], input.dtype)
            of_input = grad_output - _channels(total / count, input.ndim)
            of_input -= apart * _channels(product * invstd * invstd / count, input.ndim)
        of_input = of_input * _channels(invstd if weight is None else invstd * weight, input.ndim)
    return of_input, product * invstd, total


@_batch_norm.vjp("input, weight, bias")
def _(grad, input, weight, running_mean, running_var, eps, result1, result2, needs):
    if input.ndim < 2:
        return grad, None, None
    found = batch_norm_backward(grad, input, weight, running_mean, running_var, eps, result1, result2, needs)
    return _needed(found, needs)


@batch_norm_backward.vjp("grad_output, input, weight")
def _(arrived, grad_output, input, weight, running_mean, running_var, eps, needs):
    from tensorsh.ops.second_derivatives import differentiated

    axes = (0, *range(2, input.ndim))

    def slopes(grad, input, weight):
        grad, input = _wide(grad), _wide(input)
        of_y = grad if weight is None else grad * _channels(_wide(weight), input.ndim)
        if running_mean is None:
            y, inverse = _again(input, axes, eps)
            of_input = _input_grad(of_y, y, inverse, axes)
        else:
            inverse = _channels((_wide(running_var) + eps).rsqrt(), input.ndim)
            y = (input - _channels(_wide(running_mean), input.ndim)) * inverse
            of_input = of_y * inverse
        return of_input, (grad * y).sum(axes), grad.sum(axes)

    return differentiated(slopes, (grad_output, input, weight), arrived, needs)


def _run_batch_norm(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor | None, running_var: Tensor | None,
    training: bool, momentum: float, eps: float,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """`native_batch_norm` with its checks; in training the running statistics take a step towards the batch's."""
    shape = input._array.shape
    channels = shape[1] if len(shape) > 1 else 0
    for name, extra in (("running_mean", running_mean), ("running_var", running_var), ("weight", weight), ("bias", bias)):
        if extra is None:
            if not training and name.startswith("running"):
                raise RuntimeError(f"{name} must be defined in evaluation mode")
        elif extra.numel() != channels:
            raise RuntimeError(f"{name} should contain {channels} elements not {extra.numel()}")
    found = _batch_norm(input, weight, bias, None if training else running_mean, None if training else running_var, eps)
    if training and (running_mean is not None or running_var is not None):
        x, axes = widen(input._array), (0, *range(2, len(shape)))
        count = x.size // max(channels, 1)
        mean = summed(x, axes, True) / np.array(count, x.dtype)
        if running_mean is not None:
            _step(running_mean, mean.reshape(-1), momentum)
        if running_var is not None:
            _step(running_var, summed(np.square(x - mean), axes) / np.array(count - 1, x.dtype), momentum)
    return found


def _step(running: Tensor, found: Any, momentum: float) -> None:
    """Bring `running` nearer to what was found. PyTorch's kernel writes there too without counting it as a write."""
    check_result_cast(of_array(found), running._dtype)
    running._array[...] = widen(running._array) * (1 - momentum) + found * momentum


_BATCH_NORM = (
    "Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool training, float momentum, "
    "float eps"
)


@composite(f"native_batch_norm({_BATCH_NORM}) -> (Tensor, Tensor, Tensor)", variants="function")
def native_batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps):
    """`batch_norm`, the batch's mean and the inverse of its standard deviation (empty outside training).

    >>> x = torch.tensor([[1., 0.], [3., 4.]])
    >>> torch.native_batch_norm(x, None, None, None, None, True, 0.1, 1e-5)
    (tensor([[-1.0000, -1.0000],
            [ 1.0000,  1.0000]]), tensor([2., 2.]), tensor([1.0000, 0.5000]))
    """
    return _run_batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps)


@composite(f"batch_norm({_BATCH_NORM}, bool cudnn_enabled) -> Tensor", variants="function")
def batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps, cudnn_enabled):
    """The function behind `nn.functional.batch_norm`, with its arguments in another order.

    >>> x = torch.tensor([[1., 0.], [3., 4.]])
    >>> torch.batch_norm(x, None, None, None, None, True, 0.1, 1e-5, False)
    tensor([[-1.0000, -1.0000],
            [ 1.0000,  1.0000]])
    """
    return _run_batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps)[0]


@composite(
    "batch_norm(Tensor input, Tensor? running_mean, Tensor? running_var, Tensor? weight=None, Tensor? bias=None, "
    "bool training=False, float momentum=0.1, float eps=1e-05) -> Tensor",
    namespace=F, variants="function",
)  # fmt: skip
def batch_norm_function(input, running_mean, running_var, weight, bias, training, momentum, eps):
    """Each channel (dimension 1) with mean 0 and variance 1 over the batch, or by the running statistics.

    In training, the running statistics move towards the batch's by `momentum`.

    >>> torch.nn.functional.batch_norm(torch.tensor([[1., 0.], [3., 4.]]), None, None, training=True)
    tensor([[-1.0000, -1.0000],
            [ 1.0000,  1.0000]])
    """
    if training:
        _check_batch(input)
    return _run_batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps)[0]


def _check_batch(input: Tensor) -> None:
    if input.ndim > 1 and input.numel() == input.shape[1]:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {input.shape}")


@composite(
    "instance_norm(Tensor input, Tensor? running_mean=None, Tensor? running_var=None, Tensor? weight=None, "
    "Tensor? bias=None, bool use_input_stats=True, float momentum=0.1, float eps=1e-05) -> Tensor",
    namespace=F, variants="function",
)  # fmt: skip
def instance_norm(input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps):
    """`batch_norm` of each sample on its own.

    >>> torch.nn.functional.instance_norm(torch.tensor([[[1., 3.]]]))
    tensor([[[-1.0000,  1.0000]]])
    """
    if use_input_stats and math.prod(input.shape[2:]) == 1:
        raise ValueError(f"Expected more than 1 spatial element when training, got input size {input.shape}")
    batch, channels = input.shape[:2]

    def repeated(x: Tensor | None) -> Tensor | None:
        return None if x is None else x.repeat(batch)

    mean, var = repeated(running_mean), repeated(running_var)
    flat = input.reshape((1, batch * channels, *input.shape[2:]))
    found = _run_batch_norm(flat, repeated(weight), repeated(bias), mean, var, use_input_stats, momentum, eps)[0]
    if use_input_stats:
        with no_grad():
            for own, new in ((running_mean, mean), (running_var, var)):
                if own is not None and new is not None:
                    own.copy_(new.reshape((batch, channels)).mean(0))
    return found.view(input.shape)


# --- group_norm ---------------------------------------------------------------------------------------------------------


@op(
    "_group_norm(Tensor input, Tensor? weight, Tensor? bias, int group, float eps) -> Tensor",
    variants="function", node="NativeGroupNormBackward0", half=True,
)  # fmt: skip
def _group_norm(input: Any, weight: Any, bias: Any, group: int, eps: float) -> Any:
    """The kernel of `group_norm`."""
    if input.dtype.kind in "biuc":
        raise unsupported("GroupNormKernelImpl", input)
    found = _standardised(input.reshape(*_groups(input.shape, group)), (2,), eps)[0].reshape(input.shape)
    if weight is not None:
        found = found * _channels(weight, input.ndim)
    return found if bias is None else found + _channels(bias, input.ndim)


def _groups(shape: tuple[int, ...], group: int) -> tuple[int, int, int]:
    return shape[0], group, math.prod(shape[1:]) // group


@_group_norm.vjp("input, weight, bias")
def _(grad, input, weight, group, eps, needs):
    grad, input = _wide(grad), _wide(input)
    rows = _groups(input.shape, group)
    y, inverse = _again(input.reshape(rows), (2,), eps)
    of_y = grad if weight is None else grad * _channels(_wide(weight), input.ndim)
    of_input = _input_grad(of_y.reshape(rows), y, inverse, (2,)).reshape(input.shape)
    axes = (0, *range(2, input.ndim))
    of_weight = (grad * y.reshape(input.shape)).sum(axes) if needs[1] else None
    return of_input, of_weight, grad.sum(axes) if needs[2] else None


@composite(
    "native_group_norm(Tensor input, Tensor? weight, Tensor? bias, int N, int C, int HxW, int group, "
    "float eps) -> (Tensor, Tensor, Tensor)",
    variants="function",
)  # fmt: skip
def native_group_norm(input, weight, bias, N, C, HxW, group, eps):  # noqa: N803 - PyTorch's names
    """`group_norm`, and each group's mean and inverse of its standard deviation.

    >>> torch.native_group_norm(torch.tensor([[1., 3., 0., 4.]]), None, None, 1, 4, 1, 2, 1e-5)
    (tensor([[-1.0000,  1.0000, -1.0000,  1.0000]]), tensor([[2., 2.]]), tensor([[1.0000, 0.5000]]))
    """
    mean, inverse = _statistics(_wide(input).reshape((N, group, C * HxW // group)), (2,), eps)
    found = _group_norm(input, weight, bias, group, eps)
    return found, mean.reshape((N, group)).to(input._dtype), inverse.reshape((N, group)).to(input._dtype)


def _checked_group_norm(input: Tensor, num_groups: int, weight: Tensor | None, bias: Tensor | None, eps: float) -> Tensor:
    if input.ndim < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {input.ndim}")
    channels = input.shape[1]
    if num_groups <= 0:
        raise RuntimeError(f"Expected num groups to be greater than 0, got {num_groups}")
    if channels % num_groups:
        raise RuntimeError(
            "Expected number of channels in input to be divisible by num_groups, but got input of shape "
            f"{list(input.shape)} and num_groups={num_groups}"
        )
    for name, extra in (("weight", weight), ("bias", bias)):
        if extra is not None and (extra.ndim != 1 or extra.numel() != channels):
            raise RuntimeError(
                f"Expected {name} to be a vector of size equal to the number of channels in input, but got {name} of shape "
                f"{list(extra.shape)} and input of shape {list(input.shape)}"
            )
    return _group_norm(input, weight, bias, num_groups, eps)


@composite(
    "group_norm(Tensor input, int num_groups, Tensor? weight=None, Tensor? bias=None, float eps=1e-05, "
    "bool cudnn_enabled=True) -> Tensor",
    variants="function",
)  # fmt: skip
def group_norm(input, num_groups, weight, bias, eps, cudnn_enabled):
    """The function behind `nn.functional.group_norm`.

    >>> torch.group_norm(torch.tensor([[1., 3., 0., 4.]]), 2)
    tensor([[-1.0000,  1.0000, -1.0000,  1.0000]])
    """
    return _checked_group_norm(input, num_groups, weight, bias, eps)


@composite(
    "group_norm(Tensor input, int num_groups, Tensor? weight=None, Tensor? bias=None, float eps=1e-05) -> Tensor",
    namespace=F, variants="function",
)  # fmt: skip
def group_norm_function(input, num_groups, weight, bias, eps):
    """The channels (dimension 1) in groups, each group of each sample with mean 0 and variance 1.

    >>> torch.nn.functional.group_norm(torch.tensor([[1., 3., 0., 4.]]), 2)
    tensor([[-1.0000,  1.0000, -1.0000,  1.0000]])
    """
    if input.ndim > 1 and math.prod(input.shape[2:]) * input.shape[0] * (input.shape[1] // max(num_groups, 1)) == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {list(input.shape)}")
    return _checked_group_norm(input, num_groups, weight, bias, eps)


# --- by norms -----------------------------------------------------------------------------------------------------------


@composite(
    "normalize(Tensor input, float p=2.0, int[1] dim=1, float eps=1e-12, Tensor? out=None) -> Tensor",
    namespace=F, variants="function",
)  # fmt: skip
def normalize(input, p, dim, eps, out):
    """The input over its p-norm along `dim`, which counts as at least `eps`.

    >>> torch.nn.functional.normalize(torch.tensor([[3., 4.]]))
    tensor([[0.6000, 0.8000]])
    """
    size = input.norm(p, dim, keepdim=True).clamp_min(eps).expand(input._array.shape)
    return input / size if out is None else function("div")(input, size, out=out)


@composite(
    "local_response_norm(Tensor input, int size, float alpha=0.0001, float beta=0.75, float k=1.0) -> Tensor",
    namespace=F, variants="function",
)  # fmt: skip
def local_response_norm(input, size, alpha, beta, k):
    """The input over a power of the mean square of `size` neighbouring channels (Krizhevsky et al., 2012).

    >>> torch.nn.functional.local_response_norm(torch.tensor([[[2.], [2.]]]), 2, alpha=1., beta=1.)
    tensor([[[0.6667],
             [0.4000]]])
    """
    if input.ndim < 3:
        raise ValueError(f"Expected 3D or higher dimensionality                          input (got {input.ndim} dimensions)")
    if input.numel() == 0:
        return input
    squares = function("constant_pad_nd")(input * input, [0, 0] * (input.ndim - 2) + [size // 2, (size - 1) // 2])
    return input / (squares.unfold(1, size, 1).sum(-1) / size * alpha + k).pow(beta)
