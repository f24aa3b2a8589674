"""Corrupted traces must be rejected; sound ones pass."""

import copy

import pytest
import torch
from torch import nn
from zoo import CASES

import glasswork as gw
from glasswork.tracing.check import check
from glasswork.tracing.tape import Use


@pytest.fixture
def step():
    torch.manual_seed(2)
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    return gw.trace(net, nn.CrossEntropyLoss(), torch.randn(5, 3), torch.tensor([0, 1, 1, 0, 1]), optimizer=optimizer)


def test_a_sound_trace_passes(step):
    result = step.check()
    assert result.ok
    assert result.largest["autograd"] == 0.0
    assert result.largest["differences"] < 1e-7
    assert result.largest["by hand"] < 1e-13
    assert len(result.by_hand) >= 10
    assert "5 gradients against autograd: largest difference 0" in str(result)


def test_a_changed_value_is_found(step):
    record = next(r for r in step.tape.records if r.name == "tanh")
    step.tape.variables[record.outputs[0]].value = step.tape.value(record.outputs[0]).clone()
    step.tape.value(record.outputs[0])[0, 0] += 1e-9
    result = step.check()
    assert not result.ok
    assert any("tanh" in problem for problem in result.problems)


def test_a_changed_weight_is_found(step):
    variable = step.leaf("2.weight")
    step.tape.variables[variable].value = step.tape.value(variable) * (1 + 1e-12)
    assert not step.check().ok


def test_a_changed_edge_is_found(step):
    record = [r for r in step.tape.records if r.name == "addmm"][1]
    other = next(r for r in step.tape.records if r.name == "addmm").outputs[0]
    record.uses[1] = Use(other, True)  # takes the sum before the tanh
    assert not step.check().ok


def test_an_edge_that_is_cut_is_found(step):
    record = [r for r in step.tape.records if r.name == "addmm"][1]
    record.uses[1].needs = False
    result = step.check()
    assert not result.ok
    assert any("0.weight" in problem for problem in result.problems)


def test_a_changed_derivative_is_found(step):
    swept = step.sweep
    record = next(r for r in step.tape.records if r.name == "tanh")
    swept.cotangents[record.outputs[0]] = swept.cotangents[record.outputs[0]] * 1.0000001
    result = step.check()
    assert any("stored derivative" in problem for problem in result.problems)


def test_a_changed_gradient_is_found(step):
    variable = step.leaf("0.weight")
    step.sweep.gradients[variable] = step.sweep.gradients[variable] + 1e-12
    assert not step.check().ok


def test_a_changed_reference_is_found(step):
    variable = step.leaf("0.bias")
    step.tape.reference[variable] = step.tape.reference[variable] * 1.5
    assert any("0.bias" in problem for problem in step.check().problems)


def test_a_swapped_operation_is_found(step):
    record = next(r for r in step.tape.records if r.name == "tanh")
    record.operation = torch.ops.aten.sigmoid.default
    assert not step.check().ok


def test_a_wrong_update_is_found(step):
    movement = step.tape.movements[step.leaf("0.weight")]
    movement.after = movement.after + 1e-9
    assert any("formula of SGD" in problem for problem in step.check().problems)


def test_a_missing_record_is_found(step):
    tape = copy.copy(step.tape)
    tape.records = [r for r in tape.records if r.name != "tanh"]
    assert not check(tape).ok


def test_differences_do_not_believe_a_wrong_derivative():
    """A custom function whose backward is wrong agrees with autograd; it is named as declared, and not confirmed."""

    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 3

        @staticmethod
        def backward(ctx, upstream):
            return upstream * 7

    step = gw.trace(lambda x: Wrong.apply(x), lambda o: o.sum(), torch.ones(2))
    result = step.check()
    assert result.declared == ("x",)
    assert step.gradient("x").tolist() == [7.0, 7.0]
    assert "declared by a custom function" in str(result)


def test_a_hook_that_changes_gradients_is_reported_not_hidden():
    def model(x):
        h = x * 2
        h.register_hook(lambda g: g * 0.5)
        return h

    result = gw.trace(model, lambda o: o.sum(), torch.ones(2)).check()
    assert not result.ok
    assert "hooks" in result.problems[0]


def test_a_corner_is_not_compared():
    result = gw.trace(lambda x: x.abs(), lambda o: o.sum(), torch.zeros(3)).check()
    assert result.ok
    assert all(m.kink for m in result.differences)


def test_the_straight_through_estimator_by_detach_is_confirmed_by_differences():
    model, loss, x, y = CASES["straight_through_by_detach"]()
    result = gw.trace(model, loss, x, y).check()
    assert result.ok
    assert result.declared == ()
