import pytest
import torch

from glasswork.errors import RangeError, ShapeError
from glasswork.models import Linear


def test_is_a_matrix_product():
    model = Linear(inputs=6, outputs=3).double()
    with torch.no_grad():
        model.linear.weight.normal_()
        model.linear.bias.normal_()
    x = torch.randn(4, 2, 3, dtype=torch.float64)
    expected = x.reshape(4, 6) @ model.linear.weight.T + model.linear.bias
    torch.testing.assert_close(model(x), expected, rtol=0, atol=1e-12)


def test_knows_nothing_at_first():
    assert Linear(inputs=2, outputs=3)(torch.randn(4, 2)).eq(0).all()


def test_finds_the_least_squares_solution():
    x, y = torch.randn(30, 3, dtype=torch.float64), torch.randn(30, 2, dtype=torch.float64)
    model = Linear(inputs=3, outputs=2).double()
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=100, tolerance_grad=1e-12, tolerance_change=0)

    def closure():
        optimizer.zero_grad()
        loss = (model(x) - y).square().mean()
        loss.backward()
        return loss

    optimizer.step(closure)
    exact = torch.linalg.lstsq(torch.cat([x, torch.ones(30, 1, dtype=torch.float64)], 1), y).solution
    torch.testing.assert_close(model.linear.weight.detach().T, exact[:3], rtol=1e-6, atol=1e-8)


def test_refusals():
    with pytest.raises(ShapeError, match=r"Linear: x must have size 6 in dimension 1, got shape \(2, 5\)\."):
        Linear(inputs=6, outputs=1)(torch.zeros(2, 5))
    with pytest.raises(RangeError, match=r"Linear: outputs must be >= 1, got outputs=0\."):
        Linear(inputs=6, outputs=0)
