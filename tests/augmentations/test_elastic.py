"""Elastic."""

import pytest
import torch

from glasswork.augmentations import Elastic, displacement, displacement_formula, elastic, elastic_formula
from suite import check_twin


def fields(height=5, width=7):
    generator = torch.Generator().manual_seed(2)
    x = torch.rand(1, 2, height, width, dtype=torch.float64, generator=generator)
    return x, 3 * torch.rand(1, 2, height, width, dtype=torch.float64, generator=generator) - 1.5


@pytest.mark.parametrize("outside", ["zeros", "border", "reflection"])
def test_equals_its_formula(outside):
    x, moved = fields()
    check_twin(
        lambda x: elastic(x, moved, outside=outside),
        lambda x: elastic_formula(x[0], moved[0], outside=outside)[None],
        x,
    )


def test_displacement_equals_its_formula():
    _, noise = fields()
    found = displacement(noise, strength=3.0, smoothness=1.5)
    for axis in (0, 1):
        expected = displacement_formula(noise[0, axis], strength=3.0, smoothness=1.5)
        torch.testing.assert_close(found[0, axis], expected, rtol=0, atol=1e-12)


def test_neighbours_move_nearly_alike_and_by_as_much_as_is_said():
    drawn = Elastic(34.0, 4.0).draw(torch.arange(40), torch.Size((40, 1, 48, 48)))["displacement"]
    inner = drawn[:, :, 16:32, 16:32]
    assert float(inner.std()) == pytest.approx(0.1629 * 34 / 4, rel=0.1)  # 1 / sqrt(3) / (2 sqrt(pi))
    assert float((inner[..., 1:] - inner[..., :-1]).std()) < 0.3 * float(inner.std())


def test_a_larger_strength_moves_farther():
    x = torch.rand(8, 1, 20, 20, generator=torch.Generator().manual_seed(0))
    changes = [float((Elastic(s)(x, keys=torch.arange(8)) - x).abs().mean()) for s in (5.0, 20.0)]
    assert changes[0] < changes[1]
