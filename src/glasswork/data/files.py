"""Files: opening what people hand over: plain, packed or archived, and saying exactly what is wrong with it.

What a file is, is read from its first bytes, never from its name alone. Nothing leaves its folder: archive members with
absolute paths, ``..`` or links are refused. Nothing unpacks without bound: see `RATIO_LIMIT` and `SIZE_LIMIT`.
"""

from __future__ import annotations

import atexit
import bz2
import codecs
import gzip
import hashlib
import lzma
import shutil
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from glasswork.checks import nearest
from glasswork.errors import DataError

__all__ = [
    "content_hash",
    "existing",
    "extract",
    "is_archive",
    "open_binary",
    "open_bytes",
    "read_text",
    "temporary_folder",
    "unpacked",
    "utf8_file",
]

BLOCK = 1 << 20
RATIO_LIMIT = 250  # unpacked bytes per packed byte, beyond FREE_SIZE: real data sets stay below 100
FREE_SIZE = 256 << 20
SIZE_LIMIT = 64 << 30
MEMBER_LIMIT = 2_000_000

_PACKED = {b"\x1f\x8b": "gzip", b"\xfd7zXZ\x00": "xz", b"BZh": "bzip2"}
_temporary: Path | None = None
_unpacked: dict[tuple[str, int, int, str], Path] = {}


def existing(path: str | Path) -> Path:
    """Return the path of a file or folder that is there, or say which name nearby was meant.

    >>> existing("no-such-file.csv")
    Traceback (most recent call last):
    glasswork.errors.DataError: no file or folder 'no-such-file.csv'...
    """
    path = Path(path).expanduser()
    try:
        if path.exists():
            return path
        folder = path.parent
        names = [entry.name for entry in folder.iterdir()] if folder.is_dir() else None
    except (OSError, ValueError) as error:
        raise DataError(f"cannot look for {str(path)!r}: {error}.") from None
    if names is None:
        raise DataError(f"no file or folder {str(path)!r}: its folder {str(folder)!r} does not exist either.")
    close = nearest(path.name, names)
    hint = f"; did you mean {str(folder / close)!r}?" if close else f"; looked in {str(folder.resolve())!r}."
    raise DataError(f"no file or folder {str(path)!r}{hint}")


def temporary_folder() -> Path:
    """Return a new folder that is removed when Python ends."""
    global _temporary
    if _temporary is None or not _temporary.is_dir():
        _temporary = Path(tempfile.mkdtemp(prefix="glasswork-"))
        atexit.register(shutil.rmtree, _temporary, ignore_errors=True)
    return Path(tempfile.mkdtemp(dir=_temporary))


@contextmanager
def open_binary(path: str | Path) -> Iterator[IO[bytes]]:
    """Open a file for reading bytes; gzip, xz and bzip2 are unpacked on the way, within bounds."""
    path = existing(path)
    if path.is_dir():
        raise DataError(f"{str(path)!r} is a folder where a file was expected.")
    try:
        packed = _packing(path)
        if packed is None:
            with path.open("rb") as stream:
                yield stream
        else:
            opener = {"gzip": gzip.open, "xz": lzma.open, "bzip2": bz2.open}[packed]
            with opener(path, "rb") as stream:  # type: ignore[operator]
                yield _Bounded(stream, path)  # type: ignore[misc]
    except (EOFError, zlib.error, gzip.BadGzipFile, lzma.LZMAError) as error:
        raise DataError(
            f"{str(path)!r} is cut short or damaged: unpacking it failed ({error}); fetch the file again."
        ) from None
    except OSError as error:
        raise DataError(f"cannot read {str(path)!r}: {error.strerror or error}.") from None


def open_bytes(path: str | Path) -> bytes:
    """Return a file's whole content, unpacked; an empty file is refused."""
    with open_binary(path) as stream:
        data = stream.read()
    if not data:
        raise DataError(f"{str(path)!r} is empty.")
    return data


def read_text(path: str | Path, encoding: str | None = None) -> str:
    """Return a file's text; UTF-8 (with or without a byte-order mark) unless another encoding is said.

    Line ends are left as they are. Bytes that are no text are named with their offset and line.
    """
    data = open_bytes(path)
    return _decode(data, path, encoding)


def utf8_file(path: str | Path, encoding: str | None = None) -> Path:
    """Return the path of an unpacked UTF-8 copy of a text file, or the file itself where it already is one.

    Nothing is held in memory: packed or differently encoded files are streamed into a temporary file.
    Whether the bytes are valid UTF-8 is checked here.
    """
    path = existing(path)
    name = _codec(encoding, path)
    if name in ("utf-8", "utf-8-sig"):
        plain = unpacked(path)
        _check_utf8(plain, path)
        return plain
    return _streamed(path, "text:" + name, lambda out: _transcode(path, name, out))


