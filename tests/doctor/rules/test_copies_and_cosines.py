"""Branches that are copies, cosines of the wrong sign, gaps averaged too early, counts and their logarithms."""

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional

from glasswork.doctor import watch
from glasswork.doctor.rules import rules
from glasswork.doctor.vitals import Vitals


def trained(net, loss, draw, wanted, steps=12, rate=1e-2):
    """Return the faults that are told of a short training, graver than a note."""
    torch.manual_seed(0)
    stepper = torch.optim.Adam(net.parameters(), rate)
    with watch(net, stepper, experiments=False) as checkup:
        for _ in range(steps):
            rows = torch.randperm(len(draw))[:32]
            stepper.zero_grad()
            loss(net(draw[rows]), wanted[rows]).backward()
            stepper.step()
    return {finding.fault: finding for finding in checkup.findings if finding.severity != "note"}


def data(columns, *, long=False):
    torch.manual_seed(1)
    draw = torch.randn(256, 6)
    wanted = torch.tanh(draw @ torch.randn(6, columns)) + 0.1
    return draw, functional.normalize(wanted, dim=1) if long else wanted


def network(columns):
    torch.manual_seed(2)
    return nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.Linear(16, columns))


# --- a cosine ---------------------------------------------------------------------------------------------------------


def by_hand(made, wanted):
    return (made / made.norm(dim=-1, keepdim=True) * wanted).sum(-1)


@pytest.mark.parametrize(
    ("loss", "turned"),
    [
        (lambda made, wanted: functional.cosine_similarity(made, wanted, dim=1).mean(), True),
        (lambda made, wanted: 2 * by_hand(made, wanted).mean(), True),
        (
            lambda made, wanted: (
                (functional.normalize(wanted, dim=1) * functional.normalize(made, dim=1)).sum(1).mean()
            ),
            True,
        ),
        (lambda made, wanted: -functional.cosine_similarity(made, wanted, dim=1).mean(), False),
        (lambda made, wanted: 1 - by_hand(made, wanted).mean(), False),
        (lambda made, wanted: (1 - functional.cosine_similarity(made, wanted, dim=1)).mean(), False),
        (lambda made, wanted: functional.cosine_similarity(made, wanted, dim=1).square().mean(), False),
        (lambda made, wanted: (made - wanted).square().mean() + 0.1 * by_hand(made, wanted.flip(0)).mean(), False),
        (lambda made, wanted: functional.cosine_similarity(made, made.roll(1, 0), dim=1).mean(), False),  # pushed apart
        (lambda made, wanted: (made * wanted).sum(1).mean(), False),  # no cosine: a reward, or a cost
    ],
)
def test_a_cosine_to_data_that_is_made_small(loss, turned):
    found = trained(network(3), loss, *data(3, long=True))
    assert ("gradient-ascent" in found) is turned
    if turned:
        assert (found["gradient-ascent"].where, found["gradient-ascent"].step) == ("loss", 1)


# --- a mean before a square -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "early"),
    [
        (lambda made, wanted: (made - wanted).mean().square(), True),
        (lambda made, wanted: 0.5 * (wanted - made).mean() ** 2, True),
        (lambda made, wanted: (made - wanted).mean().abs(), True),
        (lambda made, wanted: (made - wanted).square().mean(), False),
        (lambda made, wanted: (made - wanted).square().mean() + 0.1 * (made - wanted).mean() ** 2, False),
        (lambda made, wanted: (made.mean() - wanted.mean()) ** 2 + (made - wanted).abs().mean(), False),
        (lambda made, wanted: (made.mean() - 1.0) ** 2, False),  # a condition, not data
    ],
)
def test_gaps_that_are_averaged_before_they_are_squared(loss, early):
    found = trained(network(2), loss, *data(2))
    assert ("loss-reduction" in found) is early


# --- counts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("last", "logarithms", "wrong"),
    [
        (nn.Softplus(), True, True),
        (nn.ReLU(), True, True),
        (None, True, False),
        (nn.Softplus(), False, False),
        (None, False, True),
    ],
)
def test_a_rate_and_its_logarithm(last, logarithms, wrong):
    draw, wanted = data(1)
    net = nn.Sequential(*network(1)[:2], nn.Linear(16, 1), *([last] if last else []))
    loss = nn.PoissonNLLLoss(log_input=logarithms)
    found = trained(net, loss, draw, torch.poisson(2 * wanted.exp()), steps=4)
    assert ("loss-output-mismatch" in found) is wrong


