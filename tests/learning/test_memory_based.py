"""Memory-based learning: one pass stores everything; what was stored is known by heart."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_iris

from glasswork.errors import DataError, RangeError, UsageError
from glasswork.layers import Network
from glasswork.learning import MemoryBased
from glasswork.models import Linear, NearestNeighbours
from glasswork.records import Batch
from glasswork.training import TensorSource, train


def test_worked_by_hand():
    model = NearestNeighbours(inputs=1, outputs=2, capacity=4)
    learner = MemoryBased(model)
    first = learner.step(Batch({"x": torch.tensor([[0.0], [4.0]])}, torch.tensor([1, 0])))
    # nearest to 1 is 0, class 1: right. Nearest to 3 is 4, class 0: wrong, it is 1.
    second = learner.step(Batch({"x": torch.tensor([[1.0], [3.0]])}, torch.tensor([1, 1])))
    assert (first.extra["stored"].item(), second.extra["stored"].item()) == (2.0, 4.0)
    assert second.loss.item() == 0.5
    assert model(torch.tensor([[3.2]])).argmax().item() == 1


@pytest.mark.course(
    "MEM-01",
    verdict="holds",
    seen="after one epoch over iris the one nearest neighbour makes no "
    "error on the stored examples; of unseen ones it gets more than 9 in 10 right, as do 5 neighbours",
)
@pytest.mark.parametrize("neighbours", [1, 5])
def test_stored_examples_are_known_by_heart(neighbours):
    x, y = load_iris(return_X_y=True)
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    rows = np.random.default_rng(0).permutation(150)
    model = NearestNeighbours(inputs=4, outputs=3, capacity=100, neighbours=neighbours).double()
    train(MemoryBased(model), TensorSource({"x": x}, y), {"train": rows[:100]}, epochs=1, batch_size=16)
    seen, unseen = rows[:100], rows[100:]
    wrong = (model(x[seen]).argmax(dim=1) != y[seen]).sum().item()
    assert wrong == 0 if neighbours == 1 else wrong > 0
    assert (model(x[unseen]).argmax(dim=1) == y[unseen]).double().mean() > 0.9


def test_a_second_pass_stores_nothing_twice():
    x, y = torch.arange(6.0)[:, None], torch.tensor([0, 1, 0, 1, 0, 1])
    model = NearestNeighbours(inputs=1, outputs=2, capacity=6)
    history = train(MemoryBased(model), TensorSource({"x": x}, y), {"train": np.arange(6)}, epochs=2, batch_size=4)
    assert model.stored.item() == 6
    assert sorted(model.examples[:, 0].tolist()) == x[:, 0].tolist()
    assert history.column("train/loss")[-1] == 0.0


def test_a_network_stores_what_its_body_sees():
    class Doubled(torch.nn.Module):
        def forward(self, numbers):
            return 2 * numbers

    network = Network(inputs=Doubled(), body=NearestNeighbours(inputs=2, outputs=2, capacity=1))
    MemoryBased(network).step(Batch({"numbers": torch.tensor([[1.0, 2.0]])}, torch.tensor([1])))
    assert network.body.examples.tolist() == [[2.0, 4.0]]


def test_refusals():
    with pytest.raises(UsageError, match="MemoryBased teaches NearestNeighbours, got Linear"):
        MemoryBased(Linear(inputs=1, outputs=1))
    learner = MemoryBased(NearestNeighbours(inputs=1, outputs=2, capacity=3))
    with pytest.raises(RangeError, match="targets must be whole numbers"):
        learner.step(Batch({"x": torch.zeros(1, 1)}, torch.zeros(1)))
    with pytest.raises(DataError, match="no labels to remember"):
        learner.step(Batch({"x": torch.zeros(1, 1)}))
