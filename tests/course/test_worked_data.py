"""Worked examples of data preparation."""

import numpy as np
import polars as pl
import pytest
import torch
from PIL import Image

from glasswork import course
from glasswork.augmentations import Compose, Flip, Rotate, Saturation
from glasswork.data import DataOptions, prepare
from glasswork.layers import CategoryInputs
from suite import close


@pytest.mark.course("WE-39", "DATA-02", file="src/glasswork/layers/category_inputs.py")
def test_one_hot_labels(tmp_path):
    example = course.worked("WE-39")
    classes = example["inputs"]["classes"]
    inputs = CategoryInputs([len(classes)], one_hot_limit=len(classes))
    codes = torch.arange(1, len(classes) + 1)[:, None]  # 0 is for what was never seen
    for name, row in zip(classes, inputs(codes), strict=True):
        close(example, name, row)

    # The same from a file: each spelling has one place, and no two share one.
    rows = {"opinion": classes * 20, "size": [i * i % 17 + i / 10 for i in range(60)]}
    rows["price"] = [i / 2 + i % 3 for i in range(60)]
    pl.DataFrame(rows).write_csv(tmp_path / "opinions.csv")
    prepared = prepare(DataOptions(paths=(str(tmp_path / "opinions.csv"),), target="price"))
    column = prepared.contract.codes[0]
    assert column.name == "opinion"
    assert set(column.categories) == set(classes)
    read = CategoryInputs([3], one_hot_limit=3)(torch.from_numpy(prepared.examples.inputs["codes"]))
    assert read.sum(1).tolist() == [1.0] * 60
    for i, name in enumerate(classes):
        assert torch.equal(read[i::3], read[i].expand(20, 3)), name
    assert torch.linalg.matrix_rank(read) == 3


@pytest.mark.course("WE-56", "DATA-08", file="src/glasswork/data/images.py")
def test_colour_image_tensor(tmp_path):
    example = course.worked("WE-56")
    generator = np.random.default_rng(0)
    for kind, shape in (("grey", (5, 4)), ("colour", (5, 4, 3))):
        for label in ("one", "two"):
            (tmp_path / kind / label).mkdir(parents=True)
            for i in range(6):
                pixels = generator.integers(0, 256, shape, dtype=np.uint8)
                pixels[0], pixels[1] = 0, 255
                Image.fromarray(pixels).save(tmp_path / kind / label / f"{i}.png")
        images = prepare(DataOptions(paths=(str(tmp_path / kind),))).examples.inputs["pixels"]
        assert images.shape[:3] == (12, 5, 4)
        close(example, f"channels_{kind}", images.shape[3])
        close(example, "min", images.min())
        close(example, "max", images.max())
        x = torch.from_numpy(images).permute(0, 3, 1, 2)
        varied = Compose(Flip(), Rotate(20), Saturation(0.5))(x, keys=torch.arange(12))  # still a picture of bytes
        assert varied.shape == x.shape
        assert varied.dtype == torch.uint8
