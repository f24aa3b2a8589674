"""Whether first weights look freshly drawn: what tells a body that was pretrained from one that was only frozen."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from glasswork.doctor.observing.layers import parameter_facts
from glasswork.doctor.rules._anatomy import looks_untrained
from glasswork.doctor.vitals import LayerFacts, ModelFacts


def looks(layer):
    facts = ModelFacts("model", "Net", {"0": LayerFacts("0", "Linear", "linear", 0)})
    facts.parameters["0.weight"] = parameter_facts("0.weight", "0", layer.weight)
    return looks_untrained(facts, "0")


DRAWS = {
    "torch's own": lambda weight: nn.init.kaiming_uniform_(weight, a=5**0.5),
    "He, uniform": nn.init.kaiming_uniform_,
    "He, normal": nn.init.kaiming_normal_,
    "Xavier, uniform": nn.init.xavier_uniform_,
    "plain normal": lambda weight: nn.init.normal_(weight, std=0.02),
}


@pytest.mark.parametrize("name", DRAWS)
@pytest.mark.parametrize("inputs", [20, 64, 700])
def test_fresh_weights_are_recognised(name, inputs):
    seen = []
    for seed in range(20):
        torch.manual_seed(seed)
        layer = nn.Linear(inputs, 64)
        DRAWS[name](layer.weight)
        seen.append(looks(layer))
    assert seen.count(True) >= 18


@pytest.mark.parametrize("seed", range(5))
def test_a_short_training_shows_in_the_largest_weight(seed):
    torch.manual_seed(seed)
    x = torch.randn(256, 20)
    net = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 1))
    assert looks(net[0]) is True
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    for _ in range(60):
        optimizer.zero_grad()
        functional.mse_loss(net(x), x[:, :1] * x[:, 1:2]).backward()
        optimizer.step()
    assert looks(net[0]) is False


def test_torchs_own_draw_has_an_end_and_a_weight_beyond_it_was_trained():
    torch.manual_seed(0)
    layer = nn.Linear(64, 64)
    assert looks(layer) is True
    with torch.no_grad():
        layer.weight[3, 5] = 4 / (3 * 64) ** 0.5  # four standard deviations, as a normal draw's largest
    assert looks(layer) is False
