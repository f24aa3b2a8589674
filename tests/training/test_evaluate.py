import numpy as np
import pytest
import torch
from torch import nn

from glasswork.training import TensorSource, evaluate


class Meter:
    def __init__(self):
        self.count = torch.zeros(())

    def update(self, outputs, targets):
        self.count += len(outputs)

    def compute(self):
        return {"count": float(self.count)}


class Task:
    monitor, monitor_direction = "count", "max"

    def meter(self):
        return Meter()


def source():
    return TensorSource({"input": torch.tensor([[1.0], [2.0], [5.0]])}, torch.tensor([[1.0], [0.0], [2.0]]))


@pytest.mark.parametrize("batch_size", [1, 2, 3, 9])
def test_means_over_examples_whatever_the_batches(batch_size):
    # errors 0, 2, 3: squares 0, 4, 9, mean 13 / 3
    found = evaluate(
        nn.Identity(),
        source(),
        np.arange(3),
        task=Task(),
        loss=nn.functional.mse_loss,
        metrics={"error": nn.functional.l1_loss},
        batch_size=batch_size,
    )
    assert found.metrics == pytest.approx({"loss": 13 / 3, "error": 5 / 3, "count": 3.0})
    assert found.outputs is None


def test_outputs_in_the_order_asked_for():
    found = evaluate(nn.Identity(), source(), np.array([2, 0]), batch_size=1, outputs=True)
    assert found.outputs.tolist() == [[5.0], [1.0]]
    assert found.targets.tolist() == [[2.0], [1.0]]
    assert found.metrics == {}


def test_evaluation_mode_and_back_module_by_module():
    model = nn.Sequential(nn.Dropout(0.9), nn.BatchNorm1d(1))
    model[1].eval()
    seen = []
    model[0].register_forward_hook(lambda module, inputs, output: seen.append((module.training, output.requires_grad)))
    evaluate(model, source(), np.arange(3))
    assert seen == [(False, False)]
    assert (model.training, model[0].training, model[1].training) == (True, True, False)
    with pytest.raises(TypeError):
        evaluate(model, source(), np.arange(3), loss=lambda outputs: outputs)
    assert model[0].training


def test_without_targets_there_is_nothing_to_measure():
    found = evaluate(
        nn.Identity(),
        TensorSource({"input": torch.ones(2, 1)}),
        np.arange(2),
        task=Task(),
        loss=nn.functional.mse_loss,
        outputs=True,
    )
    assert found.metrics == {}
    assert found.outputs.shape == (2, 1)
    assert found.targets is None
