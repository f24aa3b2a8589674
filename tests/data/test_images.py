"""Images in folders, archives and idx files."""

import struct
import tarfile
import zipfile

import numpy as np
import pytest
from PIL import Image

from glasswork.data import DataOptions, ImageFiles, SplitOptions, encode, inspect, prepare
from glasswork.data.image_decoding import read_image
from glasswork.data.images import encode_images, inspect_images, prepare_images
from glasswork.data.pictures import arrange
from glasswork.errors import DataError, GlassworkError


def idx(array):
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def picture(path, seed, size=(10, 8), colour=True):
    path.parent.mkdir(parents=True, exist_ok=True)
    shape = (*size, 3) if colour else size
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)).save(path)


@pytest.fixture
def pets(tmp_path):
    root = tmp_path / "pets"
    for i in range(12):
        picture(root / "cat" / f"{i}.png", i)
        picture(root / "dog" / f"{i}.png", 100 + i)
    (root / "cat" / ".hidden.png").write_bytes(b"x")
    (root / "notes.doc").write_bytes(b"x")
    return root


def options(path, **more):
    return DataOptions(paths=(str(path),), **more)


def test_folders(pets):
    prepared = prepare_images(options(pets))
    pixels = prepared.examples.inputs["pixels"]
    assert pixels.shape == (24, 10, 8, 3)
    assert pixels.dtype == np.uint8
    assert prepared.contract.classes == ("cat", "dog")
    assert prepared.examples.targets.tolist() == [0] * 12 + [1] * 12
    names = prepared.examples.rows["file"].to_list()
    assert [name.rsplit("/", 1)[1] for name in names[:12]] == [f"{i}.png" for i in range(12)]
    assert np.array_equal(pixels[3], np.asarray(Image.open(names[3])))
    assert sorted(np.concatenate(list(prepared.parts.values())).tolist()) == list(range(24))
    assert any("1 files that are no images" in note for note in prepared.notes)
    again = prepare_images(options(pets))
    assert all(np.array_equal(again.parts[name], part) for name, part in prepared.parts.items())


