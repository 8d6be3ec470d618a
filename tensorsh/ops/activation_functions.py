"""Activations as functions: those of `torch.nn.functional`, in place or not, and `torch.selu`, `celu` and `prelu`, which call the
operators of `activation`.
"""

from __future__ import annotations

from typing import Any

from tensorsh.ops.activation import CORE, F, celu_core, glu_core, prelu_kernel, relu
from tensorsh.ops.activation import threshold as threshold_core
from tensorsh.ops.registry import Operator, composite
from tensorsh.runtime.tensor import Tensor

SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


def _apply(core: Operator, inplace: bool, *args: Any, **kwargs: Any) -> Tensor:
    return core.made("inplace" if inplace else "function")(*args, **kwargs)


@composite("relu(Tensor input, bool inplace=False) -> Tensor", namespace=F, variants="function")
def relu_function(input, inplace):
    """The positive part: `max(x, 0)`.

    >>> torch.nn.functional.relu(torch.tensor([-1., 2.]))
    tensor([0., 2.])
    """
    return _apply(relu, inplace, input)


@composite("relu6(Tensor input, bool inplace=False) -> Tensor", namespace=F, variants="function")
def relu6(input, inplace):
    """`min(max(x, 0), 6)`.

    >>> torch.nn.functional.relu6(torch.tensor([-1., 2., 8.]))
    tensor([0., 2., 6.])
    """
    return _apply(CORE["hardtanh"], inplace, input, 0, 6)


@composite(
    "leaky_relu(Tensor input, float negative_slope=0.01, bool inplace=False) -> Tensor",
    namespace=F, variants="function",
)  # fmt: skip
def leaky_relu(input, negative_slope, inplace):
    """`x` where it is positive, else `negative_slope * x`.

    >>> torch.nn.functional.leaky_relu(torch.tensor([-1., 2.]), 0.1)
    tensor([-0.1000,  2.0000])
    """
    return _apply(CORE["leaky_relu"], inplace, input, negative_slope)


@composite("elu(Tensor input, float alpha=1.0, bool inplace=False) -> Tensor", namespace=F, variants="function")
def elu(input, alpha, inplace):
    """`x` where it is positive, else `alpha * (exp(x) - 1)`.

    >>> torch.nn.functional.elu(torch.tensor([-1., 2.]))
    tensor([-0.6321,  2.0000])
    """
    return _apply(CORE["elu"], inplace, input, alpha)


@composite("selu(Tensor self) -> Tensor", variants="function inplace")
def torch_selu(self):
    """`elu` scaled so that mean 0 and variance 1 are kept (Klambauer et al., 2017).

    >>> torch.selu(torch.tensor([-1., 2.]))
    tensor([-1.1113,  2.1014])
    """
    return CORE["elu"](self, SELU_ALPHA, SELU_SCALE)


@composite("selu(Tensor input, bool inplace=False) -> Tensor", namespace=F, variants="function")
def selu(input, inplace):
    """`elu` scaled so that mean 0 and variance 1 are kept (Klambauer et al., 2017).

    >>> torch.nn.functional.selu(torch.tensor([-1., 2.]))
    tensor([-1.1113,  2.1014])
    """
    return _apply(CORE["elu"], inplace, input, SELU_ALPHA, SELU_SCALE)


def _celu(input: Tensor, alpha: float, inplace: bool) -> Tensor:
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    return _apply(celu_core, inplace, input, alpha)


@composite("celu(Tensor self, Scalar alpha=1.0) -> Tensor", variants="function inplace")
def torch_celu(self, alpha):
    """`x` where it is positive, else `alpha * (exp(x / alpha) - 1)`.

    >>> torch.celu(torch.tensor([-1., 2.]))
    tensor([-0.6321,  2.0000])
    """
    return _celu(self, alpha, False)


@composite("celu(Tensor input, float alpha=1.0, bool inplace=False) -> Tensor", namespace=F, variants="function")
def celu(input, alpha, inplace):
    """`x` where it is positive, else `alpha * (exp(x / alpha) - 1)`.

    >>> torch.nn.functional.celu(torch.tensor([-1., 2.]))
    tensor([-0.6321,  2.0000])
    """
    return _celu(input, alpha, inplace)


