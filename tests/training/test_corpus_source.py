import numpy as np
import torch

from glasswork.training import CorpusSource


def test_targets_are_the_next_tokens():
    batch = CorpusSource(torch.arange(20, dtype=torch.int32), context=4).batch(np.array([0, 9]))
    assert batch.inputs["tokens"].tolist() == [[0, 1, 2, 3], [9, 10, 11, 12]]
    assert batch.targets.tolist() == [[1, 2, 3, 4], [10, 11, 12, 13]]
    assert batch.targets.dtype == torch.int64


def test_training_windows_move_back_together_and_stay_in_their_part():
    first, last, context = 10, 90, 8
    source = CorpusSource(torch.arange(100), context=context, first=first, seed=1)
    starts = np.arange(first, last - context, context)
    moves = set()
    for epoch in range(1, 30):
        tokens = source.batch(starts, epoch=epoch).inputs["tokens"]
        move = starts[1:] - tokens[1:, 0].numpy()
        assert len(set(move.tolist())) == 1
        moves.add(int(move[0]))
        assert tokens.min() >= first
        assert source.batch(starts, epoch=epoch).targets.max() < last
    assert len(moves) >= 6
    assert moves <= set(range(context))


def test_no_jitter_when_not_training_or_not_wanted():
    still = CorpusSource(torch.arange(50), context=5, jitter=False)
    moving = CorpusSource(torch.arange(50), context=5)
    index = np.array([20, 30])
    expected = still.batch(index).inputs["tokens"]
    assert torch.equal(still.batch(index, epoch=3).inputs["tokens"], expected)
    assert torch.equal(moving.batch(index).inputs["tokens"], expected)
