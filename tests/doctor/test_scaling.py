"""What is seen of how data were prepared: the order of colours, and which rows a scaling knew."""

import pytest
import torch
from torch import nn

from glasswork.doctor import watch
from glasswork.doctor.observing.scaling import Scaling
from glasswork.doctor.observing.statistics import look_at_tensor


def pictures(count=32, colours=3, size=16):
    """Smooth blobs, each in a colour of its own."""
    make = torch.Generator().manual_seed(3)
    across = torch.linspace(-1, 1, size)
    centre = torch.rand(count, 2, 1, 1, generator=make) - 0.5
    blob = torch.exp(-((across[None] - centre[:, 0]) ** 2 + (across[:, None] - centre[:, 1]) ** 2) / 0.2)
    return blob[:, None] * torch.rand(count, colours, 1, 1, generator=make)


def test_colours_that_were_reshaped_are_told_from_colours_that_were_moved():
    images = pictures()
    assert look_at_tensor(images).scrambled == 0
    assert look_at_tensor(images.permute(0, 2, 3, 1).reshape(32, 3, 16, 16)).scrambled > 0.9


@pytest.mark.parametrize("period", [2.0, 2.5, 3.0, 4.0, 6.0])
def test_textures_are_not_taken_for_scrambled_colours(period):
    make = torch.Generator().manual_seed(1)
    down, across = torch.meshgrid(torch.arange(16.0), torch.arange(16.0), indexing="ij")
    turn, shift = (torch.rand(64, count, 1, 1, generator=make) * 3.14 for count in (1, 3))
    images = torch.sin(6.2832 / period * (across * turn.cos() + down * turn.sin()) + shift)
    assert look_at_tensor(images).scrambled < 0.5


def test_pictures_without_colours_cannot_be_scrambled():
    assert look_at_tensor(pictures(colours=1)).scrambled is None


def table(rows=200):
    make = torch.Generator().manual_seed(5)
    return torch.randn(rows, 6, generator=make) * 3 + 1


def standardised(x, by):
    return (x - by.mean(0)) / by.std(0, correction=0)


def seen(learned, asked, epochs=2):
    scaling = Scaling()
    for _ in range(epochs):
        for batch in learned.split(32):
            scaling.learned(batch)
        scaling.asked(asked)
    return scaling.gaps()


def test_a_scaling_that_knew_all_rows():
    x = table()
    all_known = seen(*standardised(x, x).split(150))
    assert all_known["pooled_gap"] < 1e-6
    assert all_known["train_gap"] > 0.01
    assert all_known["rows"] == 200
    right = seen(*standardised(x, x[:150]).split(150))
    assert right["train_gap"] < 1e-6
    assert right["pooled_gap"] > 0.01


def test_a_scaling_to_the_range_of_all_rows():
    x = table()
    low, high = x.amin(0), x.amax(0)
    gaps = seen(*((x - low) / (high - low)).split(150))
    assert gaps["pooled_gap"] == 0
    assert gaps["train_gap"] > 0.01


def test_repeated_rows_count_as_often_as_they_are_there():
    x = table(180)
    x = torch.cat([x[:20], x])
    assert seen(*standardised(x, x).split(150), epochs=3)["pooled_gap"] < 1e-6


def test_where_not_all_rows_were_seen_nothing_is_said():
    assert Scaling().gaps() == {}
    assert seen(torch.randn(60, 2, 3), torch.randn(30, 2, 3)) == {}
    assert seen(torch.randn(60, 5) * 40, torch.randn(30, 5)) == {}
    assert seen(standardised(table(), table())[:100], standardised(table(), table())[:40]) == {}


def test_a_watched_training_tells_how_its_rows_were_scaled():
    x, model = standardised(table(), table()), nn.Linear(6, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    with watch(model, optimizer) as checkup:
        for batch in x[:150].split(50):
            optimizer.zero_grad()
            (model(batch) ** 2).mean().backward()
            optimizer.step()
        with torch.no_grad():
            model(x[150:])
    assert checkup.vitals.scaling["pooled_gap"] < 1e-6 < checkup.vitals.scaling["train_gap"]


def test_a_scaling_to_the_range_of_minus_1_to_1_that_knew_all_rows():
    x = table()
    learned, asked = x.split(150)
    low, high = x.amin(0), x.amax(0)
    found = seen(*(2 * (x - low) / (high - low) - 1).split(150))
    assert found["pooled_gap"] < 1e-6
    assert found["train_gap"] > 0.01
    low, high = learned.amin(0), learned.amax(0)
    well = seen(*(2 * (rows - low) / (high - low) - 1 for rows in (learned, asked)))
    assert well["train_gap"] < 1e-6
