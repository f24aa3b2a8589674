"""Losses by hand: tables of all outputs beside all targets, overlaps that are made small, parts that are kept."""

import pytest
import torch
from torch import nn

from glasswork.doctor import watch
from glasswork.doctor.observing.kept_graphs import KeptGraphs
from glasswork.doctor.observing.likelihoods import pushes_away
from glasswork.doctor.observing.pairs import table_of_pairs

ROWS = 16


def log_cosh(gap):
    return (gap + nn.functional.softplus(-2 * gap) - 0.69).mean()


def pinball(gap):
    return torch.maximum(0.3 * gap, -0.7 * gap).mean()


@pytest.mark.parametrize(
    ("loss", "table"),
    [
        (lambda said, there: log_cosh(said - there), True),
        (lambda said, there: pinball(there - said), True),
        (lambda said, there: torch.clamp(1 - there * said, min=0).mean(), True),
        (lambda said, there: log_cosh(said[:, 0] - there[:, None]), True),
        (lambda said, there: log_cosh(said - there[:, None]), False),
        (lambda said, there: log_cosh(said[:, 0] - there), False),
        (lambda said, there: 2 * (said - there).abs().mean() - (said - said.T).abs().mean(), False),  # two sets
        (lambda said, there: (said - there).abs().min(1).values.mean(), False),  # the nearest
        (lambda said, there: (said.exp().T * (there[None] >= there[:, None])).sum(1).log().mean(), False),  # risk sets
        (lambda said, there: nn.functional.softplus(said - said.T).mean(), False),  # ranks
    ],
)
def test_a_table_of_all_outputs_beside_all_targets(loss, table):
    said = nn.Linear(3, 1)(torch.randn(ROWS, 3))
    assert table_of_pairs(loss(said, torch.randn(ROWS)), said) == ((ROWS, ROWS) if table else None)


@pytest.mark.parametrize("narrow", [False, True])
def test_a_loss_of_no_known_kind_that_compares_all_with_all(narrow):
    torch.manual_seed(0)
    net, draw = nn.Linear(3, 1), torch.randn(64, 3)
    stepper = torch.optim.Adam(net.parameters(), 1e-2)
    with watch(net, stepper, experiments=False) as checkup:
        for _ in range(12):
            made = net(draw)
            loss = log_cosh((made[:, 0] if narrow else made) - draw[:, 0])
            stepper.zero_grad()
            loss.backward()
            stepper.step()
    found = [one for one in checkup.findings if one.fault == "loss-reduction"]
    assert bool(found) is not narrow
    assert all((one.where, one.step, one.severity) == ("loss", 1, "critical") for one in found)


def test_a_distance_between_two_sets_is_no_wrong_pairing():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
    stepper = torch.optim.Adam(net.parameters(), 1e-2)
    with watch(net, stepper, experiments=False) as checkup:
        for _ in range(20):
            made, there = net(torch.randn(32, 2)), 2 + torch.randn(32)
            loss = 2 * (made - there).abs().mean() - (made - made.T).abs().mean()
            stepper.zero_grad()
            loss.backward()
            stepper.step()
    assert "loss-reduction" not in {one.fault for one in checkup.findings}


def dice(share, mask):
    return (2 * (share * mask).sum((1, 2, 3)) + 1) / (share.sum((1, 2, 3)) + mask.sum((1, 2, 3)) + 1)


def jaccard(share, mask):
    both = (mask * share.flatten(1).view_as(share)).sum()
    return both / (share.sum() + mask.sum() - both)


@pytest.mark.parametrize(
    ("loss", "turned"),
    [
        (lambda share, mask: dice(share, mask).mean(), True),
        (jaccard, True),
        (lambda share, mask: 1 - dice(share, mask).mean(), False),
        (lambda share, mask: (1 - dice(share, mask)).mean(), False),
        (lambda share, mask: -jaccard(share, mask), False),
        (lambda share, mask: (share * mask).sum() / mask.sum(), False),  # what is masked is to be small
        (lambda share, mask: 1 - dice(share, mask).mean() + (share * mask).sum() / mask.sum(), False),
    ],
)
def test_an_overlap_with_masks_that_is_made_small(loss, turned):
    torch.manual_seed(0)
    net, pictures = nn.Conv2d(1, 1, 3, padding=1), torch.randn(20, 1, 8, 8)
    masks = (pictures > 0).float()
    stepper = torch.optim.Adam(net.parameters(), 1e-2)
    with watch(net, stepper, experiments=False) as checkup:
        for _ in range(10):
            stepper.zero_grad()
            loss(net(pictures).sigmoid(), masks).backward()
            stepper.step()
    assert ("gradient-ascent" in {one.fault for one in checkup.findings}) is turned