def unpacked(path: str | Path) -> Path:
    """Return the path of a file without its gzip, xz or bzip2 wrapper: itself, or a temporary copy."""
    path = existing(path)
    if path.is_dir() or _packing(path) is None:
        return path

    def copy(out: IO[bytes]) -> None:
        with open_binary(path) as stream:
            shutil.copyfileobj(stream, out, BLOCK)

    return _streamed(path, "plain", copy)


def is_archive(path: str | Path) -> bool:
    """Whether a path is a zip or (packed) tar archive, judged by content."""
    path = Path(path)
    if not path.is_file():
        return False
    try:
        return zipfile.is_zipfile(path) or tarfile.is_tarfile(path)
    except (OSError, EOFError, zlib.error, lzma.LZMAError):
        return False


def extract(path: str | Path) -> Path:
    """Unpack a zip or tar archive into a temporary folder, removed at exit, and return that folder.

    Where the archive holds a single folder and nothing beside it, that folder is returned.
    """
    path = existing(path)
    key = _key(path, "extract")
    if key in _unpacked and _unpacked[key].exists():
        return _unpacked[key]
    if not is_archive(path):
        raise DataError(f"{str(path)!r} is not a zip or tar archive, or it is damaged.")
    folder = temporary_folder()
    try:
        if zipfile.is_zipfile(path):
            _extract_zip(path, folder)
        else:
            _extract_tar(path, folder)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, zlib.error, lzma.LZMAError, RuntimeError) as error:
        raise DataError(f"{str(path)!r} is cut short or damaged: {error}; fetch the archive again.") from None
    inside = [entry for entry in folder.iterdir() if entry.name != "__MACOSX" and not entry.name.startswith("._")]
    if not inside:
        raise DataError(f"the archive {str(path)!r} holds no files.")
    if len(inside) == 1 and inside[0].is_dir():
        folder = inside[0]
    _unpacked[key] = folder
    return folder


def content_hash(paths: Iterable[str | Path]) -> str:
    """Return the SHA-256 of files and folders, in the order given, as 64 hex digits; files are streamed.

    Packed files and archives are hashed as they lie. Of a folder, the relative names count too, sorted.
    """
    digest = hashlib.sha256()
    for given in paths:
        path = existing(given)
        members = [path] if path.is_file() else sorted(entry for entry in path.rglob("*") if entry.is_file())
        for member in members:
            try:
                if path.is_dir():
                    digest.update(member.relative_to(path).as_posix().encode("utf-8", "surrogateescape") + b"\0")
                digest.update(str(member.stat().st_size).encode() + b"\0")
                with member.open("rb") as stream:
                    while block := stream.read(BLOCK):
                        digest.update(block)
            except OSError as error:
                raise DataError(f"cannot read {str(member)!r}: {error.strerror or error}.") from None
    return digest.hexdigest()


def _packing(path: Path) -> str | None:
    try:
        with path.open("rb") as stream:
            head = stream.read(6)
    except OSError as error:
        raise DataError(f"cannot read {str(path)!r}: {error.strerror or error}.") from None
    return next((kind for magic, kind in _PACKED.items() if head.startswith(magic)), None)


def _limit(path: Path) -> int:
    return min(SIZE_LIMIT, max(FREE_SIZE, RATIO_LIMIT * path.stat().st_size))


class _Bounded:
    """A stream that refuses to yield more than its file may reasonably hold."""

    def __init__(self, stream: IO[bytes], path: Path) -> None:
        self.stream, self.path = stream, path
        self.left = _limit(path)

    def read(self, size: int = -1) -> bytes:
        if size >= 0:
            return self._count(self.stream.read(size))
        blocks = []
        while block := self._count(self.stream.read(BLOCK)):
            blocks.append(block)
        return b"".join(blocks)

    def readline(self, size: int = -1) -> bytes:
        return self._count(self.stream.readline(self.left + 1 if size < 0 else size))

    def __iter__(self) -> Iterator[bytes]:
        while line := self.readline():
            yield line

    def _count(self, block: bytes) -> bytes:
        self.left -= len(block)
        if self.left < 0:
            raise _too_large(self.path)
        return block


def _too_large(path: Path) -> DataError:
    limit = _limit(path) >> 20
    return DataError(
        f"{str(path)!r} unpacks to more than {limit:,} MB, over {RATIO_LIMIT} times its size: "
        "it looks like a decompression bomb; unpack it yourself if you trust it."
    )


def _key(path: Path, what: str) -> tuple[str, int, int, str]:
    facts = path.stat()
    return str(path.resolve()), facts.st_mtime_ns, facts.st_size, what


def _streamed(path: Path, what: str, write: object) -> Path:
    key = _key(path, what)
    if key in _unpacked and _unpacked[key].exists():
        return _unpacked[key]
    target = temporary_folder() / path.name
    with target.open("wb") as out:
        write(out)  # type: ignore[operator]
    _unpacked[key] = target
    return target


def _codec(encoding: str | None, path: Path) -> str:
    try:
        return codecs.lookup(encoding or "utf-8").name
    except LookupError:
        raise DataError(
            f"unknown encoding {encoding!r} for {str(path)!r}; usual ones: utf-8, latin-1, cp1252, utf-16."
        ) from None