@pytest.mark.parametrize("form", ["tar", "tar.xz", "zip"])
def test_archives_equal_their_folder(pets, tmp_path, form):
    path = tmp_path / f"pets.{form}"
    if form == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for file in sorted(pets.rglob("*.png"), reverse=True):
                archive.write(file, file.relative_to(pets.parent))
    else:
        with tarfile.open(path, "w:xz" if form == "tar.xz" else "w") as archive:
            archive.add(pets, "pets")
    ours, theirs = prepare_images(options(path)), prepare_images(options(pets))
    assert np.array_equal(ours.examples.inputs["pixels"], theirs.examples.inputs["pixels"])
    assert np.array_equal(ours.parts["test"], theirs.parts["test"])
    assert ours.contract.classes == theirs.contract.classes


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("folder", ["pets", "a" * 60 + "/" + "b" * 70, "kätzchen"])
def test_every_spelling_of_tar(pets, tmp_path, form, folder):
    with tarfile.open(tmp_path / "pets.tar", "w", format=form) as archive:
        archive.add(pets, folder)
    prepared = prepare_images(options(tmp_path / "pets.tar"))
    assert prepared.contract.classes == ("cat", "dog")
    assert prepared.examples.rows["file"][0] == f"{folder}/cat/0.png"
    data = (tmp_path / "pets.tar").read_bytes()
    (tmp_path / "cut.tar").write_bytes(data[: len(data) // 2])
    with pytest.raises(DataError, match="cut short"):
        prepare_images(options(tmp_path / "cut.tar"))


def test_part_folders(tmp_path):
    for part, start in (("train", 0), ("val", 50), ("test", 60)):
        for name in ("s2", "s10"):
            for i in range(4):
                picture(tmp_path / part / name / f"{i}.png", start * 10 + i + 1000 * (name == "s2"))
    prepared = prepare_images(options(tmp_path))
    assert prepared.contract.classes == ("s2", "s10")
    assert {name: len(part) for name, part in prepared.parts.items()} == {"train": 8, "valid": 8, "test": 8}
    files = prepared.examples.rows["file"]
    assert all("/val/" in files[i] for i in prepared.parts["valid"].tolist())
    with pytest.raises(GlassworkError, match="fixed test part and a size for test"):
        prepare_images(options(tmp_path, split=SplitOptions(test=0.3)))
    assert len(encode_images(prepared.contract, tmp_path, need_target=True)) == 8  # the test part alone


def test_fixed_test_folder(pets, tmp_path):
    for name in ("cat", "dog"):
        picture(tmp_path / "more" / name / "1.png", 500 + len(name + "x" * (name == "dog")))
    prepared = prepare_images(options(pets, test=str(tmp_path / "more")))
    assert prepared.parts["test"].tolist() == [24, 25]
    picture(tmp_path / "more" / "cow" / "1.png", 999)
    with pytest.raises(DataError, match="class 'cow' is none that was trained on"):
        prepare_images(options(pets, test=str(tmp_path / "more")))


def test_idx_files(tmp_path):
    generator = np.random.default_rng(0)
    for part, count in (("train", 30), ("t10k", 10)):
        images = generator.integers(0, 256, (count, 5, 4), dtype=np.uint8)
        (tmp_path / f"{part}-images-idx3-ubyte").write_bytes(idx(images))
        (tmp_path / f"{part}-labels-idx1-ubyte").write_bytes(idx(np.arange(count, dtype=np.uint8) % 3))
    for path in (tmp_path, tmp_path / "train-images-idx3-ubyte"):
        prepared = prepare_images(options(path))
        assert prepared.examples.inputs["pixels"].shape == (40, 5, 4, 1)
        assert prepared.parts["test"].tolist() == list(range(30, 40))
        assert prepared.contract.classes == ("0", "1", "2")
        assert prepared.examples.rows["row"].to_list()[29:31] == [30, 1]
    assert len(encode_images(prepared.contract, tmp_path, need_target=True)) == 10
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx(np.zeros(29, dtype=np.uint8)))
    with pytest.raises(DataError, match=r"holds 30 images and .* labels of shape"):
        prepare_images(options(tmp_path))
    (tmp_path / "train-labels-idx1-ubyte").unlink()
    with pytest.raises(DataError, match="30 images have no class"):
        prepare_images(options(tmp_path))


def test_sizes(tmp_path):
    for i in range(6):
        picture(tmp_path / "a" / f"{i}.png", i, (100, 50))
        picture(tmp_path / "b" / f"{i}.png", 50 + i, (100, 50))
    facts = prepare_images(options(tmp_path)).contract.image
    assert (facts.height, facts.width) == (64, 32)
    for i in range(14):
        picture(tmp_path / "b" / f"x{i}.png", 70 + i, (20 + i, 30 + i))
    prepared = prepare_images(options(tmp_path))
    assert prepared.contract.image.height == prepared.contract.image.width <= 64
    assert "mixed-sizes" in {finding.fault for finding in prepared.findings}
    small = prepare_images(options(tmp_path, size=12))
    assert small.examples.inputs["pixels"].shape == (26, 12, 12, 3)
    assert small.settled["size"] == 12


def test_grey_and_colour(tmp_path):
    for i in range(6):
        picture(tmp_path / "a" / f"{i}.png", i, colour=False)
        grey = np.random.default_rng(i).integers(0, 256, (10, 8, 1), dtype=np.uint8).repeat(3, 2)
        (tmp_path / "b").mkdir(exist_ok=True)
        Image.fromarray(255 - grey).save(tmp_path / "b" / f"{i}.png")
    prepared = prepare_images(options(tmp_path))
    assert prepared.contract.image.channels == 1
    assert any("every pixel is grey" in note for note in prepared.notes)
    picture(tmp_path / "b" / "colour.png", 1)
    assert prepare_images(options(tmp_path)).contract.image.channels == 3


def test_equal_pictures_stay_together_and_are_found(pets):
    for i in range(12):
        (pets / "cat" / f"copy{i}.png").write_bytes((pets / "cat" / f"{i}.png").read_bytes())
    (pets / "dog" / "wrong.png").write_bytes((pets / "cat" / "0.png").read_bytes())
    prepared = prepare_images(options(pets))
    pixels = prepared.examples.inputs["pixels"]
    part_of = {int(i): name for name, part in prepared.parts.items() for i in part}
    for i in range(len(pixels)):
        for j in range(i):
            if np.array_equal(pixels[i], pixels[j]):
                assert part_of[i] == part_of[j]
    found = {finding.fault: finding for finding in prepared.findings}
    assert "13 of 37 are copies" in found["duplicate-rows"].evidence
    assert "wrong.png" in found["label-noise"].evidence


def test_more_than_memory_holds_becomes_files(pets, tmp_path):
    prepared = prepare_images(options(pets, memory_limit=1e-6))
    files = prepared.examples.inputs["pixels"]
    assert isinstance(files, ImageFiles)
    whole = prepare_images(options(pets))
    assert np.array_equal(read_image(files.paths[5], files.size), whole.examples.inputs["pixels"][5])
    assert np.array_equal(prepared.parts["train"], whole.parts["train"])
    with tarfile.open(tmp_path / "pets.tar.gz", "w:gz") as archive:
        archive.add(pets, "pets")
    packed = prepare_images(options(tmp_path / "pets.tar.gz", memory_limit=1e-6)).examples.inputs["pixels"]
    assert np.array_equal(read_image(packed.paths[5], packed.size), whole.examples.inputs["pixels"][5])


def test_encode_new_pictures(pets, tmp_path):
    contract = prepare_images(options(pets)).contract
    one = encode(contract, pets / "cat" / "1.png")
    assert one.inputs["pixels"].shape == (1, 10, 8, 3)
    assert one.targets is None
    several = encode(contract, [pets / "cat" / "1.png", pets / "dog" / "2.png"])
    assert len(several) == 2
    folder = encode(contract, pets, need_target=True)
    assert folder.targets.sum() == 12
    picture(tmp_path / "new" / "x.png", 1, (30, 30), colour=False)
    assert encode(contract, tmp_path / "new").inputs["pixels"].shape == (1, 10, 8, 3)
    with pytest.raises(DataError, match="1 images have no class"):
        encode_images(contract, tmp_path / "new", need_target=True)
    picture(tmp_path / "odd" / "dgo" / "x.png", 1)
    picture(tmp_path / "odd" / "cat" / "x.png", 1)
    assert encode(contract, tmp_path / "odd").targets is None
    with pytest.raises(DataError, match=r"class 'dgo' .* did you mean 'dog'"):
        encode_images(contract, tmp_path / "odd", need_target=True)
    only = tmp_path / "only"
    picture(only / "dog" / "x.png", 1)
    assert encode_images(contract, only, need_target=True).targets.tolist() == [1]


def test_unreadable_pictures_are_named(pets):
    whole = (pets / "cat" / "3.png").read_bytes()
    (pets / "cat" / "3.png").write_bytes(whole[: len(whole) // 2])
    (pets / "dog" / "4.png").write_bytes(b"")
    with pytest.raises(
        DataError, match=r"2 of 24 images cannot be read .*cat/3\.png.*dog/4\.png.*it is empty.*replace"
    ):
        prepare_images(options(pets))
    inspection = inspect_images(options(pets))
    assert inspection.findings[0].fault == "unreadable-files"
    assert inspection.findings[0].severity == "critical"
    assert "22 images" in inspection.facts[0]


def test_unreadable_large_pictures_too(tmp_path):
    for i in range(8):
        picture(tmp_path / "ab"[i % 2] / f"{i}.png", i, (90, 90))
    broken = tmp_path / "a" / "2.png"
    broken.write_bytes(broken.read_bytes()[:9000])
    with pytest.raises(DataError, match=r"1 of 8 images cannot be read .*a/2\.png"):
        prepare_images(options(tmp_path))
    assert inspect_images(options(tmp_path)).findings[0].fault == "unreadable-files"


def test_findings(tmp_path):
    for i in range(60):
        picture(tmp_path / "a" / f"{i}.png", i, (6, 6))
    for i in range(4):
        picture(tmp_path / "b" / f"{i}.png", 100 + i, (6, 6))
    Image.new("RGB", (6, 6), "red").save(tmp_path / "b" / "red.png")
    inspection = inspect(options(tmp_path))
    assert {"class-imbalance", "too-few-rows", "constant-images", "small-images"} <= {
        f.fault for f in inspection.findings
    }
    assert inspection.facts[1] == "2 classes: a 60, b 5"


def test_arrange():
    assert arrange(["a/1.png", "b/2.png"])[0] == ["a", "b"]
    assert arrange(["x/y/a/1.png", "x/y/b/c/2.png"])[0] == ["a", "b"]
    assert arrange(["x/1.png", "x/2.png"])[0] == [None, None]
    assert arrange(["x/1.png", "x/2.png"], {"x"})[0] == ["x", "x"]
    labels, fixed = arrange(["Train/a/1.png", "Validation/a/1.png", "TEST/a/1.png"])
    assert labels == ["a", "a", "a"]
    assert fixed.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("files", "text"),
    [
        ({"1.png": 1, "2.png": 2}, "2 images have no class, such as .*1.png"),
        ({"a/1.png": 1, "b/1.png": 2, "stray.png": 3}, "1 images have no class, such as .*stray.png"),
        ({"train/a/1.png": 1, "train/a/2.png": 2, "test/a/3.png": 3}, "at least two classes were expected"),
        ({"train/a/1.png": 1, "train/b/2.png": 2, "test/c/3.png": 3}, "class 'c' is none that was trained on"),
    ],
)
def test_refused_layouts(tmp_path, files, text):
    for name, seed in files.items():
        picture(tmp_path / name, seed)
    with pytest.raises(DataError, match=text):
        prepare_images(options(tmp_path))


def test_other_refusals(pets, tmp_path):
    with pytest.raises(GlassworkError, match="classification, not regression"):
        prepare_images(options(pets), "regression")
    with pytest.raises(GlassworkError, match="got 2 paths"):
        prepare_images(DataOptions(paths=(str(pets), str(pets))))
    (tmp_path / "bare").mkdir()
    with pytest.raises(DataError, match="holds no image files"):
        prepare_images(options(tmp_path / "bare"))
    with tarfile.open(tmp_path / "whole.tar.gz", "w:gz") as archive:
        archive.add(pets, "pets")
    data = (tmp_path / "whole.tar.gz").read_bytes()
    (tmp_path / "cut.tar.gz").write_bytes(data[: len(data) // 2])
    with pytest.raises(DataError, match="cut short or damaged"):
        prepare_images(options(tmp_path / "cut.tar.gz", kind="images"))


def test_mnist(shared_data):
    prepared = prepare(DataOptions(paths=(str(shared_data / "images" / "mnist"),)))
    assert prepared.examples.inputs["pixels"].shape == (70_000, 28, 28, 1)
    assert len(prepared.parts["test"]) == 10_000
    assert np.bincount(prepared.examples.targets[prepared.parts["test"]]).tolist()[:2] == [980, 1135]


def test_faces(shared_data):
    prepared = prepare(DataOptions(paths=(str(shared_data / "faces" / "att_faces.tar.gz"),)))
    assert prepared.contract.classes[:3] == ("s1", "s2", "s3")
    assert prepared.examples.inputs["pixels"].shape == (400, 64, 53, 1)
