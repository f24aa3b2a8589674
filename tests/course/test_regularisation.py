"""What the course says about regularisation, where one look settles it."""

import numpy as np
import pytest
import torch

from glasswork.activations import ReLU, Tanh
from glasswork.initializers import he_normal, initialize
from glasswork.losses import cross_entropy, squared_error
from glasswork.models import MLP, Linear
from glasswork.optimizers import SGD
from glasswork.regularizers import l1, l2, soft_threshold, sparsity
from glasswork.training import fit


def _regression():
    """Twenty columns, of which three matter."""
    torch.manual_seed(0)
    x = torch.randn(100, 20, dtype=torch.float64)
    return x, 2 * x[:, :1] - 1.5 * x[:, 1:2] + x[:, 2:3] + 0.1 * torch.randn(100, 1, dtype=torch.float64)


def _fitted(strength, *, how, steps=400, lr=0.1):
    x, y = _regression()
    model = Linear(inputs=20, outputs=1).double()
    weights = [model.linear.weight]
    optimizer = SGD(model.parameters(), lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = squared_error(model(x), y)
        if how == "l1":
            loss = loss + l1(weights, strength=strength)
        elif how == "l2":
            loss = loss + l2(weights, strength=strength)
        loss.backward()
        optimizer.step()
        if how == "soft":
            soft_threshold(weights, amount=lr * strength)
    return weights[0].detach()


@pytest.mark.course(
    "REG-02",
    "REG-13",
    verdict="holds under conditions",
    seen="with the soft threshold the number of weights that are exactly 0 grows with the strength (0 of 20 without "
    "it, all 17 useless ones at 0.1, all 20 at 10); plain gradient steps on |w| leave none at 0, the useless ones hop "
    "around it within two steps' length",
)
def test_l1_makes_zeros_where_its_exact_step_is_taken():
    counts = [round(20 * sparsity([_fitted(strength, how="soft")]).item()) for strength in (0.0, 0.03, 0.1, 1.0, 10.0)]
    assert counts == sorted(counts)
    assert (counts[0], counts[2], counts[-1]) == (0, 17, 20)
    kept = _fitted(0.1, how="soft").squeeze()
    assert kept.nonzero().squeeze().tolist() == [0, 1, 2]
    hopping = _fitted(0.1, how="l1")
    assert sparsity([hopping]).item() == 0
    assert sparsity([hopping], tolerance=2 * 0.1 * 0.1).item() >= 17 / 20


@pytest.mark.course(
    "REG-03",
    verdict="holds",
    seen="the norm falls as the strength grows from 0 to 10, and not one of 20 weights becomes 0",
)
def test_l2_shrinks_all_and_removes_none():
    fitted = [_fitted(strength, how="l2", steps=150) for strength in (0.0, 0.1, 1.0, 10.0)]
    norms = [weight.norm().item() for weight in fitted]
    assert norms == sorted(norms, reverse=True)
    assert norms[-1] < norms[0] / 3
    assert sparsity(fitted).item() == 0


@pytest.mark.course(
    "REG-13",
    verdict="holds",
    seen="from He's weights and biases 0, between 45 and 55 % of 64 x 500 ReLU outputs are 0, and no tanh output is",
)
def test_relu_makes_sparse_activations():
    x = torch.randn(500, 32)
    shares = []
    for activation in (ReLU, Tanh):
        model = initialize(MLP(inputs=32, outputs=1, hidden=[64], activation=activation, dropout=0.0), he_normal)
        shares.append(sparsity([model.hidden[0](x)]).item())
    assert 0.45 < shares[0] < 0.55
    assert shares[1] == 0


@pytest.mark.course("REG-12", "PROB-06", file="src/glasswork/losses/cross_entropy.py")
def test_a_class_weight_counts_a_row_more_than_once():
    logits, y = torch.randn(6, 2, dtype=torch.float64), torch.tensor([0, 0, 0, 0, 0, 1])
    thrice = torch.cat([torch.arange(6), torch.tensor([5, 5])])
    weighted = cross_entropy(logits, y, class_weight=torch.tensor([1.0, 3.0]))
    torch.testing.assert_close(weighted, cross_entropy(logits[thrice], y[thrice]), rtol=0, atol=1e-12)


@pytest.mark.course("REG-07", "HP-04")
def test_the_loop_stops_early_and_keeps_the_best_weights():
    torch.manual_seed(0)
    x = torch.linspace(-1, 1, 12)[:, None]
    y = x + 0.3 * torch.randn(12, 1)
    valid = (torch.linspace(-0.95, 0.95, 40)[:, None], torch.linspace(-0.95, 0.95, 40)[:, None])
    model = initialize(MLP(inputs=1, outputs=1, hidden=[50, 50], activation=Tanh, dropout=0.0), he_normal)
    history = fit(
        model,
        (x, y),
        loss=squared_error,
        optimizer=SGD(model.parameters(), lr=0.1),
        epochs=100_000,  # far more than are needed
        valid=valid,
        patience=20,
        progress=False,
    )
    losses = [line["valid/loss"] for line in history.epochs]
    best = int(np.argmin(losses))
    assert history.stopped == "patience"
    assert len(losses) == best + 1 + 20
    with torch.no_grad():
        assert squared_error(model(valid[0]), valid[1]).item() == pytest.approx(losses[best], rel=1e-5)
