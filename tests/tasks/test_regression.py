import pytest
import torch

from glasswork.errors import UsageError
from glasswork.metrics.scores import RegressionScores
from glasswork.tasks import Regression


@pytest.mark.parametrize("middle", [0.0, 1e6])
def test_meter_in_batches_like_the_scores_of_the_evaluation(middle):
    task = Regression(["a", "b"])
    outputs, targets = torch.randn(50, 2) + middle, torch.randn(50, 2) + middle
    meter = task.meter()
    for rows in torch.arange(50).split(7):
        meter.update(outputs[rows], targets[rows])
    expected = RegressionScores(outputs.numpy(), targets.numpy())()
    assert meter.compute() == pytest.approx(expected, rel=1e-6)


def test_a_target_that_never_varies_has_no_r2():
    found = Regression(["a"]).metrics(torch.tensor([[1.0], [2.0]]), torch.tensor([[0.1], [0.1]]))
    assert set(found) == {"rmse", "mae"}


def test_decode_and_nothing():
    task = Regression(["a"])
    assert task.decode(torch.tensor([[1.5]]))["values"].tolist() == [[1.5]]
    meter = task.meter()
    meter.update(torch.zeros(0, 1), torch.zeros(0, 1))
    assert meter.compute() == {}
    with pytest.raises(UsageError, match="one target or more is needed"):
        Regression([])
