import torch
from torch import nn

from glasswork.layers import TargetScale
from glasswork.losses import ScaledLoss, SquaredError, squared_error


def test_worked_by_hand():
    # Mean 10, deviation 2: (14 - 10) / 2 = 2 against (10 - 10) / 2 = 0, squared 4.
    scale = TargetScale(1).fit(torch.tensor([[8.0], [12.0]]))
    loss = ScaledLoss(SquaredError(), scale)
    assert loss(torch.tensor([[14.0]]), torch.tensor([[10.0]])).item() == 4.0


def test_units_do_not_matter():
    targets = torch.randn(6, 2)
    predictions = torch.randn(6, 2)
    small = ScaledLoss(squared_error, TargetScale(2).fit(targets))
    large = ScaledLoss(squared_error, TargetScale(2).fit(targets * 1000 + 7))
    torch.testing.assert_close(
        small(predictions, targets), large(predictions * 1000 + 7, targets * 1000 + 7), rtol=1e-4, atol=1e-4
    )


def test_the_scale_is_not_learned():
    scale = TargetScale(1).fit(torch.tensor([[8.0], [12.0]]))
    assert list(ScaledLoss(nn.MSELoss(), scale).parameters()) == []


def test_example_weights_are_passed_on_where_there_are_some():
    # Errors 2 and 1 in standard units; the first counts threefold: (3 * 4 + 1) / 4.
    scale = TargetScale(1).fit(torch.tensor([[8.0], [12.0]]))
    predictions, targets = torch.tensor([[14.0], [12.0]]), torch.tensor([[10.0], [10.0]])
    loss = ScaledLoss(SquaredError(), scale)
    assert loss(predictions, targets, weights=torch.tensor([3.0, 1.0])).item() == 3.25
    assert ScaledLoss(nn.MSELoss(), scale)(predictions, targets).item() == 2.5  # knows no weights, is given none
