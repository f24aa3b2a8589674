import pytest
import torch

from glasswork.errors import ShapeError
from glasswork.layers import ImageInputs, image_inputs


def pixels(count=7):
    return torch.randint(0, 256, (count, 3, 5, 4), dtype=torch.uint8)


def test_training_images_come_out_standardised():
    images = pixels()
    out = ImageInputs(3).double().fit(images)(images)
    torch.testing.assert_close(out.mean((0, 2, 3)), torch.zeros(3, dtype=torch.float64), rtol=0, atol=1e-12)
    torch.testing.assert_close(out.std((0, 2, 3), correction=0), torch.ones(3, dtype=torch.float64))


def test_same_statistics_in_chunks(monkeypatch):
    images = pixels()
    whole = ImageInputs(3).fit(images)
    monkeypatch.setattr(image_inputs, "CHUNK", 2)
    parts = ImageInputs(3).fit(images)
    torch.testing.assert_close(parts.state_dict(), whole.state_dict(), rtol=0, atol=0)


def test_unfitted_bytes_become_shares():
    assert ImageInputs(1)(torch.tensor([[[[0, 255]]]], dtype=torch.uint8)).tolist() == [[[[0, 1]]]]


def test_the_order_of_the_memory_is_kept():
    images = pixels().contiguous(memory_format=torch.channels_last)
    assert ImageInputs(3)(images).is_contiguous(memory_format=torch.channels_last)


def test_one_colour_everywhere_is_harmless():
    inputs = ImageInputs(1).fit(torch.full((3, 1, 2, 2), 9, dtype=torch.uint8))
    assert inputs(torch.tensor([[[[9, 255]]]], dtype=torch.uint8)).isfinite().all()


def test_refusals():
    with pytest.raises(
        ShapeError, match=r"ImageInputs: pixels must have size 3 in dimension 1, got shape \(7, 5, 4, 3\)"
    ):
        ImageInputs(3)(torch.zeros(7, 5, 4, 3, dtype=torch.uint8))
    with pytest.raises(ShapeError, match=r"ImageInputs: pixels must have 4 dimensions"):
        ImageInputs(3).fit(torch.zeros(7, 5, dtype=torch.uint8))
