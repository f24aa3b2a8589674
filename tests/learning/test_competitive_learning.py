"""Learning without targets: the winner moves; on a map it takes its neighbours along."""

import pytest
import torch

from glasswork.errors import NonFiniteError, RangeError, UsageError
from glasswork.learning import CompetitiveLearning, SelfOrganising, competitive_update, self_organising_update
from glasswork.models import Competitive, Perceptron, SelfOrganisingMap
from glasswork.records import Batch


def batch(x):
    return Batch({"x": x})


@pytest.mark.course("MEM-02")
def test_worked_by_hand():
    model = Competitive(inputs=2, units=2)
    model.weight.copy_(torch.tensor([[0.9, 0.1], [0.3, 0.7]]))
    # (0, 1) scores 0.1 and 0.7: unit 1 moves by 0.2 * (-0.3, 0.3). Then (1, 0) scores 0.9 and 0.24: unit 0.
    record = CompetitiveLearning(model, learning_rate=0.2).step(batch(torch.tensor([[0.0, 1.0], [1.0, 0.0]])))
    torch.testing.assert_close(model.weight.data, torch.tensor([[0.92, 0.08], [0.24, 0.76]]))
    assert record.loss.item() == pytest.approx((0.09 + 0.01) / 2)  # (0.3^2 + 0.3^2) / 2 and (0.1^2 + 0.1^2) / 2


@pytest.mark.course("MEM-02")
def test_only_the_winner_moves():
    torch.manual_seed(0)
    w, x = torch.rand(5, 3, dtype=torch.float64), torch.rand(3, dtype=torch.float64)
    step = competitive_update(w, x, 3, lr=0.25)
    assert not step[[0, 1, 2, 4]].any()
    torch.testing.assert_close((w + step)[3] - x, 0.75 * (w[3] - x))


@pytest.mark.parametrize("size", [1, 4, 12])
def test_the_size_of_the_batch_changes_nothing(size):
    torch.manual_seed(0)
    x, start = torch.rand(12, 3), torch.rand(4, 3)
    found = []
    for model, learner in (
        (Competitive(inputs=3, units=4), CompetitiveLearning),
        (SelfOrganisingMap(inputs=3, rows=2, columns=2), SelfOrganising),
    ):
        for step in (12, size):
            model.weight.copy_(start)
            taught = learner(model, learning_rate=0.3)
            for first in range(0, 12, step):
                taught.step(batch(x[first : first + step]))
            found.append(model.weight.clone())
    assert torch.equal(found[0], found[1])
    assert torch.equal(found[2], found[3])


def clusters(seed=0, each=60):
    """Three clusters of inputs whose entries are positive and add up to 1."""
    generator = torch.Generator().manual_seed(seed)
    centres = torch.tensor([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]])
    x = centres.repeat_interleave(each, dim=0) + 0.02 * torch.randn(3 * each, 3, generator=generator)
    return centres, (x.clamp(min=0) / x.clamp(min=0).sum(dim=1, keepdim=True))[
        torch.randperm(3 * each, generator=generator)
    ]


@pytest.mark.course(
    "MEM-02",
    verdict="holds under conditions",
    seen="begun near one input of each cluster, the prototypes end within "
    "0.02 of the three cluster centres, and each unit's weights go on adding up to 1 to 1e-5",
)
def test_prototypes_reach_the_centres_and_keep_their_sums():
    centres, x = clusters()
    model = Competitive(inputs=3, units=3)
    model.weight.copy_(0.6 * centres + 0.4 / 3)
    learner = CompetitiveLearning(model, learning_rate=0.05)
    losses = [learner.step(batch(x)).loss.item() for _ in range(10)]
    assert losses[-1] < losses[0] / 3
    assert (model.weight - centres).norm(dim=1).max() < 0.02
    torch.testing.assert_close(model.weight.sum(dim=1), torch.ones(3), rtol=0, atol=1e-5)


