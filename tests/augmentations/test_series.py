"""SeriesScale and WindowWarp."""

import pytest
import torch

from glasswork.augmentations import (
    SeriesScale,
    WindowWarp,
    series_scale_formula,
    window_warp,
    window_warp_formula,
)
from suite import check_twin


def series(count=3, time=15, channels=2):
    return torch.randn(count, time, channels, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def test_scale_equals_its_formula():
    x, keys = series(), torch.arange(3)
    kind = SeriesScale(0.3)
    factor = kind.draw(keys, x.shape)["factor"].double()
    check_twin(
        lambda x: kind(x, keys=keys),
        lambda x: torch.stack([series_scale_formula(x[i], factor[i]) for i in range(3)]),
        x,
    )
    assert float(SeriesScale(0.3).draw(torch.arange(9000), x.shape)["factor"].std()) == pytest.approx(0.3, rel=0.05)


@pytest.mark.parametrize(("start", "factor", "length"), [(0.0, 2.0, 4.0), (3.7, 0.5, 5.2), (9.0, 3.0, 5.0)])
def test_warp_equals_its_formula(start, factor, length):
    one = [torch.tensor([value], dtype=torch.float64) for value in (start, factor)]
    check_twin(
        lambda x: window_warp(x, *one, length=length),
        lambda x: window_warp_formula(x[0], start, factor, length=length)[None],
        series(1),
    )


def test_warp_of_a_straight_line_is_slower_in_the_window():
    # 21 steps, the first 10 stretched by 2: 30 long, so a step is 1.5; in the window it moves 0.75, after it 1.5.
    x = torch.arange(21.0, dtype=torch.float64).view(1, 21, 1)
    out = window_warp(x, torch.tensor([0.0]), torch.tensor([2.0]), length=10.0).flatten()
    steps = out.diff()
    torch.testing.assert_close(steps[:13], torch.full((13,), 0.75, dtype=torch.float64))
    torch.testing.assert_close(steps[14:], torch.full((6,), 1.5, dtype=torch.float64))
    assert (out[0], out[-1]) == (0, 20)


def test_ends_stay_and_order_stays():
    x = torch.arange(30.0).view(1, 30, 1).expand(200, 30, 1)
    out = WindowWarp(0.3, low=0.3, high=4.0)(x, keys=torch.arange(200))[..., 0]
    assert (out.diff(dim=1) >= 0).all()
    assert out[:, 0].abs().max() == 0
    torch.testing.assert_close(out[:, -1], torch.full((200,), 29.0))


def test_probability():
    x = series(200)
    out = WindowWarp(0.3, probability=0.5)(x, keys=torch.arange(200))
    same = (out == x).flatten(1).all(1).float().mean()
    assert 0.4 < same < 0.6


def test_a_single_step_stays():
    x = series(2, 1)
    assert WindowWarp(0.5)(x, keys=torch.arange(2)) is x or torch.equal(WindowWarp(0.5)(x, keys=torch.arange(2)), x)
