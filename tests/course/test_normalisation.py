"""What the course says about normalisation, where one look settles it."""

import pytest
import torch
from torch import nn

from glasswork import catalog
from glasswork.activations import ReLU
from glasswork.layers import BatchNorm
from glasswork.losses import cross_entropy, squared_error
from glasswork.models import MLP, Linear
from glasswork.optimizers import SGD, Adam
from glasswork.runs.recipe import make_recipe
from glasswork.training import fit


def rings(rows, seed=0):
    """Two classes, one around the other, which no linear model can tell apart."""
    torch.manual_seed(seed)
    y = torch.arange(rows) % 2
    angle, radius = 6.283 * torch.rand(rows), 1.0 + 1.5 * y + 0.2 * torch.randn(rows)
    return torch.stack([radius * angle.cos(), radius * angle.sin()], 1), y


@pytest.mark.course(
    "NORM-03",
    verdict="holds",
    seen="with batch normalisation before the non-linearity and after it the same network learns two rings, more than "
    "95 % right in both places",
)
@pytest.mark.parametrize("before", [True, False])
def test_both_places_train(before):
    x, y = rings(200)
    norm_and_curve = [BatchNorm(16), ReLU()] if before else [ReLU(), BatchNorm(16)]
    model = nn.Sequential(nn.Linear(2, 16), *norm_and_curve, nn.Linear(16, 2))
    fit(model, (x, y), loss=cross_entropy, optimizer=Adam(model.parameters(), lr=0.02), epochs=20, progress=False)
    assert (model.eval()(x).argmax(1) == y).float().mean() > 0.95


@pytest.mark.course("NORM-03")
def test_the_house_puts_it_before_the_non_linearity_and_after_the_sum():
    layer = MLP(inputs=2, outputs=2, hidden=[4], norm="batch").hidden[0]
    x = torch.randn(8, 2)
    assert isinstance(layer.norm, nn.BatchNorm1d)
    layer.dropout = None
    torch.testing.assert_close(layer(x), layer.activation(layer.norm(layer.linear(x))))


@pytest.mark.course(
    "NORM-09",
    verdict="holds",
    seen="on two columns, one 30 times as wide as the other, gradient descent at the largest rate that is stable needs "
    "more than 100 times as many steps as on the same columns standardised",
)
def test_scaled_columns_need_fewer_steps():
    torch.manual_seed(0)
    x = torch.randn(200, 2, dtype=torch.float64) * torch.tensor([1.0, 30.0])
    y = (x / torch.tensor([1.0, 30.0])).sum(1, keepdim=True) + 0.1 * torch.randn(200, 1, dtype=torch.float64)

    def steps(x):
        model = Linear(inputs=2, outputs=1).double()
        steepest = torch.linalg.eigvalsh(2 * x.T @ x / len(x))[-1].item()
        optimizer = SGD(model.parameters(), lr=1 / steepest)
        target = 1.01 * squared_error(x @ torch.linalg.lstsq(x, y).solution, y).item()
        for step in range(20_000):
            loss = squared_error(model(x), y)
            if loss.item() < target:
                return step
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return 20_000

    assert steps(x) > 100 * steps((x - x.mean(0)) / x.std(0))


@pytest.mark.course(
    "NORM-11",
    file="src/glasswork/runs/recipe.py",
    verdict="holds",
    seen="learning rate, activation, weight update, normalisation and regularisation are settings of a recipe, and "
    "each of them changes what is learned",
)
def test_all_five_levers_can_be_pulled():
    recipe = make_recipe(
        {
            "optimizer": {"name": "sgd", "lr": 0.1, "momentum": 0.9, "weight_decay": 0.01},
            "model": {"name": "mlp", "activation": "tanh", "norm": "batch", "dropout": 0.3},
        }
    )
    for room, part in (("models", recipe.model), ("optimizers", recipe.optimizer)):
        catalog.check_settings(room, part.name, part.settings)
    x, y = rings(64)

    def learned(*, lr=0.1, activation=ReLU, optimizer=SGD, norm="none", weight_decay=0.0):
        torch.manual_seed(0)
        model = MLP(inputs=2, outputs=2, hidden=[8], activation=activation, norm=norm, dropout=0.0)
        moves = optimizer(model.parameters(), lr=lr, weight_decay=weight_decay)
        return fit(model, (x, y), loss=cross_entropy, optimizer=moves, epochs=3, progress=False).last["train/loss"]

    levers = [{"lr": 0.01}, {"activation": nn.Tanh}, {"optimizer": Adam}, {"norm": "batch"}, {"weight_decay": 0.1}]
    results = [learned(), *(learned(**lever) for lever in levers)]
    assert len({round(result, 6) for result in results}) == 6
