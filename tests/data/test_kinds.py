import gzip
import zipfile

import pytest

from glasswork.data import DataOptions, recognise_kind
from glasswork.errors import DataError, UnknownNameError, UsageError


def kind_of(*paths, task=None, **options):
    return recognise_kind(DataOptions(paths=tuple(map(str, paths)), **options), task)[0]


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("a.csv", "x,y\n1,2\n3,4\n", "table"),
        ("a.txt", "1,2\n3,4\n5,6\n", "table"),
        ("a.txt", "1.5 2.5 3\n2.5 3.5 4\n", "table"),
        ("a.txt", "0 a bad film indeed\n1 a good film indeed\n0 what a bore this was\n", "text"),
        ("SMS", "ham\tsee you at six then\nspam\twin a prize right now\nham\tno I will not be there\n", "text"),
        ("a.txt", "It was the best of times,\nthe worst of times,\nan age of wisdom\nwas it too\n", "corpus"),
        ("names.txt", "emma\nolivia\nava\n", "corpus"),
        (
            "reviews.csv",
            "label,text\n"
            + "".join(f"{i % 2},this is review {i} and it says quite a lot of things\n" for i in range(9)),
            "text",
        ),
    ],
)
def test_single_files(tmp_path, name, text, kind):
    path = tmp_path / name
    path.write_text(text)
    assert kind_of(path) == kind
    packed = tmp_path / f"{name}.gz"
    packed.write_bytes(gzip.compress(text.encode()))
    assert kind_of(packed) == kind


def test_what_is_said_goes_first(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("x,y\n1,2\n3,4\n")
    assert kind_of(path, kind="text") == "text"
    assert kind_of(path, horizon=3) == "series"
    assert kind_of(path, time="x") == "series"
    assert kind_of(path, task="forecasting") == "series"
    assert kind_of(path, task="language-modelling") == "corpus"
    assert kind_of(path, context=8) == "corpus"
    assert kind_of(path, text="y") == "text"
    assert recognise_kind(DataOptions()) == ("table", None)
    with pytest.raises(UnknownNameError, match="no task 'clasification'; did you mean 'classification'"):
        kind_of(path, task="clasification")


def test_folders_and_archives(tmp_path):
    images = tmp_path / "images"
    for name in ("cat", "dog"):
        (images / name).mkdir(parents=True)
        (images / name / "1.PNG").write_bytes(b"")
    assert kind_of(images) == "images"
    with zipfile.ZipFile(tmp_path / "images.zip", "w") as out:
        out.writestr("cat/1.jpg", "")
        out.writestr("__MACOSX/cat/._1.txt", "")
    assert kind_of(tmp_path / "images.zip") == "images"
    with zipfile.ZipFile(tmp_path / "table.zip", "w") as out:
        out.writestr("t.csv", "a,b\n1,2\n")
    assert kind_of(tmp_path / "table.zip") == "table"
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(bytes([0, 0, 8, 3])))
    assert kind_of(tmp_path / "train-images-idx3-ubyte.gz") == "images"
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="is empty"):
        kind_of(tmp_path / "empty")
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "a.exe").write_bytes(b"")
    with pytest.raises(DataError, match=r"neither images .*found: .exe"):
        kind_of(tmp_path / "odd")


def test_several_files(tmp_path):
    for name in ("a.pos", "a.neg"):
        (tmp_path / name).write_text("a fine film, it was\nwell done\nnot quite so good\n")
    (tmp_path / "one.csv").write_text("x,y\n1,2\n3,4\n")
    (tmp_path / "two.csv").write_text("x,y\n1,2\n3,4\n")
    assert kind_of(tmp_path / "a.pos", tmp_path / "a.neg") == "text"
    assert kind_of(tmp_path / "one.csv", tmp_path / "two.csv") == "table"
    with pytest.raises(UsageError, match="not all tables nor all plain text"):
        kind_of(tmp_path / "one.csv", tmp_path / "a.pos")


def test_real_files(shared_data):
    expected = {
        "images": ["images/mnist", "images/cifar10-jpeg.tar.xz", "faces/att_faces.tar.gz"],
        "text": ["text/SMSSpamCollection", "text/sst2.train.txt"],
        "corpus": ["text/tinyshakespeare.txt", "text/names.txt", "translation/multi30k.train.en.gz"],
        "table": sorted(str(p.relative_to(shared_data)) for p in (shared_data / "tabular").glob("*.csv*")),
    }
    for kind, names in expected.items():
        for name in names:
            assert kind_of(shared_data / name) == kind, name
    assert kind_of(shared_data / "text/rt-polarity.pos", shared_data / "text/rt-polarity.neg") == "text"
    assert kind_of(shared_data / "timeseries/ETTh1.csv.gz", horizon=96) == "series"


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz", "a.tgz"])
def test_an_archive_by_name_alone_is_refused(tmp_path, name):
    (tmp_path / name).write_text("no archive at all\n" * 9)
    with pytest.raises(DataError, match="is not a zip or tar archive, or it is damaged"):
        kind_of(tmp_path / name)
