import numpy as np
import pytest
import torch

from glasswork.errors import RangeError, ShapeError
from glasswork.training import WindowSource


def test_past_and_future_around_an_origin():
    series = torch.arange(20.0).reshape(10, 2)  # row t is (2t, 2t + 1)
    batch = WindowSource(series, past=3, horizon=2, targets=1).batch(np.array([3, 8]))
    assert batch.inputs["past"].shape == (2, 3, 2)
    assert batch.inputs["past"][0].tolist() == [[0, 1], [2, 3], [4, 5]]
    assert batch.targets.tolist() == [[[6], [8]], [[16], [18]]]


def test_a_forecast_from_the_end_has_no_targets():
    source = WindowSource(torch.arange(5.0)[:, None], past=2, horizon=2)
    assert source.batch(np.array([3])).targets is not None
    batch = source.batch(np.array([5]))
    assert batch.targets is None
    assert batch.inputs["past"].flatten().tolist() == [3.0, 4.0]


def test_refusals():
    with pytest.raises(ShapeError, match="series must have 2 dimensions"):
        WindowSource(torch.zeros(4), past=1, horizon=1)
    with pytest.raises(RangeError, match="horizon must be >= 1"):
        WindowSource(torch.zeros(4, 1), past=1, horizon=0)