def _decode(data: bytes, path: str | Path, encoding: str | None) -> str:
    name = _codec(encoding, Path(path))
    if name in ("utf-8", "utf-8-sig"):
        _refuse_other(data[:4], data[: 1 << 16], path)
        name = "utf-8-sig"
    try:
        return data.decode(name)
    except UnicodeDecodeError as error:
        where = error.start + (3 if name == "utf-8-sig" and data.startswith(codecs.BOM_UTF8) else 0)
        line = data.count(b"\n", 0, where) + 1
        raise _bad_bytes(path, name, where, line, data[where]) from None
    except UnicodeError as error:
        raise DataError(f"{str(path)!r} is not {name} text: {error}.") from None


def _refuse_other(mark: bytes, head: bytes, path: str | Path) -> None:
    if mark.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise DataError(f"{str(path)!r} is UTF-16 text, UTF-8 was expected; add --encoding utf-16.")
    if (zero := head.find(b"\0")) >= 0:
        raise DataError(f"{str(path)!r} is not text: byte {zero} is NUL; a text file (such as CSV) was expected.")


def _bad_bytes(path: str | Path, name: str, where: int, line: int, byte: int) -> DataError:
    shown = "UTF-8" if name.startswith("utf-8") else name
    return DataError(
        f"{str(path)!r} is not {shown} text: byte {where} (0x{byte:02x}) on line {line} fits no letter; "
        "add --encoding latin-1, or the encoding it was saved with."
    )


def _check_utf8(plain: Path, path: Path) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    offset, lines = 0, 0
    try:
        with plain.open("rb") as stream:
            head = stream.read(1 << 16)
            _refuse_other(head[:4], head, path)
            stream.seek(0)
            while True:
                block = stream.read(BLOCK)
                pending = decoder.getstate()[0]
                try:
                    decoder.decode(block, final=not block)
                except UnicodeDecodeError as error:
                    where = offset - len(pending) + error.start
                    line = lines + (pending + block).count(b"\n", 0, error.start) + 1
                    raise _bad_bytes(path, "utf-8", where, line, error.object[error.start]) from None
                if not block:
                    break
                offset += len(block)
                lines += block.count(b"\n")
    except OSError as error:
        raise DataError(f"cannot read {str(path)!r}: {error.strerror or error}.") from None
    if offset == 0:
        raise DataError(f"{str(path)!r} is empty.")


def _transcode(path: Path, name: str, out: IO[bytes]) -> None:
    decoder = codecs.getincrementaldecoder(name)()
    offset = 0
    with open_binary(path) as stream:
        while True:
            block = stream.read(BLOCK)
            try:
                out.write(decoder.decode(block, final=not block).encode("utf-8"))
            except UnicodeDecodeError as error:
                raise DataError(
                    f"{str(path)!r} is not {name} text: near byte {offset + error.start} ({error.reason})."
                ) from None
            except UnicodeError as error:
                raise DataError(f"{str(path)!r} is not {name} text: {error}.") from None
            if not block:
                break
            offset += len(block)
    if offset == 0:
        raise DataError(f"{str(path)!r} is empty.")


def _safe_name(name: str, archive: Path) -> PurePosixPath:
    inside = PurePosixPath(name.replace("\\", "/"))
    if inside.is_absolute() or ".." in inside.parts or (inside.parts and ":" in inside.parts[0]) or "\0" in name:
        raise DataError(f"the archive {str(archive)!r} holds {name!r}, which would leave its folder; refused.")
    return inside


def _copy_member(source: IO[bytes], target: Path, left: int, archive: Path) -> int:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as out:
        while block := source.read(BLOCK):
            left -= len(block)
            if left < 0:
                raise _too_large(archive)
            out.write(block)
    return left


def _extract_zip(path: Path, folder: Path) -> None:
    left = _limit(path)
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if len(members) > MEMBER_LIMIT:
            raise DataError(f"the archive {str(path)!r} holds {len(members):,} files, over {MEMBER_LIMIT:,}; refused.")
        for member in members:
            name = _safe_name(member.filename, path)
            if member.is_dir() or not name.parts:
                continue
            if member.flag_bits & 1:
                raise DataError(f"the archive {str(path)!r} needs a password; unpack it yourself.")
            with archive.open(member) as source:
                left = _copy_member(source, folder / name, left, path)


def _extract_tar(path: Path, folder: Path) -> None:
    left = _limit(path)
    with tarfile.open(path, "r:*") as archive:
        for number, member in enumerate(archive):
            if number > MEMBER_LIMIT:
                raise DataError(f"the archive {str(path)!r} holds over {MEMBER_LIMIT:,} files; refused.")
            name = _safe_name(member.name, path)
            if member.isdir() or not name.parts:
                continue
            if not member.isreg():
                raise DataError(f"the archive {str(path)!r} holds {member.name!r}, a link or device; refused.")
            source = archive.extractfile(member)
            if source is not None:
                left = _copy_member(source, folder / name, left, path)
