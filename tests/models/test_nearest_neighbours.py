"""Nearest neighbours: what is stored answers for what is near it."""

import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier

from glasswork.errors import RangeError, ShapeError
from glasswork.models import NearestNeighbours
from suite import check_behaves


def filled(count=60, inputs=3, neighbours=1, capacity=None, kind=torch.float64):
    generator = torch.Generator().manual_seed(count + inputs)
    x = torch.randn(count, inputs, generator=generator, dtype=kind)
    labels = torch.randint(0, 3, (count,), generator=generator)
    model = NearestNeighbours(inputs=inputs, outputs=3, capacity=capacity or count, neighbours=neighbours).to(kind)
    model.remember(x, labels)
    return model, x, labels


@pytest.mark.parametrize("neighbours", [1, 3, 7])
def test_same_answers_as_scikit_learn(neighbours):
    model, x, labels = filled(neighbours=neighbours)
    reference = KNeighborsClassifier(neighbours).fit(x.numpy(), labels.numpy())
    new = torch.randn(200, 3, generator=torch.Generator().manual_seed(9), dtype=torch.float64)
    near, _ = reference.kneighbors(new.numpy())
    votes = torch.from_numpy(reference.predict_proba(new.numpy())) * neighbours
    torch.testing.assert_close(model.distances(new).sort(dim=1).values[:, :neighbours], torch.from_numpy(near))
    torch.testing.assert_close(model(new).exp(), (votes + 1) / (neighbours + 3))


def test_a_memory_that_is_half_empty_answers_from_what_it_has():
    model, x, _ = filled(count=4, neighbours=3, capacity=10)
    assert model.distances(x)[:, 4:].isinf().all()
    full, _, _ = filled(count=4, neighbours=3)
    torch.testing.assert_close(model(x), full(x))
    empty = NearestNeighbours(inputs=3, outputs=3, capacity=5)
    torch.testing.assert_close(empty(x.float()).exp(), torch.full((4, 3), 1 / 3))


def test_a_full_memory_stores_no_more():
    model, x, labels = filled(count=4, capacity=6)
    assert model.remember(x + 10, labels) == 2
    assert model.remember(x + 20, labels) == 0
    assert model.stored.item() == 6
    assert model.examples[4:].tolist() == (x[:2] + 10).tolist()


def test_far_from_zero_a_stored_example_is_still_at_distance_zero():
    model, _, _ = filled(kind=torch.float32)
    model.examples += 1000
    assert (model.distances(model.examples).diagonal() == 0).all()


def test_it_behaves():
    model, x, _ = filled(kind=torch.float32)
    check_behaves(model, x + 0.01)


def test_refusals():
    with pytest.raises(RangeError, match=r"neighbours must be in \[1, 3\], got neighbours=4"):
        NearestNeighbours(inputs=1, outputs=2, capacity=3, neighbours=4)
    model = NearestNeighbours(inputs=2, outputs=2, capacity=3)
    with pytest.raises(ShapeError, match="x must have size 2 in dimension 1"):
        model(torch.zeros(1, 3))
    with pytest.raises(ShapeError, match="labels must have size 1 in dimension 0"):
        model.remember(torch.zeros(1, 2), torch.tensor([0, 1]))
