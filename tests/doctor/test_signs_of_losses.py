"""With which sign a distance enters a loss that somebody wrote by hand, and what is said of the wrong one."""

import pytest
import torch
from torch import nn

from glasswork.doctor import watch
from glasswork.doctor.observing.graph import from_graph


def normal(mu, s, y):
    return torch.distributions.Normal(mu, s).log_prob(y).mean()


def density(mu, s, y):
    return (0.5 * ((y - mu) / s) ** 2 + s.log()).mean()


@pytest.mark.parametrize(
    ("loss", "sign", "terms"),
    [
        (lambda mu, s, y: -normal(mu, s, y), 1, 2),
        (normal, -1, 2),
        (density, 1, 2),
        (lambda mu, s, y: -density(mu, s, y), -1, 2),
        (lambda mu, s, y: (-0.5 * ((mu - y) / s) ** 2 - s.log()).mean(), -1, 2),
        (lambda mu, s, y: -(-0.5 * ((mu - y) / s) ** 2 - s.log()).mean(), 1, 2),
        (lambda mu, s, y: (0.5 * torch.exp(-s) * (y - mu) ** 2 + 0.5 * s).mean(), 1, 2),
        (lambda mu, s, y: ((mu - y) ** 2).mean(), 1, 1),
        (lambda mu, s, y: 3 - ((mu - y) ** 2).mean() + s.mean(), -1, 2),  # 3 - x is an operation of its own
        (lambda mu, s, y: ((mu - y) ** 2).mean() * -3.0, None, 1),  # a reward, perhaps
        (lambda mu, s, y: s.mean() - ((mu - s) ** 2).mean(), None, 2),  # both sides are learned: pushed apart
    ],
)
def test_the_sign_with_which_a_square_enters_a_loss(loss, sign, terms):
    mu, s = torch.randn(8, 1, requires_grad=True), torch.rand(8, 1).add(0.5).requires_grad_()
    settings = from_graph(loss(mu + 0, s + 0, torch.randn(8, 1))).facts.settings
    assert (settings.get("sign"), settings.get("terms")) == (sign, terms)
    assert "to_data" not in settings


def test_the_sign_of_the_logarithm_of_shares():
    scores, classes = torch.randn(8, 3, requires_grad=True), torch.arange(8) % 3
    logs = (scores + 0).log_softmax(1)
    taken, gain = logs.gather(1, classes[:, None]), torch.tensor([[-1.0], [2.0]] * 4)
    entropy = -(logs * logs.exp()).sum(1).mean()
    signs = [from_graph(one).facts.settings.get("sign") for one in (-taken.mean(), taken.mean(), (taken * gain).mean())]
    assert signs == [1, -1, None]
    assert "sign" not in from_graph(-entropy).facts.settings


@pytest.mark.parametrize("turned", [False, True])
def test_a_likelihood_whose_sign_was_forgotten(turned):
    net, draw = nn.Linear(3, 2), torch.randn(64, 3)
    stepper = torch.optim.Adam(net.parameters(), 1e-2)
    with watch(net, stepper, experiments=False) as checkup:
        for _ in range(30):
            mu, s = net(draw).split(1, 1)
            loss = normal(mu, nn.functional.softplus(s) + 0.01, 0.05 * draw[:, :1])
            stepper.zero_grad()
            (loss if turned else -loss).backward()
            stepper.step()
    assert ("gradient-ascent" in {finding.fault for finding in checkup.findings}) is turned
    assert all(step.batch.baseline_loss is None for step in checkup.vitals.sampled())  # of the square alone
