"""Remedies that can be written out: the same loss, slope and weights as without the fault, in float64."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from glasswork.doctor.remedies import Remedy, applied
from glasswork.doctor.remedies.remedy import Part


def remedy(*parts: tuple[str, dict]) -> Remedy:
    return Remedy("…", "…", tuple(Part(kind, settings) for kind, settings in parts))


def same(ours, theirs, tolerance: float) -> None:
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=tolerance)


def test_logarithm_of_probabilities_is_the_logits_loss():
    z = torch.randn(30, 5, dtype=torch.float64, requires_grad=True)
    y = torch.randint(0, 5, (30,))
    wanted = functional.cross_entropy(z, y)
    (slope,) = torch.autograd.grad(wanted, z)
    with applied(remedy(("log-of-probabilities", {}))):
        got = nn.CrossEntropyLoss()(z.softmax(1), y)
        (ours,) = torch.autograd.grad(got, z)
    assert abs(got.item() - wanted.item()) < 1e-12
    torch.testing.assert_close(ours, slope, rtol=0, atol=1e-12)


def test_logit_of_a_sigmoid_is_the_logits_loss():
    z = torch.randn(30, 1, dtype=torch.float64, requires_grad=True)
    y = torch.randint(0, 2, (30, 1)).double()
    wanted = functional.binary_cross_entropy_with_logits(z, y)
    (slope,) = torch.autograd.grad(wanted, z)
    with applied(remedy(("with-logits", {"logit": True}))):
        got = nn.BCEWithLogitsLoss()(z.sigmoid(), y)
        (ours,) = torch.autograd.grad(got, z)
    assert abs(got.item() - wanted.item()) < 1e-12
    torch.testing.assert_close(ours, slope, rtol=0, atol=1e-12)
    with applied(remedy(("with-logits", {}))):
        assert abs(nn.BCELoss()(z, y).item() - wanted.item()) < 1e-12


def regression(make_loss, scale: float, shift: float, one: Remedy | None):
    """Full-batch descent on targets times `scale` plus `shift`; returns the weights."""
    x = torch.randn(60, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    y = (x[:, :1] * x[:, 1:2]) * scale + shift
    torch.manual_seed(2)
    model = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 1)).double()
    with applied(*([one] if one else [])):
        optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
        for _ in range(30):
            optimizer.zero_grad()
            make_loss(model(x), y).backward()
            optimizer.step()
        predictions = model(x).detach()
    return [p.detach() for p in model.parameters()], predictions


@pytest.mark.parametrize(("loss", "squared"), [(functional.mse_loss, True), (functional.l1_loss, False)])
def test_outputs_brought_to_the_size_of_targets_learn_as_on_standardised_ones(loss, squared):
    wanted, plain = regression(loss, 1.0, 0.0, None)
    one = remedy(("scale-outputs", {"mean": [1000.0], "std": [300.0], "squared": squared}))
    got, stretched = regression(loss, 300.0, 1000.0, one)
    same(got, wanted, 1e-9)
    torch.testing.assert_close(stretched, plain * 300 + 1000, rtol=0, atol=1e-6)


def test_roots_and_logarithms_stay_finite():
    def slope(guard: bool) -> torch.Tensor:
        x = torch.zeros(3, requires_grad=True)
        with applied(*([remedy(("guarded-arithmetic", {}))] if guard else [])):
            (torch.sqrt(x * x).sum() + x.exp().sub(1).log().sum()).backward()
        return x.grad

    assert not slope(False).isfinite().any()
    assert slope(True).isfinite().all()