@composite("gelu(Tensor input, *, str approximate='none') -> Tensor", namespace=F, variants="function")
def gelu(input, approximate):
    """`x` times the normal distribution function of `x`, exact or by `tanh` (Hendrycks & Gimpel, 2016).

    >>> torch.nn.functional.gelu(torch.tensor([-1., 2.]))
    tensor([-0.1587,  1.9545])
    """
    return CORE["gelu"](input, approximate=approximate)


@composite("silu(Tensor input, bool inplace=False) -> Tensor", namespace=F, variants="function")
def silu(input, inplace):
    """`x * sigmoid(x)`, also called swish.

    >>> torch.nn.functional.silu(torch.tensor([-1., 2.]))
    tensor([-0.2689,  1.7616])
    """
    return _apply(CORE["silu"], inplace, input)


@composite("mish(Tensor input, bool inplace=False) -> Tensor", namespace=F, variants="function")
def mish(input, inplace):
    """`x * tanh(softplus(x))` (Misra, 2019).

    >>> torch.nn.functional.mish(torch.tensor([-1., 2.]))
    tensor([-0.3034,  1.9440])
    """
    return _apply(CORE["mish"], inplace, input)


@composite("softplus(Tensor input, Scalar beta=1, Scalar threshold=20) -> Tensor", namespace=F, variants="function")
def softplus(input, beta, threshold):
    """`log(1 + exp(beta * x)) / beta`; `x` itself where `beta * x` is over `threshold`.

    >>> torch.nn.functional.softplus(torch.tensor([-1., 2.]))
    tensor([0.3133, 2.1269])
    """
    return CORE["softplus"](input, beta, threshold)


@composite("softsign(Tensor input) -> Tensor", namespace=F, variants="function")
def softsign(input):
    """`x / (1 + |x|)`.

    >>> torch.nn.functional.softsign(torch.tensor([-1., 3.]))
    tensor([-0.5000,  0.7500])
    """
    return input / (input.abs() + 1)


@composite("sigmoid(Tensor input) -> Tensor", namespace=F, variants="function")
def sigmoid(input):
    """`1 / (1 + exp(-x))`.

    >>> torch.nn.functional.sigmoid(torch.tensor([0., 2.]))
    tensor([0.5000, 0.8808])
    """
    return input.sigmoid()


@composite("tanh(Tensor input) -> Tensor", namespace=F, variants="function")
def tanh(input):
    """The hyperbolic tangent.

    >>> torch.nn.functional.tanh(torch.tensor([0., 2.]))
    tensor([0.0000, 0.9640])
    """
    return input.tanh()


@composite("tanhshrink(Tensor input) -> Tensor", namespace=F, variants="function")
def tanhshrink(input):
    """`x - tanh(x)`.

    >>> torch.nn.functional.tanhshrink(torch.tensor([-1., 3.]))
    tensor([-0.2384,  2.0049])
    """
    return input - input.tanh()


@composite(
    "hardtanh(Tensor input, float min_val=-1.0, float max_val=1.0, bool inplace=False) -> Tensor",
    namespace=F, variants="function",
)  # fmt: skip
def hardtanh(input, min_val, max_val, inplace):
    """`x`, kept between `min_val` and `max_val`.

    >>> torch.nn.functional.hardtanh(torch.tensor([-3., 0.5]))
    tensor([-1.0000,  0.5000])
    """
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    return _apply(CORE["hardtanh"], inplace, input, min_val, max_val)


@composite("hardsigmoid(Tensor input, bool inplace=False) -> Tensor", namespace=F, variants="function")
def hardsigmoid(input, inplace):
    """`min(max(x + 3, 0), 6) / 6`.

    >>> torch.nn.functional.hardsigmoid(torch.tensor([-4., 0., 1.5]))
    tensor([0.0000, 0.5000, 0.7500])
    """
    return _apply(CORE["hardsigmoid"], inplace, input)


