"""The first promise of a trace: on models of every kind its gradients are autograd's, bit for bit, and check out."""

import copy
import random

import numpy as np
import pytest
import torch
from zoo import CASES

import glasswork as gw
from glasswork.tracing.record import record
from glasswork.tracing.sweep import sweep

DTYPES = {"float32": torch.float32, "float64": torch.float64}


def test_there_are_models_of_at_least_24_kinds():
    assert len(CASES) >= 24


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", CASES)
def test_gradients_are_autograds_to_the_last_bit(name, dtype):
    model, loss, x, y = CASES[name]()
    tape = record(model, loss, x, y, dtype=DTYPES[dtype])
    assert tape.failure is None
    result = sweep(tape)
    assert result.identical, (result.differences, result.forward)
    reached = [v for v in result.gradients.values() if v is not None]
    assert reached
    for variable, reference in tape.reference.items():
        if reference is not None:
            assert torch.equal(result.gradients[variable].to_dense(), reference.to_dense())


@pytest.mark.parametrize("name", CASES)
def test_every_check_passes(name):
    model, loss, x, y = CASES[name]()
    parameters = list(model.parameters()) if isinstance(model, torch.nn.Module) else []
    optimizer = torch.optim.Adam(parameters) if parameters else None
    step = gw.trace(model, loss, x, y, optimizer=optimizer)
    result = step.check(samples=12, seed=1)
    assert result.ok, str(result)
    assert step.tape.dtype is torch.float64
    assert len(result.differences) + len(result.declared) >= 2
    moved = [v for v in step.tape.movements if step.sweep.gradients.get(v) is not None]
    assert len(result.updates) == len([v for v in moved if not step.tape.value(v).is_complex()])
    assert moved or optimizer is None or "update is not shown" in step.tape.notes[0]  # Adam refuses sparse gradients


@pytest.mark.parametrize("name", CASES)
def test_the_trace_is_the_step_that_the_user_would_take(name):
    """In the model's own type: loss and gradients of the real step, drawn from the same random state."""
    model, loss, x, y = CASES[name]()
    if not isinstance(model, torch.nn.Module):
        pytest.skip("its leaves are named otherwise; see test_record.py")
    torch.manual_seed(11)
    state = torch.get_rng_state()
    given = copy.deepcopy(x)
    step = gw.trace(model, loss, x, y, dtype=next(p.dtype for p in model.parameters() if p.is_floating_point()))
    assert torch.equal(torch.get_rng_state(), state)
    _assert_same(x, given)
    out = model(**x) if isinstance(x, dict) else model(*x) if isinstance(x, tuple) else model(x)
    real = loss(out, y)
    real.backward()
    assert step.loss == pytest.approx(real.item(), rel=1e-5, abs=1e-7)
    for parameter, tensor in model.named_parameters():
        torch.testing.assert_close(step.gradient(parameter), tensor.grad, rtol=1e-3, atol=1e-5, check_layout=False)


@pytest.mark.parametrize("widened", [True, False])
@pytest.mark.parametrize("name", CASES)
def test_no_mark_is_left(name, widened):
    model, loss, x, y = CASES[name]()
    if not isinstance(model, torch.nn.Module):
        pytest.skip("see test_record.py")
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1, weight_decay=0.1)
    for parameter in model.parameters():
        parameter.grad = torch.randn_like(parameter)
    optimizer.step()
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002  (the state that must survive is the global one)
    before = {key: copy.deepcopy(value) for key, value in model.state_dict().items()}
    versions = [p._version for p in model.parameters()]
    memory = [p.data_ptr() for p in model.parameters()]
    gradients = [(p.grad, p.grad.clone()) for p in model.parameters()]
    kept = copy.deepcopy(optimizer.state_dict())
    attributes = [(m, copy.copy(m.__dict__)) for m in model.modules()]
    history = copy.deepcopy(getattr(model, "history", None))
    states = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].copy()  # noqa: NPY002
    given = copy.deepcopy((x, y))
    training = [m.training for m in model.modules()]

    gw.trace(model, loss, x, y, optimizer=optimizer, dtype=torch.float64 if widened else torch.float32).check(samples=2)

    after = model.state_dict()
    assert list(after) == list(before)
    assert all(torch.equal(after[key], before[key]) and after[key].dtype is before[key].dtype for key in before)
    assert [p._version for p in model.parameters()] == versions
    assert [p.data_ptr() for p in model.parameters()] == memory
    assert all(p.grad is g and torch.equal(g, same) for p, (g, same) in zip(model.parameters(), gradients, strict=True))
    _assert_same(optimizer.state_dict(), kept)
    assert all(set(m.__dict__) == set(d) and all(m.__dict__[k] is d[k] for k in d) for m, d in attributes)
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules() if "spectral" not in str(m))
    assert getattr(model, "history", None) == history
    assert torch.equal(torch.get_rng_state(), states[0])
    assert random.getstate() == states[1]
    assert np.array_equal(np.random.get_state()[1], states[2])  # noqa: NPY002
    _assert_same((x, y), given)
    assert [m.training for m in model.modules()] == training
    assert torch.get_default_dtype() is torch.float32
    assert torch._C._get_mkldnn_enabled()


def _assert_same(first, second):
    if isinstance(first, torch.Tensor):
        assert torch.equal(first, second)
        assert first.dtype is second.dtype
        assert first.requires_grad == second.requires_grad
    elif isinstance(first, dict):
        assert list(first) == list(second)
        for key in first:
            _assert_same(first[key], second[key])
    elif isinstance(first, (tuple, list)):
        assert len(first) == len(second)
        for a, b in zip(first, second, strict=True):
            _assert_same(a, b)
    else:
        assert first == second
