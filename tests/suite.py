"""What every part is asked, whatever it computes; a room's suite calls these over all its files.

check_twin(kernel, formula, x)            value and gradient agree in float64
check_behaves(part, x)                    empty batch, strides, half precision, compiler, copy, state
check_same_kernels(ours, theirs, x)       torch's own operations, forward and backward, no more
close(example, "key", value)              a worked example's number, within its tolerance
"""

import copy
from collections import Counter

import numpy as np
import torch
from torch import Tensor, nn
from torch.profiler import ProfilerActivity, profile


def check_twin(kernel, formula, *inputs, rtol=1e-12, atol=1e-12, seed=0):
    """Both give the same value and the same gradient for every floating input, in float64."""
    values, gradients = [], []
    for call in (kernel, formula):
        own = [_leaf(one) for one in inputs]
        found = call(*own)
        outputs = [out for out in _tensors(found) if out.is_floating_point()]
        assert outputs, "nothing floating came out"
        generator = torch.Generator().manual_seed(seed)
        total = sum((out * _like(out, generator)).sum() for out in outputs)
        values.append(outputs)
        wanted = [one for one in own if isinstance(one, Tensor) and one.requires_grad]
        if wanted and total.requires_grad:
            gradients.append(torch.autograd.grad(total, wanted, allow_unused=True))
        else:
            gradients.append(())
    torch.testing.assert_close(values[0], values[1], rtol=rtol, atol=atol)
    assert len(gradients[0]) == len(gradients[1]), "one of the two gives no gradient"
    for a, b in zip(*gradients, strict=True):
        a = torch.zeros_like(b) if a is None and b is not None else a
        b = torch.zeros_like(a) if b is None and a is not None else b
        if a is not None:
            torch.testing.assert_close(a, b, rtol=rtol, atol=atol)


def check_behaves(part, *inputs, batch=True, half=True, compiles=True, strided=True):
    """An ordinary module or function: other shapes, layouts and types of the first input give what they should.

    `batch`: the first dimension of every input may be empty. A part that draws random numbers is seeded here.
    """
    part = copy.deepcopy(part)
    expected = _seeded(part, *inputs)
    if batch:
        empty = _tensors(_seeded(part, *(one[:0] if isinstance(one, Tensor) and one.dim() else one for one in inputs)))
        assert all(isinstance(out, Tensor) for out in empty)
    if strided:
        outputs = _seeded(part, *(_strided(one) if isinstance(one, Tensor) else one for one in inputs))
        torch.testing.assert_close(outputs, expected, rtol=1e-6, atol=1e-6)
    if half:
        for dtype in (torch.bfloat16, torch.float16):
            own = copy.deepcopy(part).to(dtype) if isinstance(part, nn.Module) else part
            lower = [one.to(dtype) if isinstance(one, Tensor) and one.is_floating_point() else one for one in inputs]
            for out, full in zip(_tensors(_seeded(own, *lower)), _tensors(expected), strict=True):
                assert out.isfinite().all() == full.isfinite().all()
                assert not out.is_floating_point() or out.dtype in (dtype, torch.float32)
    if isinstance(part, nn.Module):
        twin = copy.deepcopy(part)
        twin.load_state_dict(part.state_dict())
        torch.testing.assert_close(_seeded(twin, *inputs), _seeded(part, *inputs), rtol=0, atol=0)
        assert part.extra_repr() is not None
    if compiles:
        torch._dynamo.reset()
        compiled = torch.compile(part, backend="aot_eager")
        torch.testing.assert_close(_seeded(compiled, *inputs), _seeded(part, *inputs), rtol=1e-5, atol=1e-6)


def kernels(call, *inputs):
    """Return how often each aten operation runs in one call and its backward pass."""
    own = [_leaf(one, double=False) for one in inputs]
    with profile(activities=[ProfilerActivity.CPU]) as seen:
        outputs = [out for out in _tensors(call(*own)) if out.requires_grad]
        if outputs:
            torch.autograd.backward(outputs, [torch.ones_like(out) for out in outputs])
    return Counter(event.name for event in seen.events() if event.name.startswith("aten::"))


def check_same_kernels(ours, theirs, *inputs):
    """Our part runs the very operations that torch's own runs, forward and backward."""
    for call in (ours, theirs):
        kernels(call, *inputs)  # the first call of anything may do more
    assert kernels(ours, *inputs) == kernels(theirs, *inputs)


def close(example, key, value):
    """`value` is the worked example's right number, within its tolerance."""
    expected = example["expected"][key]
    tolerance = example["tolerance"]
    got = value.detach().cpu().numpy() if isinstance(value, Tensor) else np.asarray(value)
    np.testing.assert_allclose(got, np.asarray(expected), rtol=tolerance["rel"], atol=tolerance["abs"], err_msg=key)


def _seeded(part, *inputs):
    torch.manual_seed(0)
    return part(*inputs)


def _leaf(one, *, double=True):
    if not isinstance(one, Tensor):
        return one
    own = one.detach().clone()
    if not own.is_floating_point():
        return own
    return (own.double() if double else own).requires_grad_()


def _like(out, generator):
    return torch.rand(out.shape, generator=generator, dtype=torch.float64) + 0.5


def _tensors(found):
    if isinstance(found, Tensor):
        return [found]
    if isinstance(found, dict):
        found = list(found.values())
    return [tensor for one in found for tensor in _tensors(one)] if isinstance(found, tuple | list) else []


def _strided(one):
    """The same values in memory that is not contiguous."""
    if one.dim() == 0 or one.numel() == 0:
        return one
    wide = torch.empty((*one.shape, 2), dtype=one.dtype)
    wide[..., 0] = one
    return wide[..., 0]
