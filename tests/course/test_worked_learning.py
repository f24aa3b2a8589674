"""The course's worked examples of learning without an error signal, done by the parts."""

import pytest
import torch

from glasswork import course
from glasswork.learning import CompetitiveLearning, MemoryBased
from glasswork.models import Competitive, NearestNeighbours
from glasswork.records import Batch
from suite import close


@pytest.mark.course("WE-46", "MEM-01")
def test_the_nearest_neighbour_rule():
    example = course.worked("WE-46")
    given = example["inputs"]
    x, labels = torch.tensor(given["X"], dtype=torch.float64), torch.tensor(given["d"])
    model = NearestNeighbours(inputs=2, outputs=3, capacity=3).double()
    MemoryBased(model).step(Batch({"x": x}, labels))
    point = torch.tensor([given["test"]], dtype=torch.float64)
    close(example, "distances", model.distances(point)[0])
    close(example, "label", model(point).argmax(dim=1)[0])


@pytest.mark.course("WE-47", "MEM-02")
def test_the_winner_moves_towards_the_input():
    example = course.worked("WE-47")
    given = example["inputs"]
    model = Competitive(inputs=2, units=2).double()
    model.weight.copy_(torch.tensor(given["W"], dtype=torch.float64))
    x = torch.tensor([given["x"]], dtype=torch.float64)
    close(example, "winner", model.winners(x)[0])
    CompetitiveLearning(model, learning_rate=given["eta"]).step(Batch({"x": x}))
    close(example, "W_new", model.weight)
    close(example, "row_sums", model.weight.sum(dim=1))
