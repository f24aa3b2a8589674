"""Single numbers: columns and rows against the full Jacobian, pairs, terms, paths."""

import pytest
import torch
from torch import nn
from torch.nn import functional
from zoo import CASES

import glasswork as gw
from glasswork.tracing.local import column, products, row, terms
from glasswork.tracing.paths import paths
from glasswork.tracing.record import record
from glasswork.tracing.sweep import sweep
from glasswork.tracing.tape import element_at


@pytest.mark.parametrize(
    "name", ["mlp", "convolution_with_in_place_relu_and_pool", "in_place_view_writes", "layer_norm_net"]
)
def test_columns_and_rows_are_those_of_one_jacobian(name):
    model, loss, x, y = CASES[name]()
    tape = record(model, loss, x, y)
    compared = 0
    for record_ in tape.records:
        for use, place in enumerate(record_.inputs):
            if not record_.uses[use].needs or compared > 120:
                continue
            shape = tape.variables[place].shape
            at = element_at(min(3, max(0, tape.value(place).numel() - 1)), shape)
            for output, local in enumerate(column(tape, record_, use, at)):
                for to in map(tuple, local.nonzero().tolist()[:2]):
                    back = row(tape, record_, output, to)[use]
                    assert float(back[at]) == pytest.approx(float(local[to]), rel=1e-12)
                    compared += 1
    assert compared > 10


def test_a_convolutions_corner_window():
    torch.manual_seed(0)
    conv = nn.Conv2d(1, 1, 3, padding=1)
    tape = record(conv, lambda o: o.sum(), torch.randn(1, 1, 4, 4))
    found = products(tape, tape.records[0], element=(0, 0, 0, 0))
    assert [(p.first[1][2:], p.second[1][2:]) for p in found.pairs] == [
        ((0, 0), (1, 1)), ((0, 1), (1, 2)), ((1, 0), (2, 1)), ((1, 1), (2, 2)),
    ]  # fmt: skip
    assert [s.of[1] for s in found.singles] == [(0,)]
    total = sum(p.value for p in found.pairs) + sum(s.value for s in found.singles)
    assert total == pytest.approx(found.value, rel=1e-12)
    assert found.value == float(tape.value(tape.records[0].outputs[0])[0, 0, 0, 0])


def test_what_is_no_sum_of_products_says_so():
    tape = record(lambda x: x.tanh() + functional.softmax(x, 0), lambda o: o.sum(), torch.randn(3))
    assert products(tape, tape.records[0], element=(0,)) is None
    assert products(tape, tape.records[1], element=(0,)) is None
    assert [s.coefficient for s in products(tape, tape.records[2], element=(0,)).singles] == [1.0, 1.0]


@pytest.mark.parametrize(
    "name", ["mlp", "lstm_cell", "scaled_dot_product_attention", "custom_function", "in_place_view_writes"]
)
def test_terms_add_up_to_the_derivative(name):
    model, loss, x, y = CASES[name]()
    tape = record(model, loss, x, y)
    swept = sweep(tape)
    users = tape.users()
    for variable in [v for v in swept.cotangents if v in users][::3]:
        for place in (0, tape.value(variable).numel() - 1):
            found = terms(tape, swept, variable, element_at(place, tape.variables[variable].shape))
            assert sum(t.product for t in found.live) + found.declared == pytest.approx(
                found.value, rel=1e-11, abs=1e-15
            )


def test_blocked_paths_are_counted():
    w = torch.tensor([[1.0, -1.0, 2.0]])
    tape = record(lambda x: functional.linear(x, w.T).relu(), lambda o: o.sum(), torch.tensor([[1.0]]))
    found = terms(tape, sweep(tape), tape.inputs["x"], (0, 0))
    assert [t.product for t in found.live] == [2.0, 1.0]
    assert found.blocked == 1


def test_an_mlps_paths_are_counted_and_sum_to_the_gradient():
    torch.manual_seed(1)
    net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
    step = gw.trace(net, lambda o: o.sum(), torch.randn(1, 2))
    found = paths(step.tape, step.sweep, step.leaf("0.weight"), (0, 0), k=3)
    assert found.count == 4  # one unit of the first layer, four of the second
    assert len(found.shown) == 3
    assert sum(p.product for p in found.shown) + found.rest == pytest.approx(found.total, rel=1e-14)
    assert found.total == pytest.approx(float(step.gradient("0.weight")[0, 0]), rel=1e-12)
    assert abs(found.shown[0].product) >= abs(found.shown[1].product) >= abs(found.shown[2].product)
    assert 0.75 <= found.share < 1
    inputs = paths(step.tape, step.sweep, step.leaf("x"), (0, 0), k=20)
    assert (inputs.count, len(inputs.shown), inputs.rest) == (12, 12, 0.0)


@pytest.mark.parametrize("name", ["lstm_cell", "custom_function", "dropout", "in_place_view_writes", "weight_tying"])
def test_the_sum_over_paths_is_the_gradient(name):
    model, loss, x, y = CASES[name]()
    step = gw.trace(model, loss, x, y)
    variable = next(v for n, v in step.tape.parameters.items() if step.sweep.gradients[v] is not None)
    gradient = step.sweep.gradients[variable]
    at = element_at(int(gradient.abs().argmax()), tuple(gradient.shape))
    found = paths(step.tape, step.sweep, variable, at)
    assert found.count > 0
    assert found.total == pytest.approx(float(gradient[at]), rel=1e-11)


def test_too_many_paths_are_refused_not_begun():
    model, loss, x, y = CASES["transformer"]()
    step = gw.trace(model, loss, x, y)
    assert paths(step.tape, step.sweep, step.leaf("inner.encoder.layers.0.linear1.weight"), (0, 0), most=50) is None


def test_a_large_steps_sweep_keeps_only_what_is_asked_for():
    model, loss, x, y = CASES["mlp"]()
    tape = record(model, loss, x, y)
    whole = sweep(tape)
    product = next(r for r in tape.records if r.name == "addmm").outputs[0]
    some, none = sweep(tape, keep={product}), sweep(tape, keep=False)
    computed = {v for v in whole.cotangents if tape.variables[v].record is not None}
    assert computed & some.cotangents.keys() == {product}
    assert not computed & none.cotangents.keys()
    assert torch.equal(some.cotangents[product], whole.cotangents[product])
    assert none.gradients.keys() == whole.gradients.keys()
    assert none.identical
    assert (whole.kept, some.kept, none.kept) == (True, False, False)
