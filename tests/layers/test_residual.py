import pytest
import torch
from torch import nn

from glasswork.errors import ShapeError
from glasswork.layers import Convolution, Residual
from suite import check_behaves


def test_the_jacobian_is_the_branchs_plus_one():
    branch = nn.Sequential(nn.Linear(3, 3), nn.Tanh()).double()
    x = torch.randn(3, dtype=torch.float64)
    inside, outside = (torch.autograd.functional.jacobian(part, x) for part in (branch, Residual(branch)))
    torch.testing.assert_close(outside, torch.eye(3, dtype=torch.float64) + inside, rtol=0, atol=1e-15)


def test_a_shortcut_may_change_the_shape():
    branch, shortcut = (Convolution(channels=2, maps=4, size=(1, 1)) for _ in range(2))
    x = torch.randn(2, 2, 3, 3)
    torch.testing.assert_close(Residual(branch, shortcut=shortcut)(x), shortcut(x) + branch(x), rtol=0, atol=0)


def test_behaves():
    check_behaves(Residual(nn.Sequential(nn.Linear(4, 4), nn.ReLU())), torch.randn(3, 4))


def test_refusal():
    with pytest.raises(
        ShapeError, match=r"Residual: shapes must be equal, got branch \(2, 5\) and shortcut \(2, 3\)\."
    ):
        Residual(nn.Linear(3, 5))(torch.zeros(2, 3))
