"""Pictures decoded, strictly."""

import io

import numpy as np
import pytest
from PIL import Image

from glasswork.data.image_decoding import decode, look_at, read_image, resize, to_channels
from glasswork.errors import DataError


def encoded(array, form="PNG", **options):
    stream = io.BytesIO()
    Image.fromarray(array).save(stream, form, **options)
    return stream.getvalue()


GREY = np.arange(48, dtype=np.uint8).reshape(6, 8)
COLOUR = np.arange(144, dtype=np.uint8).reshape(6, 8, 3)


@pytest.mark.parametrize("form", ["PNG", "BMP", "PPM", "TIFF", "GIF"])
def test_grey_comes_back_exactly(form):
    assert np.array_equal(decode(encoded(GREY, form), (6, 8, 1))[..., 0], GREY)


@pytest.mark.parametrize("form", ["PNG", "BMP", "PPM", "TIFF"])
def test_colour_comes_back_exactly(form):
    assert np.array_equal(decode(encoded(COLOUR, form), (6, 8, 3)), COLOUR)
    look = look_at(encoded(COLOUR, form), keep=64)
    assert (look.height, look.width, look.grey) == (6, 8, False)
    assert np.array_equal(look.pixels, COLOUR)


def test_large_ones_are_not_decoded_at_first():
    assert look_at(encoded(GREY), keep=7).pixels is None
    assert look_at(encoded(GREY), keep=8).pixels is not None


def test_transparency_is_laid_on_white():
    see_through = np.zeros((2, 2, 4), dtype=np.uint8)
    see_through[0, 0] = (10, 20, 30, 255)
    out = decode(encoded(see_through), (2, 2, 3))
    assert out[0, 0].tolist() == [10, 20, 30]
    assert out[1, 1].tolist() == [255, 255, 255]


def test_sixteen_bit_grey_keeps_its_upper_byte():
    deep = (np.arange(16, dtype=np.uint16) * 4096).reshape(4, 4)
    assert decode(encoded(deep), (4, 4, 1))[..., 0].reshape(-1).tolist() == [16 * i for i in range(16)]


def test_photographs_are_turned_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(COLOUR, "PNG", exif=exif)
    assert np.array_equal(decode(data, (8, 6, 3)), np.rot90(COLOUR, -1))
    look = look_at(data, keep=0)
    assert (look.height, look.width) == (8, 6)


def test_palette_bilevel_and_first_frame():
    picture = Image.fromarray(COLOUR).convert("P")
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    assert np.array_equal(decode(stream.getvalue(), (6, 8, 3)), np.asarray(picture.convert("RGB")))
    stream = io.BytesIO()
    frames = [Image.fromarray(np.full((4, 4), value, dtype=np.uint8)) for value in (7, 200)]
    frames[0].save(stream, "GIF", save_all=True, append_images=frames[1:])
    assert (decode(stream.getvalue(), (4, 4, 1)) == 7).all()
    stream = io.BytesIO()
    Image.new("1", (3, 3), 1).save(stream, "PNG")
    assert look_at(stream.getvalue(), keep=64).grey
    assert (decode(stream.getvalue(), (3, 3, 1)) == 255).all()


def test_resize_averages():
    checks = np.indices((8, 8)).sum(0) % 2 * 200
    out = resize(checks.astype(np.uint8)[..., None], 2, 2)
    assert out.shape == (2, 2, 1)
    assert abs(out.astype(int) - 100).max() <= 2


def test_channels():
    assert to_channels(GREY, 3).shape == (6, 8, 3)
    assert to_channels(GREY, 1).shape == (6, 8, 1)
    assert to_channels(np.full((1, 1, 3), 9, dtype=np.uint8), 1).tolist() == [[[9]]]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "it is empty"),
        (b"hello, I am no picture", "no image that is known"),
        (encoded(COLOUR, "JPEG")[:400], "cut short|broken|truncated"),
        (
            encoded(np.random.default_rng(0).integers(0, 255, (40, 40, 3), dtype=np.uint8))[:-800],
            "cut short|broken|truncated",
        ),
        (encoded(GREY, "BMP")[:70], "."),
    ],
)
def test_broken_pictures(tmp_path, data, text):
    with pytest.raises(ValueError, match=text):
        decode(data, (6, 8, 3))
    assert look_at(data, keep=64).fault
    (tmp_path / "broken.png").write_bytes(data)
    with pytest.raises(DataError, match=r"broken\.png.*replace or delete it"):
        read_image(tmp_path / "broken.png", (6, 8, 3))


def test_a_decompression_bomb_is_refused():
    stream = io.BytesIO()
    Image.new("1", (10_000, 9_000)).save(stream, "PNG")
    with pytest.raises(ValueError, match="decompression bomb"):
        decode(stream.getvalue(), (8, 8, 1))
    assert "decompression bomb" in look_at(stream.getvalue(), keep=64).fault
