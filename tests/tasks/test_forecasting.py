import pytest
import torch

from glasswork.errors import RangeError
from glasswork.layers import TargetScale
from glasswork.metrics.scores import ForecastScores
from glasswork.tasks import Forecasting, with_scale


def test_meter_in_batches_like_the_scores_of_the_evaluation():
    past = torch.randn(100, 2) * torch.tensor([3.0, 0.1]) + 20
    scale = TargetScale(2).fit(past)
    task = with_scale(Forecasting(["a", "b"], 4), scale)
    outputs, targets = torch.randn(30, 4, 2), torch.randn(30, 4, 2)
    meter = task.meter()
    for rows in torch.arange(30).split(7):
        meter.update(outputs[rows], targets[rows])
    expected = ForecastScores(outputs.numpy(), targets.numpy(), scale=scale.deviation.numpy())()
    assert meter.compute() == pytest.approx(expected, rel=1e-4)


def test_outputs_decode_and_nothing():
    task = Forecasting(["a", "b"], 3)
    assert task.outputs == 6
    assert task.decode(torch.zeros(1, 3, 2))["values"].shape == (1, 3, 2)
    assert task.meter().compute() == {}
    with pytest.raises(RangeError, match=r"Forecasting: horizon must be >= 1, got horizon=0\."):
        Forecasting(["a"], 0)
