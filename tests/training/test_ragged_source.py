import numpy as np
import pytest
import torch

from glasswork.errors import DataError
from glasswork.training import RaggedSource


def source(**settings):
    flat = torch.tensor([5, 6, 7, 8, 9, 4], dtype=torch.int32)
    return RaggedSource(flat, torch.tensor([0, 2, 2, 5, 6]), torch.tensor([10, 11, 12, 13]), **settings)


def test_pads_to_the_longest_of_the_batch():
    batch = source().batch(np.array([2, 0]))
    assert batch.inputs["tokens"].tolist() == [[7, 8, 9], [5, 6, 0]]
    assert batch.inputs["tokens"].dtype == torch.int64
    assert batch.inputs["lengths"].tolist() == [3, 2]
    assert batch.targets.tolist() == [12, 10]


def test_an_empty_sequence_is_one_padding_token():
    batch = source().batch(np.array([1]))
    assert batch.inputs["tokens"].tolist() == [[0]]
    assert batch.inputs["lengths"].tolist() == [1]
    nothing = RaggedSource(torch.zeros(0, dtype=torch.int32), torch.tensor([0, 0, 0]))
    assert nothing.batch(np.array([0, 1])).inputs["tokens"].tolist() == [[0], [0]]


def test_groups_by_length_only_when_asked():
    order = np.arange(4)
    assert source().arrange(order, batch_size=2, seed=0, epoch=1) is order
    grouped = source(group_by_length=True).arrange(order, batch_size=2, seed=0, epoch=1)
    assert {frozenset(grouped[:2].tolist()), frozenset(grouped[2:].tolist())} == {frozenset({1, 3}), frozenset({0, 2})}


def test_refuses_targets_of_another_length():
    with pytest.raises(DataError, match="2 sequences cannot have 3 targets"):
        RaggedSource(torch.arange(3), torch.tensor([0, 1, 3]), torch.zeros(3))
