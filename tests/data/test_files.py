import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import pytest

from glasswork.data import files
from glasswork.data.files import content_hash, existing, extract, is_archive, open_bytes, read_text, unpacked, utf8_file
from glasswork.errors import DataError


@pytest.mark.parametrize(
    ("suffix", "pack"), [("", bytes), (".gz", gzip.compress), (".xz", lzma.compress), (".bz2", bz2.compress)]
)
def test_plain_and_packed_files_read_alike(tmp_path, suffix, pack):
    path = tmp_path / f"words.txt{suffix}"
    path.write_bytes(pack("één\nzwei\n".encode()))
    assert read_text(path) == "één\nzwei\n"
    assert open_bytes(path) == "één\nzwei\n".encode()
    assert unpacked(path).read_bytes() == "één\nzwei\n".encode()
    assert utf8_file(path).read_text(encoding="utf-8") == "één\nzwei\n"
    assert not is_archive(path)


def test_a_byte_order_mark_is_no_letter(tmp_path):
    path = tmp_path / "marked.txt"
    path.write_bytes("a".encode("utf-8-sig"))
    assert read_text(path) == "a"


def test_other_encodings_are_said_not_guessed(tmp_path):
    path = tmp_path / "latin.txt"
    path.write_bytes(b"one\ntwo caf\xe9\n")
    for read in (read_text, utf8_file):
        with pytest.raises(
            DataError, match=r"latin.txt' is not UTF-8 text: byte 11 \(0xe9\) on line 2.*--encoding latin-1"
        ):
            read(path)
    assert read_text(path, "latin-1") == "one\ntwo café\n"
    assert utf8_file(path, "latin-1").read_text(encoding="utf-8") == "one\ntwo café\n"
    with pytest.raises(DataError, match="unknown encoding 'klingon'"):
        read_text(path, "klingon")


def test_bad_bytes_far_into_a_file_are_placed(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "BLOCK", 7)
    path = tmp_path / "long.txt"
    path.write_bytes("äö\n".encode() * 10 + b"x\xff")
    with pytest.raises(DataError, match=r"byte 51 \(0xff\) on line 11"):
        utf8_file(path)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "is empty"),
        ("a,b".encode("utf-16"), "UTF-16 text.*--encoding utf-16"),
        (b"\x89PNG\0\0\1", "is not text: byte 4 is NUL"),
        (gzip.compress(b"a" * 99999, mtime=0)[:60], "cut short or damaged"),
        (gzip.compress(b"a", mtime=0)[:-3], "cut short or damaged"),
        (b"\x1f\x8b\x08nonsense that is no gzip stream", "cut short or damaged"),
        (b"\xfd7zXZ\x00nonsense", "cut short or damaged"),
        (b"BZh9nonsense that is no bzip2 stream", "cannot read|cut short or damaged"),
    ],
)
def test_what_is_no_text_is_refused(tmp_path, content, text):
    path = tmp_path / "thing.csv"
    path.write_bytes(content)
    for read in (read_text, utf8_file):
        with pytest.raises(DataError, match=text):
            read(path)


def test_missing_files_come_with_the_nearest_name(tmp_path):
    (tmp_path / "penguins.csv").write_text("a")
    with pytest.raises(DataError, match=r"no file or folder '.*pengiuns.csv'; did you mean '.*penguins.csv'"):
        existing(tmp_path / "pengiuns.csv")
    with pytest.raises(DataError, match=r"its folder .* does not exist either"):
        existing(tmp_path / "no" / "penguins.csv")
    with pytest.raises(DataError, match="is a folder where a file was expected"):
        open_bytes(tmp_path)
    with pytest.raises(DataError, match=r"cannot look for|no file or folder"):
        existing("a\0b")


def test_bombs_do_not_go_off(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "FREE_SIZE", 1 << 16)
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(bytes(1 << 24)))
    with pytest.raises(DataError, match="decompression bomb"):
        open_bytes(path)
    with pytest.raises(DataError, match="decompression bomb"):
        unpacked(path)
    archive = tmp_path / "bomb.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("zeros", bytes(1 << 24))
    with pytest.raises(DataError, match="decompression bomb"):
        extract(archive)


def tar(path, *members):
    with tarfile.open(path, "w:gz") as out:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            out.addfile(info, io.BytesIO(content))


def test_archives_unpack(tmp_path):
    tar(tmp_path / "a.tar.gz", ("top/one.txt", b"1"), ("top/two/three.txt", b"3"))
    folder = extract(tmp_path / "a.tar.gz")
    assert folder.name == "top"
    assert sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*.txt")) == ["one.txt", "two/three.txt"]
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as out:
        out.writestr("one.txt", "1")
        out.writestr("__MACOSX/._one.txt", "junk")
    assert (extract(tmp_path / "a.zip") / "one.txt").read_text() == "1"
    assert is_archive(tmp_path / "a.tar.gz")
    assert is_archive(tmp_path / "a.zip")


@pytest.mark.parametrize("name", ["../evil", "/evil", "a/../../evil", "C:/evil"])
def test_members_stay_in_their_folder(tmp_path, name):
    tar(tmp_path / "a.tar.gz", (name, b"x"))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as out:
        out.writestr(name, "x")
    for archive in ("a.tar.gz", "a.zip"):
        with pytest.raises(DataError, match="would leave its folder; refused"):
            extract(tmp_path / archive)


def test_links_are_refused(tmp_path):
    with tarfile.open(tmp_path / "a.tar", "w") as out:
        info = tarfile.TarInfo("link")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        out.addfile(info)
    with pytest.raises(DataError, match="a link or device; refused"):
        extract(tmp_path / "a.tar")


def test_damaged_and_empty_archives(tmp_path):
    tar(tmp_path / "whole.tar.gz", ("a.txt", bytes(range(256)) * 400))
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes((tmp_path / "whole.tar.gz").read_bytes()[:300])
    with pytest.raises(DataError, match="damaged"):
        extract(cut)
    tar(tmp_path / "empty.tar.gz")
    with pytest.raises(DataError, match="holds no files"):
        extract(tmp_path / "empty.tar.gz")
    (tmp_path / "plain.txt").write_text("hello")
    with pytest.raises(DataError, match="is not a zip or tar archive"):
        extract(tmp_path / "plain.txt")


def test_hash_depends_on_content_order_and_names(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_bytes(b"1")
    two.write_bytes(b"2")
    assert content_hash([one, two]) != content_hash([two, one])
    assert content_hash([one]) == content_hash([str(one)])
    assert len(content_hash([one])) == 64
    before = content_hash([tmp_path])
    two.rename(tmp_path / "three")
    assert content_hash([tmp_path]) != before
