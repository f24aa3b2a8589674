import numpy as np
import pytest
import torch
from PIL import Image

from glasswork.errors import DataError
from glasswork.training import ImageFileSource


@pytest.fixture
def files(tmp_path):
    paths = []
    for i in range(7):
        path = tmp_path / f"{i}.png"
        Image.fromarray(np.full((4, 5, 3), 10 * i, dtype=np.uint8)).save(path)
        paths.append(path)
    return paths


def test_reads_and_resizes(files):
    source = ImageFileSource(files, (4, 5, 3), torch.arange(7), workers=0)
    batch = source.batch(np.array([3, 1]))
    assert batch.inputs["pixels"].shape == (2, 3, 4, 5)
    assert batch.inputs["pixels"].is_contiguous(memory_format=torch.channels_last)
    assert batch.inputs["pixels"][:, 0, 0, 0].tolist() == [30, 10]
    assert batch.targets.tolist() == [3, 1]
    assert ImageFileSource(files, (2, 2, 1), workers=0).batch(np.array([3])).inputs["pixels"].shape == (1, 1, 2, 2)


def test_workers_change_nothing_but_the_speed(files):
    def augment(x, *, keys):
        return x + (keys % 7).to(torch.uint8).view(-1, 1, 1, 1)

    indices = [np.array([6, 0]), np.array([2, 5]), np.array([4])]
    alone = ImageFileSource(files, (4, 5, 3), torch.arange(7), workers=0, augment=augment)
    helped = ImageFileSource(files, (4, 5, 3), torch.arange(7), workers=1, augment=augment)
    for epoch in (1, 2):
        ours = list(alone.batches(indices, epoch=epoch))
        theirs = list(helped.batches(indices, epoch=epoch))
        assert len(ours) == len(theirs) == 3
        for a, b in zip(ours, theirs, strict=True):
            assert torch.equal(a.inputs["pixels"], b.inputs["pixels"])
            assert torch.equal(a.targets, b.targets)


def test_a_broken_file_is_named(tmp_path):
    path = tmp_path / "broken.png"
    path.write_bytes(b"no image")
    with pytest.raises(DataError, match=r"broken.png. cannot be read as an image"):
        ImageFileSource([path], (2, 2, 3), workers=0).batch(np.array([0]))


def test_refuses_targets_of_another_length(files):
    with pytest.raises(DataError, match="7 images cannot have 2 targets"):
        ImageFileSource(files, (4, 5, 3), torch.arange(2))
