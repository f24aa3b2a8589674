"""One suite over all regularizers."""

import copy

import pytest
import torch

from glasswork import catalog
from glasswork.errors import RangeError
from glasswork.regularizers import L1, L2, ElasticNet, MaxNorm, elastic_net, l1, l2, max_norm

NAMES = catalog.names("regularizers")


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
    for kind in (L1, L2, ElasticNet):
        with pytest.raises(RangeError, match=rf"{kind.__name__}: strength must be >= 0, got strength=-1\."):
            kind(strength=-1)
    with pytest.raises(RangeError, match=r"MaxNorm: limit must be > 0"):
        MaxNorm(limit=0)