# --- copies -----------------------------------------------------------------------------------------------------------


class Branches(nn.Module):
    """Branches side by side, mixed by a gate; or one after the other."""

    def __init__(self, *, copied, gate="zero", chain=False):
        super().__init__()
        torch.manual_seed(3)
        first = nn.Linear(6, 6)
        self.branches = nn.ModuleList([copy.deepcopy(first) if copied else nn.Linear(6, 6) for _ in range(4)])
        self.gate, self.chain, self.out = nn.Linear(6, 4), chain, nn.Linear(6, 2)
        if gate == "zero":
            nn.init.zeros_(self.gate.weight)
            nn.init.zeros_(self.gate.bias)

    def forward(self, x):
        if self.chain:
            for branch in self.branches:
                x = x + torch.tanh(branch(x))
            return self.out(x)
        shares = self.gate(x).softmax(1)
        return self.out(sum(shares[:, [i]] * torch.tanh(branch(x)) for i, branch in enumerate(self.branches)))


@pytest.mark.parametrize(
    ("net", "alike"),
    [
        (Branches(copied=True), True),
        (Branches(copied=False), False),
        (Branches(copied=True, gate="drawn"), False),  # the gate tells them apart
        (Branches(copied=True, chain=True), False),  # as torch's transformers begin
    ],
)
def test_branches_that_began_as_copies(net, alike):
    found = trained(net, functional.mse_loss, *data(2))
    assert ("symmetric-initialisation" in found) is alike
    if alike:
        assert found["symmetric-initialisation"].where == "branches.0"


def test_a_frozen_copy_and_tied_weights_are_no_symmetry():
    net = Branches(copied=True)
    for branch in net.branches[1:]:
        branch.requires_grad_(False)
    assert "symmetric-initialisation" not in trained(net, functional.mse_loss, *data(2))
    net = Branches(copied=False)
    for branch in net.branches[1:]:
        branch.weight = net.branches[0].weight
    assert "symmetric-initialisation" not in trained(net, functional.mse_loss, *data(2))


def test_torchs_own_stack_of_copied_layers():
    torch.manual_seed(4)
    block = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    net = nn.Sequential(nn.Linear(6, 32), nn.Unflatten(1, (4, 8)), nn.TransformerEncoder(block, 3), nn.Flatten())
    assert "symmetric-initialisation" not in trained(
        nn.Sequential(*net, nn.Linear(32, 2)), functional.mse_loss, *data(2)
    )


# --- a crash ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layer", "given"),
    [
        (nn.LSTM(2, 4, batch_first=True), (torch.zeros(1, 8, 4), torch.zeros(1, 8, 4))),
        (nn.GRU(2, 4, batch_first=True), torch.zeros(1, 8, 4)),
        (nn.GRU(2, 4, batch_first=True), torch.zeros(1, 4)),
    ],
)
def test_a_first_state_of_another_batch(layer, given):
    with pytest.raises(RuntimeError) as caught:
        layer(torch.zeros(5, 3, 2), given)
    (finding,) = rules()["shape-mismatch"](Vitals(error=f"RuntimeError: {caught.value}", error_layer="lstm"))
    assert finding.where == "lstm"
    assert "x.size(0)" in finding.advice


# --- a rollout --------------------------------------------------------------------------------------------------------


class Rollout(nn.Module):
    """A field that is followed for many rounds."""

    def __init__(self, step, gain):
        super().__init__()
        torch.manual_seed(5)
        self.step, self.field = step, nn.Sequential(nn.Linear(2, 48), nn.SiLU(), nn.Linear(48, 2))
        for layer in (self.field[0], self.field[2]):
            nn.init.normal_(layer.weight, std=gain / layer.in_features**0.5)

    def forward(self, x):
        way = []
        for _ in range(25):
            x = x + self.step * self.field(x)
            way.append(x)
        return torch.cat(way, 1)


@pytest.mark.parametrize(("step", "gain", "explodes"), [(1.0, 1.3, True), (0.1, 1.4, False), (1.0, 0.2, False)])
def test_rounds_that_multiply(step, gain, explodes):
    torch.manual_seed(6)
    draw = torch.randn(256, 2)
    found = trained(Rollout(step, gain), functional.mse_loss, draw, draw.repeat(1, 25), steps=30, rate=1e-3)
    assert ("exploding-gradient" in found) is explodes
