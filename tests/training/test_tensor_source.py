import numpy as np
import pytest
import torch

from glasswork.errors import DataError
from glasswork.training import Source, TensorSource, example_keys


def test_batches_by_index():
    x, y = torch.arange(12.0).reshape(6, 2), torch.arange(6)
    source = TensorSource({"numbers": x, "codes": torch.arange(6)[:, None]}, y)
    batch = source.batch(np.array([4, 1]))
    assert batch.inputs["numbers"].tolist() == [[8.0, 9.0], [2.0, 3.0]]
    assert batch.inputs["codes"].tolist() == [[4], [1]]
    assert batch.targets.tolist() == [4, 1]
    assert batch.index.tolist() == [4, 1]
    assert source.batch(torch.tensor([4, 1])).targets.tolist() == [4, 1]
    assert isinstance(source, Source)
    assert len(source) == 6


def test_images_become_channels_last_without_moving_a_byte():
    pixels = torch.randint(0, 256, (5, 4, 6, 3), dtype=torch.uint8)
    batch = TensorSource({"pixels": pixels}, images=("pixels",)).batch(np.array([3, 0]))
    x = batch.inputs["pixels"]
    assert x.shape == (2, 3, 4, 6)
    assert x.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(x[0, :, 1, 2], pixels[3, 1, 2])


def test_augments_only_while_training_with_keys_of_each_example():
    seen = []

    def augment(x, *, keys):
        seen.append(keys)
        return x + 100

    source = TensorSource({"x": torch.zeros(5, 1)}, augment=augment, seed=3)
    assert source.batch(np.array([1, 2])).inputs["x"].tolist() == [[0.0], [0.0]]
    assert source.batch(np.array([2, 1]), epoch=4).inputs["x"].tolist() == [[100.0], [100.0]]
    assert seen[0].tolist() == example_keys(np.array([2, 1]), seed=3, epoch=4).tolist()


def test_refuses_inputs_of_different_lengths():
    with pytest.raises(DataError, match="all inputs and targets must have as many rows, got x 3, targets 2"):
        TensorSource({"x": torch.zeros(3, 1)}, torch.zeros(2))
    with pytest.raises(DataError, match="got nothing"):
        TensorSource({})
