import pytest
import torch
from torch.nn import functional

from glasswork.errors import RangeError, ShapeError
from glasswork.layers import CategoryInputs


def test_one_hot_by_hand():
    inputs = CategoryInputs([2, 3], one_hot_limit=3)
    assert inputs(torch.tensor([[1, 3], [0, 2], [2, 0]])).tolist() == [
        [1, 0, 0, 0, 1],
        [0, 0, 0, 1, 0],
        [0, 1, 0, 0, 0],
    ]


def test_same_as_torch_one_hot():
    codes = torch.randint(0, 6, (40, 1))
    expected = functional.one_hot(codes[:, 0], 6)[:, 1:].float()
    torch.testing.assert_close(CategoryInputs([5], one_hot_limit=9)(codes), expected)


def test_missing_starts_at_zero_and_learns_only_from_gaps():
    inputs = CategoryInputs([4], width=3)
    assert inputs(torch.tensor([[0]])).tolist() == [[0, 0, 0]]
    inputs(torch.tensor([[1], [2]])).sum().backward()
    assert inputs.vectors[0].weight.grad[0].tolist() == [0, 0, 0]
    inputs(torch.tensor([[0]])).sum().backward()
    assert inputs.vectors[0].weight.grad[0].tolist() == [1, 1, 1]


@pytest.mark.parametrize("limit", [0, 9])
def test_a_code_beyond_the_categories_was_never_seen(limit):
    inputs = CategoryInputs([3], one_hot_limit=limit)
    torch.testing.assert_close(inputs(torch.tensor([[99]])), inputs(torch.tensor([[0]])))


def test_some_of_each_and_none():
    inputs = CategoryInputs([2, 50, 3], one_hot_limit=3, width=4)
    assert inputs.outputs == inputs(torch.zeros(7, 3, dtype=torch.int64)).shape[1] == 2 + 3 + 4
    assert CategoryInputs([])(torch.zeros(7, 0, dtype=torch.int64)).shape == (7, 0)


def test_refusals():
    with pytest.raises(
        ShapeError, match=r"CategoryInputs: codes must have size 1 in dimension 1, got shape \(2, 2\)\."
    ):
        CategoryInputs([3])(torch.zeros(2, 2, dtype=torch.int64))
    with pytest.raises(RangeError, match=r"CategoryInputs: categories must be >= 0, got categories=-1\."):
        CategoryInputs([-1])
