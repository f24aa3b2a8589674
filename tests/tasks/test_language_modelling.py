import math

import pytest
import torch

from glasswork.tasks import LanguageModelling


def test_meter_by_hand():
    # The right tokens have probabilities 1/2, 1/4 and, in the next batch, 1/8.
    one = torch.tensor([[[0.5, 0.25, 0.25], [0.5, 0.25, 0.25]]]).log()
    two = torch.tensor([[[0.5, 0.375, 0.125]]]).log()
    meter = LanguageModelling(3).meter()
    meter.update(one, torch.tensor([[0, 1]]))
    meter.update(two, torch.tensor([[2]]))
    found = meter.compute()
    assert found["nats_per_token"] == pytest.approx(2 * math.log(2))
    assert found["perplexity"] == pytest.approx(4)


def test_decode_is_of_the_next_token():
    decoded = LanguageModelling(2).decode(torch.tensor([[[9.0, 0.0], [0.0, math.log(3)]]]))
    assert decoded["probabilities"].tolist() == [[0.25, 0.75]]
    assert decoded["labels"].tolist() == [1]


def test_a_lost_model_has_a_finite_perplexity():
    logits = torch.tensor([[[0.0, 5000.0]]])
    assert math.isfinite(LanguageModelling(2).metrics(logits, torch.tensor([[0]]))["perplexity"])
