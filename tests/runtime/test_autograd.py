"""The engine, in-place writes under autograd, and PyTorch's refusals. Expected values are analytic or PyTorch's texts."""

from __future__ import annotations

import pytest

from tensorsh import torch


def leaf(*values: float) -> torch.Tensor:
    return torch.tensor(list(values), requires_grad=True)


def test_gradients_accumulate_over_calls() -> None:
    x = leaf(1.0, 2.0)
    (x * 3).sum().backward()
    (x * x).sum().backward()
    assert x.grad.tolist() == [5.0, 7.0]


def test_a_tensor_used_twice_gets_both_parts() -> None:
    x = leaf(2.0)
    y = x * 3
    (y * y + y).sum().backward()
    assert x.grad.tolist() == [2 * 9 * 2 + 3.0]


def test_broadcast_gradients_are_summed_back() -> None:
    x = torch.ones(3, 1, requires_grad=True)
    y = torch.ones(4, requires_grad=True)
    (x * y).sum().backward()
    assert x.grad.shape == (3, 1) and x.grad.tolist() == [[4.0]] * 3
    assert y.grad.tolist() == [3.0] * 4


def test_second_derivative_needs_no_second_rule() -> None:
    x = leaf(3.0)
    (first,) = torch.autograd.grad((x * x * x).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x)
    assert (first.tolist(), second.tolist()) == ([27.0], [18.0])


def test_a_chain_of_a_million_nodes_goes_backward_and_is_freed() -> None:
    x = leaf(1.0)
    y = x
    for _ in range(1_000_000):
        y = y + 1
    y.backward()
    assert x.grad.tolist() == [1.0]
    del y


def test_leaf_gradients_share_no_memory() -> None:
    x, y = leaf(1.0), leaf(2.0)
    (x + y).sum().backward()
    x.grad.zero_()
    assert y.grad.tolist() == [1.0]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (lambda x: (x * x).sum().backward() or 0, None),
        (lambda x: x.add_(1), "a leaf Variable that requires grad is being used in an in-place operation."),
        (lambda x: x[0].add_(1), "a view of a leaf Variable that requires grad is being used in an in-place operation."),
        (lambda x: (x * 2).backward(), "grad can be implicitly created only for scalar outputs"),
        (lambda x: x.detach().sum().backward(), "element 0 of tensors does not require grad and does not have a grad_fn"),
        (lambda x: x.numpy(), "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."),
        (
            lambda x: (x * 2).unbind()[0].add_(1),
            "Output 0 of Unbind is a view and is being modified inplace. This view is the output of a function that "
            "returns multiple views. Such functions do not allow the output views to be modified inplace. You should replace the "
            "inplace operation by an out-of-place one.",
        ),
        (
            lambda x: (x * 2).requires_grad_(False),
            "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a subgraph "
            "that doesn't require differentiation use var_no_grad = var.detach().",
        ),
    ],
)
def test_refusals(body, message) -> None:
    x = leaf(1.0, 2.0)
    if message is None:
        body(x)
        return
    with pytest.raises(RuntimeError) as caught:
        body(x)
    assert str(caught.value) == message


def test_second_backward_through_freed_values() -> None:
    y = (leaf(1.0) * leaf(2.0)).sum()
    y.backward()
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        y.backward()


def test_retain_graph_allows_a_second_backward() -> None:
    x = leaf(1.0)
    y = (x * x).sum()
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.tolist() == [4.0]


def test_a_saved_tensor_that_was_written_to_is_refused() -> None:
    x = leaf(1.0, 2.0)
    y = x * 1
    z = (y * y).sum()
    y.add_(1)
    with pytest.raises(RuntimeError) as caught:
        z.backward()
    assert "[torch.FloatTensor [2]], which is output 0 of Add, is at version 1; expected version 0" in str(caught.value)


