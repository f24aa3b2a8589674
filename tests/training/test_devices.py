import pytest
import torch
from torch import nn

from glasswork.errors import UnknownNameError, UsageError
from glasswork.records import Batch
from glasswork.training import choose_device, choose_threads
from glasswork.training.devices import count_work


def test_work_counted_by_hand():
    # Linear 3 -> 5 on 4 rows: 60; convolution 2 -> 3, 3 x 3, on 4 x 4: 3 * 16 * 18 = 864;
    # LSTM 3 -> 2 over 5 steps: 5 * (8 * 3 + 8 * 2)
    assert count_work(nn.Linear(3, 5), Batch({"input": torch.zeros(4, 3)})) == 60
    assert count_work(nn.Conv2d(2, 3, 3, padding=1), Batch({"input": torch.zeros(1, 2, 4, 4)})) == 864
    assert count_work(nn.LSTM(3, 2, batch_first=True), Batch({"input": torch.zeros(1, 5, 3)})) == 200


def test_counting_leaves_the_model_as_it_was():
    model = nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 2))
    model[0].eval()
    count_work(model, Batch({"input": torch.randn(4, 3)}))
    assert (model.training, model[0].training) == (True, False)
    assert model[0].num_batches_tracked == 0
    assert not model[1]._forward_hooks


def test_one_thread_for_tiny_networks_and_all_cores_for_others():
    tiny = nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 3))
    assert choose_threads(tiny, Batch({"input": torch.zeros(32, 32)}), cores=2) == 1
    larger = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128))
    assert choose_threads(larger, Batch({"input": torch.zeros(128, 784)}), cores=2) == 2
    assert choose_threads(larger, Batch({"input": torch.zeros(128, 784)})) >= 1


def test_choosing_a_device(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert choose_device() == torch.device("cpu")
    with pytest.raises(UsageError, match="device 'cuda' was asked for, but this torch finds only: cpu"):
        choose_device("cuda")
    with pytest.raises(UnknownNameError, match="no device 'gpu'; did you mean 'cpu'"):
        choose_device("gpu")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    assert choose_device("auto") == torch.device("cuda")
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert choose_device("auto") == torch.device("cuda:1")