@composite("hardswish(Tensor input, bool inplace=False) -> Tensor", namespace=F, variants="function")
def hardswish(input, inplace):
    """`x * min(max(x + 3, 0), 6) / 6`.

    >>> torch.nn.functional.hardswish(torch.tensor([-4., 1., 4.]))
    tensor([-0.0000, 0.6667, 4.0000])
    """
    return _apply(CORE["hardswish"], inplace, input)


@composite("hardshrink(Tensor input, Scalar lambd=0.5) -> Tensor", namespace=F, variants="function")
def hardshrink(input, lambd):
    """`x` where its size is greater than `lambd`, else 0.

    >>> torch.nn.functional.hardshrink(torch.tensor([0.2, -2.]))
    tensor([ 0., -2.])
    """
    return CORE["hardshrink"](input, lambd)


@composite("softshrink(Tensor input, Scalar lambd=0.5) -> Tensor", namespace=F, variants="function")
def softshrink(input, lambd):
    """`x` moved towards 0 by `lambd`, and 0 where it would cross it.

    >>> torch.nn.functional.softshrink(torch.tensor([0.2, -2.]))
    tensor([ 0.0000, -1.5000])
    """
    return CORE["softshrink"](input, lambd)


@composite(
    "threshold(Tensor input, float threshold, float value, bool inplace=False) -> Tensor",
    namespace=F, variants="function",
)  # fmt: skip
def threshold_function(input, threshold, value, inplace):
    """`x` where it is greater than `threshold`, else `value`.

    >>> torch.nn.functional.threshold(torch.tensor([0.5, 2.]), 1, 20)
    tensor([20.,  2.])
    """
    return _apply(threshold_core, inplace, input, threshold, value)


@composite("logsigmoid(Tensor input) -> Tensor", namespace=F, variants="function")
def logsigmoid(input):
    """The logarithm of the sigmoid, without overflow.

    >>> torch.nn.functional.logsigmoid(torch.tensor([-100., 0.]))
    tensor([-100.0000,   -0.6931])
    """
    return CORE["log_sigmoid"](input)


@composite("glu(Tensor input, int dim=-1) -> Tensor", namespace=F, variants="function")
def glu(input, dim):
    """The first half along `dim`, times the sigmoid of the second (Dauphin et al., 2017).

    >>> torch.nn.functional.glu(torch.tensor([2., 0.]))
    tensor([1.])
    """
    return glu_core(input, dim)


@composite("prelu(Tensor self, Tensor weight) -> Tensor")
def prelu(self, weight):
    """`x` where it is positive, else `weight * x`, with one weight, or one for each channel (dimension 1).

    >>> torch.prelu(torch.tensor([-2., 3.]), torch.tensor([0.5]))
    tensor([-1.,  3.])
    """
    if self._dtype is not weight._dtype:
        raise RuntimeError(f"prelu: Type promoting not supported. Got {self._dtype.title} and {weight._dtype.title}")
    if weight.ndim > 1:
        raise RuntimeError(f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight.ndim}")
    if weight.numel() != 1:
        if self.ndim == 0:
            raise RuntimeError("Not allow zero-dim input tensor.")
        channels = self.shape[1] if self.ndim > 1 else 1
        if channels != weight.numel():
            raise RuntimeError(
                "Mismatch of parameter numbers and input channel size. Found parameter numbers = "
                f"{weight.numel()} and channel size = {channels}."
            )
        weight = weight.reshape([-1 if i == 1 else 1 for i in range(max(self.ndim, 2))][: max(self.ndim, 1)])
    elif weight.ndim != self.ndim:
        weight = weight.reshape([1] * self.ndim)
    return prelu_kernel(self, weight)


@composite("prelu(Tensor input, Tensor weight) -> Tensor", namespace=F, variants="function")
def prelu_function(input, weight):
    """`x` where it is positive, else `weight * x`, with one weight, or one for each channel (dimension 1).

    >>> torch.nn.functional.prelu(torch.tensor([-2., 3.]), torch.tensor([0.5]))
    tensor([-1.,  3.])
    """
    return prelu(input, weight)