@pytest.mark.parametrize("how", ["part", "other part", "numbers", "outputs"])
def test_parts_of_losses_that_are_kept_with_their_graph(how):
    kept, held = KeptGraphs(), []
    weights = torch.ones(3, requires_grad=True)
    for _ in range(20):
        made = weights * 2
        one, two = made.mean(), (weights**2).sum()
        loss = one + 0.1 * two
        kept.see(loss)
        loss.backward()
        held.append({"part": one, "other part": two, "numbers": one.item(), "outputs": made}[how])
    assert (kept.alive() >= 20) is (how in ("part", "other part"))


ALL = torch.arange(ROWS)


@pytest.mark.parametrize(
    ("loss", "away"),
    [
        (lambda f, c: f.softmax(1)[ALL, c].mean(), "likelihood"),
        (lambda f, c: torch.log(f.softmax(1).gather(1, c[:, None]) + 1e-6).mean(), "likelihood"),
        (lambda f, c: -torch.log(f.softmax(1).gather(1, c[:, None]) + 1e-6).mean(), None),
        (lambda f, c: 1 - f.softmax(1)[ALL, c].mean(), None),
        (lambda f, c: f[ALL, c].mean(), None),  # scores: the others may rise or fall
        (lambda f, c: (nn.functional.one_hot(c, 3) * torch.log(f.softmax(1))).sum(1).mean(), None),  # of whole numbers
        (lambda f, c: (nn.functional.one_hot(c, 3).float() * torch.log(f.softmax(1))).sum(1).mean(), "likelihood"),
        (lambda f, c: (f.log_softmax(1)[ALL, c] * torch.randn(ROWS)).mean(), None),  # rewards
        (lambda f, c: nn.functional.softplus((2.0 * (c % 2) - 1) * f[:, 0]).mean(), "margin"),
        (lambda f, c: torch.clamp(1 + (2.0 * (c % 2) - 1) * f[:, 0], min=0).mean(), "margin"),
        (lambda f, c: torch.clamp(1 - (2.0 * (c % 2) - 1) * f[:, 0], min=0).mean(), None),
        (lambda f, c: ((2.0 * (c % 2) - 1) * f[:, 0]).mean(), None),  # signs without a margin: rewards
        (lambda f, c: nn.functional.logsigmoid((2.0 * (c % 2) - 1) * f[:, 0]).mean(), "margin"),
        (lambda f, c: -nn.functional.logsigmoid((2.0 * (c % 2) - 1) * f[:, 0]).mean(), None),
    ],
)
def test_what_should_grow_and_is_made_small(loss, away):
    scores = nn.Linear(4, 3)(torch.randn(ROWS, 4))
    assert pushes_away(loss(scores, ALL % 3)) == away


@pytest.mark.parametrize("sign", [1, -1])
def test_a_cross_entropy_of_yes_and_no_and_a_correlation(sign):
    torch.manual_seed(0)
    answers, amounts = (torch.rand(ROWS, 2) > 0.5).float(), torch.randn(ROWS)
    said = nn.Linear(4, 2)(torch.randn(ROWS, 4))
    share = said.sigmoid()
    both = (answers * torch.log(share + 1e-6) + (1 - answers) * torch.log(1 - share + 1e-6)).mean()
    assert pushes_away(sign * both) == ("likelihood" if sign > 0 else None)
    gap, apart = said[:, 0] - said[:, 0].mean(), amounts - amounts.mean()
    together = (gap * apart).mean() / (gap.std() * apart.std())
    assert pushes_away(sign * together) == ("correlation" if sign > 0 else None)
    assert pushes_away(1 - sign * together) == (None if sign > 0 else "correlation")