class TestWritingThroughViews:
    def test_the_base_gets_copy_slices(self) -> None:
        y = torch.ones(2, 2, requires_grad=True) * 1
        y[0] = 5.0
        assert y.grad_fn.name() == "torch::autograd::CopySlices"

    def test_the_written_part_passes_no_gradient(self) -> None:
        x = torch.ones(3, requires_grad=True)
        y = x * 2
        y[0] = 5.0
        y.sum().backward()
        assert x.grad.tolist() == [0.0, 2.0, 2.0]

    def test_the_written_value_gets_the_gradient(self) -> None:
        x = torch.ones(2, requires_grad=True)
        y = torch.zeros(3)
        y[1:] = x * 3
        assert y.requires_grad
        (y * torch.tensor([1.0, 2.0, 4.0])).sum().backward()
        assert x.grad.tolist() == [6.0, 12.0]

    def test_a_view_sees_the_history_of_its_base(self) -> None:
        x = torch.ones(2, 2, requires_grad=True)
        y = x * 1
        v = y[0]
        y.mul_(3)
        assert v.grad_fn.name() == "AsStridedBackward0"
        v.sum().backward()
        assert x.grad.tolist() == [[3.0, 3.0], [0.0, 0.0]]

    def test_in_place_on_a_view_reaches_the_base(self) -> None:
        x = torch.ones(2, 2, requires_grad=True)
        y = x * 1
        y[0].mul_(5)
        y.sum().backward()
        assert x.grad.tolist() == [[5.0, 5.0], [1.0, 1.0]]


class TestVersions:
    def test_views_and_detach_share_a_version_and_data_has_its_own(self) -> None:
        x = torch.ones(2)
        v, d, own = x[0:1], x.detach(), x.data
        x.add_(1)
        assert (x._version, v._version, d._version, own._version) == (1, 1, 1, 0)

    def test_a_write_through_data_counts_nowhere_else(self) -> None:
        x = torch.ones(2)
        x.data.add_(1)
        assert x._version == 0 and x.tolist() == [2.0, 2.0]


class TestGradModes:
    def test_no_grad_block_and_decorator(self) -> None:
        x = leaf(1.0)

        @torch.no_grad()
        def double(t):
            return t * 2

        with torch.no_grad():
            inside = x * 2
        assert not inside.requires_grad and not double(x).requires_grad and (x * 2).requires_grad

    def test_set_grad_enabled_works_at_once_and_as_a_block(self) -> None:
        x = leaf(1.0)
        with torch.set_grad_enabled(False):
            assert not (x * 2).requires_grad
        torch.set_grad_enabled(False)
        assert not (x * 2).requires_grad
        torch.set_grad_enabled(True)
        assert (x * 2).requires_grad


class TestHooks:
    def test_a_tensor_hook_replaces_the_gradient(self) -> None:
        x = leaf(1.0)
        y = x * 2
        y.register_hook(lambda g: g * 10)
        y.backward()
        assert x.grad.tolist() == [20.0]

    def test_a_leaf_hook_sees_the_gradient_before_it_is_accumulated(self) -> None:
        x = leaf(1.0)
        handle = x.register_hook(lambda g: g + 1)
        (x * 2).backward()
        handle.remove()
        (x * 2).backward()
        assert x.grad.tolist() == [5.0]

    def test_retain_grad_keeps_the_gradient_of_a_result(self) -> None:
        x = leaf(1.0)
        y = x * 2
        y.retain_grad()
        (y * 3).backward()
        assert y.grad.tolist() == [3.0]


def test_backward_with_inputs_touches_only_these() -> None:
    x, y = leaf(1.0), leaf(2.0)
    (x * y).sum().backward(inputs=[x])
    assert x.grad.tolist() == [2.0] and y.grad is None


def test_grad_of_an_unused_input() -> None:
    x, y = leaf(1.0), leaf(2.0)
    with pytest.raises(RuntimeError, match="The differentiated Tensor at index 0 appears to not have been used in the graph"):
        torch.autograd.grad((x * 2).sum(), [y])
    assert torch.autograd.grad((x * 2).sum(), [y], allow_unused=True) == (None,)
