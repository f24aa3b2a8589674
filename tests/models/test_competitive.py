"""The layers without targets: units that compete, and a map of them."""

import pytest
import torch

from glasswork.errors import RangeError, ShapeError
from glasswork.models import Competitive, SelfOrganisingMap
from suite import check_behaves


def test_the_strongest_answer_wins():
    torch.manual_seed(0)
    model = Competitive(inputs=4, units=5)
    torch.testing.assert_close(model.weight.sum(dim=1), torch.ones(5))
    x = torch.rand(7, 4)
    assert model.winners(x).tolist() == [max(range(5), key=lambda k: float(model.weight[k] @ row)) for row in x]


def test_the_nearest_prototype_wins_on_a_map():
    torch.manual_seed(0)
    model = SelfOrganisingMap(inputs=3, rows=2, columns=3)
    x = torch.rand(7, 3)
    assert model.winners(x).tolist() == torch.cdist(x, model.weight).argmin(dim=1).tolist()
    torch.testing.assert_close(model(x), -0.5 * torch.cdist(x, model.weight) ** 2)


def test_distances_on_the_grid_by_hand():
    away = SelfOrganisingMap(inputs=1, rows=2, columns=3).grid_distances  # 0 1 2 above 3 4 5
    assert (away[0, 1], away[0, 3], away[0, 2]) == (1, 1, 2)
    assert away[0, 5].item() == pytest.approx(5**0.5)
    assert torch.equal(away, away.T)


def test_topology_error_by_hand():
    model = SelfOrganisingMap(inputs=1, rows=1, columns=3)
    model.weight.copy_(torch.tensor([[0.0], [1.0], [2.0]]))
    x = torch.tensor([[0.1], [1.4], [1.9]])
    assert model.topology_error(x).item() == 0  # the second nearest is next door each time
    model.weight.copy_(torch.tensor([[0.0], [2.0], [1.0]]))
    assert model.topology_error(x).item() == pytest.approx(1 / 3)  # 0.1: units 0 and 2, which lie apart


def test_they_behave():
    torch.manual_seed(0)
    check_behaves(Competitive(inputs=4, units=3), torch.rand(5, 4))
    check_behaves(SelfOrganisingMap(inputs=4, rows=2, columns=2), torch.rand(5, 4))


def test_refusals():
    with pytest.raises(RangeError, match="Competitive: units must be >= 1"):
        Competitive(inputs=2, units=0)
    with pytest.raises(RangeError, match="SelfOrganisingMap: rows must be >= 1"):
        SelfOrganisingMap(inputs=2, rows=0, columns=2)
    with pytest.raises(ShapeError, match="SelfOrganisingMap: x must have size 2 in dimension 1"):
        SelfOrganisingMap(inputs=2, rows=1, columns=2)(torch.zeros(1, 3))