@pytest.mark.course("MEM-02")
def test_a_unit_that_never_wins_never_moves():
    _, x = clusters()
    model = Competitive(inputs=3, units=3)
    model.weight.copy_(torch.tensor([[0.8, 0.1, 0.1], [0.4, 0.3, 0.3], [0.1, 0.45, 0.45]]))
    first = x[x[:, 0] > 0.5]
    before = model.weight.clone()
    CompetitiveLearning(model).step(batch(first))
    assert torch.equal(model.weight[1:], before[1:])
    assert not torch.equal(model.weight[0], before[0])


@pytest.mark.course("MEM-03")
def test_neighbours_come_along_by_hand():
    w, away = torch.tensor([[0.0], [1.0], [4.0]]), torch.tensor([1.0, 0.0, 1.0])
    step = self_organising_update(w, torch.tensor([2.0]), away, lr=0.5, radius=2.0)
    h = 2.718281828 ** (-1 / 8)
    torch.testing.assert_close(step, torch.tensor([[0.5 * h * 2], [0.5], [0.5 * h * -2]]))


def test_a_radius_of_nearly_nothing_moves_the_winner_alone():
    torch.manual_seed(0)
    w, x = torch.rand(4, 3), torch.rand(3)
    away = SelfOrganisingMap(inputs=3, rows=2, columns=2).grid_distances[2]
    torch.testing.assert_close(
        self_organising_update(w, x, away, lr=0.3, radius=0.01), competitive_update(w, x, 2, lr=0.3)
    )


@pytest.mark.course(
    "MEM-03",
    verdict="holds",
    seen="on a square of random points a 6x6 map's topology error falls "
    "from above 0.5 to below 0.1 and its quantisation error to less than a third, for 3 seeds",
)
@pytest.mark.parametrize("seed", range(3))
def test_a_map_unfolds(seed):
    torch.manual_seed(seed)
    x = torch.rand(300, 2)
    model = SelfOrganisingMap(inputs=2, rows=6, columns=6)
    first = model.topology_error(x).item()
    learner = SelfOrganising(model, steps=60)
    losses = [learner.step(batch(x[torch.randperm(300)[:50]])).loss.item() for _ in range(60)]
    assert first > 0.5
    assert model.topology_error(x) < 0.1
    assert losses[-1] < losses[0] / 3


def test_rate_and_radius_fall_over_the_steps():
    model = SelfOrganisingMap(inputs=1, rows=1, columns=2)
    moved = []
    for number in (0, 5, 10):
        model.weight.copy_(torch.tensor([[0.0], [1.0]]))
        learner = SelfOrganising(model, learning_rate=0.4, radius=1.0, end_radius=0.5, steps=10)
        learner.number = number
        learner.step(batch(torch.tensor([[0.0]])))
        moved.append(model.weight[1].item())
    for value, rate, radius in zip(moved, (0.4, 0.4 * 0.505, 0.004), (1.0, 0.75, 0.5), strict=True):
        assert value == pytest.approx(1 - rate * 2.718281828 ** (-1 / (2 * radius**2)), abs=1e-6)


def test_refusals():
    with pytest.raises(UsageError, match="CompetitiveLearning teaches Competitive, got Perceptron"):
        CompetitiveLearning(Perceptron(inputs=2))
    with pytest.raises(RangeError, match=r"SelfOrganising: learning_rate must be in \[0, 1\]"):
        SelfOrganising(SelfOrganisingMap(inputs=1, rows=1, columns=2), learning_rate=1.5)
    with pytest.raises(RangeError, match="SelfOrganising: radius must be > 0"):
        SelfOrganising(SelfOrganisingMap(inputs=1, rows=1, columns=2), radius=0.0)
    with pytest.raises(NonFiniteError):
        CompetitiveLearning(Competitive(inputs=2, units=2)).step(batch(torch.tensor([[float("nan"), 1.0]])))
