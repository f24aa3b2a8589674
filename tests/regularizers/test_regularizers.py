"""One suite over all regularizers."""

import copy

import pytest
import torch

from glasswork import catalog
from glasswork.errors import RangeError, ShapeError
from glasswork.losses import squared_error
from glasswork.optimizers import SGD
from glasswork.regularizers import (
    L1,
    L2,
    ElasticNet,
    MaxNorm,
    Ridge,
    SoftThreshold,
    elastic_net,
    l1,
    l2,
    max_norm,
    ridge,
    soft_threshold,
    soft_threshold_formula,
    sparsity,
)

NAMES = [name for name in catalog.names("regularizers") if name not in ("early_stopping", "sparsity")]


def _weights():
    return [
        torch.tensor([[1.0, -2.0], [0.5, 4.0]], dtype=torch.float64, requires_grad=True),
        torch.tensor([3.0], dtype=torch.float64, requires_grad=True),
    ]


def test_worked_by_hand():
    assert l1(_weights(), strength=0.1).item() == pytest.approx(0.1 * 10.5)
    assert l2(_weights(), strength=0.1).item() == pytest.approx(0.05 * 30.25)
    # 0.1 * (0.25 * 10.5 + 0.75 / 2 * 30.25)
    assert elastic_net(_weights(), strength=0.1, share=0.25).item() == pytest.approx(0.1 * (2.625 + 11.34375))


def test_gradients_are_the_pulls():
    weights = _weights()
    l1(weights, strength=0.1).backward()
    torch.testing.assert_close(weights[0].grad, 0.1 * weights[0].detach().sign())
    weights = _weights()
    l2(weights, strength=0.1).backward()
    torch.testing.assert_close(weights[0].grad, 0.1 * weights[0].detach())


def test_ridge_is_l2_spread_over_the_rows():
    # 0.1 / (2 * 10) * 30.25
    assert ridge(_weights(), strength=0.1, rows=10).item() == pytest.approx(0.15125)
    torch.testing.assert_close(ridge(_weights(), strength=0.3, rows=1), l2(_weights(), strength=0.3))


@pytest.mark.course(
    "REG-03",
    verdict="holds",
    seen="30 steps of SGD on loss plus L2 and 30 steps with the same weight decay give the same weights to 1e-12; "
    "without any loss the norm falls by (1 - rate x strength) a step and no weight becomes 0",
)
def test_l2_is_the_weight_decay_of_sgd():
    def trained(*, penalty, decay, with_loss):
        torch.manual_seed(0)
        model = torch.nn.Linear(5, 2).double()
        x, y = torch.randn(20, 5, dtype=torch.float64), torch.randn(20, 2, dtype=torch.float64)
        optimizer = SGD(model.parameters(), lr=0.1, weight_decay=decay)
        before = model.weight.detach().clone()
        for _ in range(30):
            optimizer.zero_grad()
            loss = squared_error(model(x), y) if with_loss else 0.0 * model(x).sum()
            (loss + l2(model.parameters(), strength=penalty)).backward()
            optimizer.step()
        return before, model.weight.detach()

    _, with_penalty = trained(penalty=0.2, decay=0.0, with_loss=True)
    _, with_decay = trained(penalty=0.0, decay=0.2, with_loss=True)
    torch.testing.assert_close(with_penalty, with_decay, rtol=0, atol=1e-12)
    before, after = trained(penalty=0.2, decay=0.0, with_loss=False)
    torch.testing.assert_close(after, before * (1 - 0.1 * 0.2) ** 30)
    assert sparsity([after]).item() == 0


@pytest.mark.parametrize("amount", [0.0, 0.5, 3.0])
def test_soft_threshold_and_its_formula(amount):
    weights = [torch.linspace(-4, 4, 33, dtype=torch.float64), torch.tensor([[0.25, -0.5], [5.0, -5.0]])]
    expected = [soft_threshold_formula(weight, amount=amount) for weight in weights]
    soft_threshold(weights, amount=amount)
    torch.testing.assert_close(weights, expected, rtol=0, atol=1e-12)
    # It is the point that minimises t |w| + (w - v)^2 / 2.
    v = torch.tensor([1.3], dtype=torch.float64)
    grid = torch.linspace(-6, 6, 120_001, dtype=torch.float64)
    best = grid[(amount * grid.abs() + (grid - v) ** 2 / 2).argmin()]
    assert soft_threshold_formula(v, amount=amount).item() == pytest.approx(best.item(), abs=1e-4)


@pytest.mark.course("REG-13")
def test_sparsity_counts_zeros():
    weights = [torch.tensor([[0.0, -0.0], [0.1, -0.2]]), torch.tensor([1.0])]
    assert sparsity(weights).item() == pytest.approx(0.4)
    assert sparsity(weights, tolerance=0.1).item() == pytest.approx(0.6)
    with pytest.raises(ShapeError, match=r"sparsity: tensors must hold at least one element, got shape \(0,\)\."):
        sparsity([torch.zeros(0)])
    with pytest.raises(RangeError, match=r"sparsity: tolerance must be >= 0"):
        sparsity(weights, tolerance=-1)


@pytest.mark.course(
    "REG-04", verdict="holds", seen="a share of 1 gives L1 and a share of 0 gives L2, in value; between lies a mixture"
)
@pytest.mark.parametrize("share", [0.0, 1.0])
def test_elastic_net_has_both_ends(share):
    other = l1 if share else l2
    torch.testing.assert_close(elastic_net(_weights(), strength=0.3, share=share), other(_weights(), strength=0.3))


def test_max_norm_shortens_only_what_is_too_long():
    weight, bias = torch.tensor([[3.0, 4.0], [0.3, 0.4]]), torch.tensor([9.0])
    max_norm([weight, bias], limit=2.0)
    torch.testing.assert_close(weight, torch.tensor([[1.2, 1.6], [0.3, 0.4]]))
    assert bias.item() == 9
    filters = torch.randn(5, 3, 2, 2)
    expected = torch.renorm(filters, 2, 0, 1.0)
    MaxNorm(limit=1.0)([filters])
    torch.testing.assert_close(filters, expected)


def test_max_norm_moves_parameters_that_learn():
    weight = torch.nn.Parameter(torch.full((1, 4), 2.0))
    MaxNorm(limit=1.0)([weight])
    assert weight.norm().item() == pytest.approx(1)


@pytest.mark.parametrize("name", NAMES)
def test_part_behaves(name):
    part = catalog.find("regularizers", name)()
    assert copy.deepcopy(part) == part
    part([torch.ones(2, 2, dtype=torch.bfloat16)])
    entry = catalog.describe("regularizers", name)
    assert entry.formula
    assert entry.source


def test_refusals():
    for kind in (L1, L2, ElasticNet, Ridge):
        with pytest.raises(RangeError, match=rf"{kind.__name__}: strength must be >= 0, got strength=-1\."):
            kind(strength=-1)
    with pytest.raises(RangeError, match=r"MaxNorm: limit must be > 0"):
        MaxNorm(limit=0)
    with pytest.raises(RangeError, match=r"ridge: rows must be >= 1, got rows=0\."):
        ridge(_weights(), strength=1, rows=0)
    with pytest.raises(RangeError, match=r"SoftThreshold: amount must be >= 0"):
        SoftThreshold(amount=-1)


@pytest.mark.parametrize("penalty", [l1, l2])
def test_nothing_to_keep_small_is_refused(penalty):
    with pytest.raises(RangeError, match=rf"{penalty.__name__}: parameters must be >= 1, got parameters=0\."):
        penalty([], strength=0.1)
