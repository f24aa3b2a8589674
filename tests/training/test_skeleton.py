import json

import numpy as np
import pytest
import torch

from glasswork.errors import CheckpointError
from glasswork.training.skeleton import flatten, unflatten


def there_and_back(value):
    tensors = {}
    skeleton = json.loads(json.dumps(flatten(value, tensors)))
    return unflatten(skeleton, tensors), tensors


def test_an_optimizer_state_comes_back():
    model = torch.nn.Linear(3, 2)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1, betas=(0.8, 0.9))
    model(torch.ones(4, 3)).sum().backward()
    optimizer.step()
    state = optimizer.state_dict()
    back, _ = there_and_back(state)
    assert back["param_groups"] == state["param_groups"]
    assert isinstance(back["param_groups"][0]["betas"], tuple)
    assert list(back["state"]) == [0, 1]
    for i in (0, 1):
        for name, tensor in state["state"][i].items():
            assert torch.equal(back["state"][i][name], tensor)


def test_plain_values_come_back_exactly():
    value = {"a": [1, 2.5, None, True, "x"], "b": (1, (2,)), "$odd": {3: np.float64(0.1)}, "": {}}
    back, tensors = there_and_back(value)
    assert back == {"a": [1, 2.5, None, True, "x"], "b": (1, (2,)), "$odd": {3: 0.1}, "": {}}
    assert tensors == {}


def test_layout_in_memory_comes_back_for_kernels_that_walk_it():
    image = torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last)
    back, tensors = there_and_back([image, image.permute(3, 0, 1, 2), torch.ones(1).expand(4), torch.arange(9)[::2]])
    assert back[0].stride() == image.stride()
    assert back[1].stride() == image.permute(3, 0, 1, 2).stride()
    assert torch.equal(back[0], image)
    assert torch.equal(back[1], image.permute(3, 0, 1, 2))
    assert back[2].tolist() == [1.0] * 4
    assert back[3].tolist() == [0, 2, 4, 6, 8]
    assert all(tensor.is_contiguous() for tensor in tensors.values())


def test_equal_names_do_not_meet():
    back, tensors = there_and_back({"a.b": torch.tensor(1), "a": {"b": torch.tensor(2)}})
    assert back["a.b"].item() == 1
    assert back["a"]["b"].item() == 2
    assert len(tensors) == 2


def test_refuses_what_would_need_pickle():
    with pytest.raises(CheckpointError, match=r"a\.0: a set cannot be kept in a checkpoint"):
        flatten({"a": [{1}]}, {})
