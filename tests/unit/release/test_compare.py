"""The first differing byte is found, and its cause is named."""

import gzip
import io
import tarfile
import zipfile

import pytest

from npwheel.release.compare import first_difference


@pytest.fixture
def zips(tmp_path):
    """Two wheels made by (members, time); members: name -> content."""

    def make(one, other, times=((2020, 1, 1, 0, 0, 0),) * 2, level=6):
        paths = []
        for number, (members, time) in enumerate(zip((one, other), times, strict=True)):
            path = tmp_path / str(number) / "a-1-py3-none-any.whl"
            path.parent.mkdir()
            with zipfile.ZipFile(path, "w", compresslevel=level if number else 6) as archive:
                for name, content in members.items():
                    info = zipfile.ZipInfo(name, time)
                    info.compress_type = zipfile.ZIP_DEFLATED
                    archive.writestr(info, content, compresslevel=level if number else 6)
            paths.append(path)
        return first_difference(*paths)

    return make


def test_alike(zips):
    assert zips({"a": b"1"}, {"a": b"1"}) is None


def test_a_time_stamp(zips):
    found = zips({"a": b"1"}, {"a": b"1"}, ((2020, 1, 1, 0, 0, 0), (2020, 1, 1, 0, 0, 2)))
    assert (found.offset, found.where, found.cause) == (10, "header of a", "its time stamp")


def test_a_line_of_a_member(zips):
    found = zips({"x": b"", "a.py": b"one\ntwo\n"}, {"x": b"", "a.py": b"one\n2wo\n"})
    assert found.where == "member a.py, line 2"
    assert found.cause == "'two' against '2wo'"


def test_another_member(zips):
    found = zips({"a": b"1", "b": b""}, {"a": b"1", "c": b""})
    assert (found.where, found.cause) == ("member 1", "b against c")


def test_another_compression(zips):
    text = b"".join(b"%d" % (n * n) for n in range(4000))
    found = zips({"a": text}, {"a": text}, level=1)
    assert "compressed differently" in found.cause


def test_bytes_that_are_no_text(zips):
    found = zips({"a": b"\x00\xff\x01"}, {"a": b"\x00\xfe\x01"})
    assert found.where == "member a, byte 1"
    assert found.cause == "0xff01 against 0xfe01"


@pytest.mark.parametrize(
    ("change", "section", "cause"),
    [
        (b".comment", ".comment", "another compiler"),
        (b".rodata", ".rodata", "constants, often a path or a date"),
        (b".text", ".text", "other machine code"),
    ],
)
def test_a_section_of_a_module(zips, module, change, section, cause):
    from npwheel import elf

    place = elf.read(module).section(section)
    other = bytearray(module)
    other[place.offset + place.size // 2] ^= 1
    found = zips({"m.so": module}, {"m.so": bytes(other)})
    assert found.where == f"member m.so, section {section}, byte {place.size // 2} of it"
    assert found.cause.startswith(cause)


@pytest.fixture
def tars(tmp_path):
    """Two sdists made by (content, mtime of the member, mtime of the stream)."""

    def make(*specs):
        paths = []
        for number, (content, member, stream) in enumerate(specs):
            path = tmp_path / str(number) / "a-1.tar.gz"
            path.parent.mkdir()
            buffer = io.BytesIO()
            with tarfile.open(fileobj=buffer, mode="w") as archive:
                info = tarfile.TarInfo("a-1/setup.py")
                info.size, info.mtime = len(content), member
                archive.addfile(info, io.BytesIO(content))
            path.write_bytes(gzip.compress(buffer.getvalue(), mtime=stream))
            paths.append(path)
        return first_difference(*paths)

    return make


@pytest.mark.parametrize(
    ("other", "where", "cause"),
    [
        ((b"a = 1\n", 5, 9), "header of the gzip stream", "its time stamp"),
        ((b"a = 1\n", 6, 8), "header of a-1/setup.py", "its time stamp"),
        ((b"a = 2\n", 5, 8), "member a-1/setup.py, line 1", "'a = 1' against 'a = 2'"),
    ],
)
def test_an_sdist(tars, other, where, cause):
    found = tars((b"a = 1\n", 5, 8), other)
    assert (found.where, found.cause) == (where, cause)


def test_files_that_end_early_or_are_damaged(tmp_path):
    one, other = tmp_path / "a.whl", tmp_path / "b.whl"
    one.write_bytes(b"abc")
    other.write_bytes(b"abcd")
    assert first_difference(one, other).where == "one file ends here"
    other.write_bytes(b"abd")
    assert first_difference(one, other).where == "line 1"
    one, other = tmp_path / "a.tar.gz", tmp_path / "b.tar.gz"
    one.write_bytes(b"\x1f\x8bxxxxxxxxxxx")
    other.write_bytes(b"\x1f\x8bxxxxxxxxxxy")
    assert "cannot be read" in first_difference(one, other).cause
