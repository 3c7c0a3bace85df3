"""Adding a file to a wheel: nothing else changes, RECORD is right, the result is reproducible."""

import csv
import io
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from npwheel.core.errors import RecordError
from npwheel.sbom import rewrite_wheel

DIST = "demo-1.0.dist-info"
NAME = "sboms/x.json"


@pytest.fixture
def small(tmp_path, make_wheel):
    members = {"demo/__init__.py": b"x = 1\n" * 99, "demo/ünï.txt": b"", "demo/e.so": b"\x7fELF.."}
    return make_wheel(tmp_path / "demo-1.0-py3-none-any.whl", members)


def contents(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {info.filename: archive.read(info) for info in archive.infolist()}


def test_members_order_attributes_and_compressed_bytes_are_kept(small):
    before = contents(small)
    with zipfile.ZipFile(small) as archive:
        infos = archive.infolist()
    rewrite_wheel.add_file(small, NAME, b"{}", 1700000000)
    with zipfile.ZipFile(small) as archive:
        after = archive.infolist()
    assert [i.filename for i in after] == [
        *(i.filename for i in infos[:-1]), f"{DIST}/{NAME}", f"{DIST}/RECORD",
    ]  # fmt: skip
    kept = {i.filename: (i.external_attr, i.compress_size, i.CRC) for i in infos[:-1]}
    assert kept == {i.filename: (i.external_attr, i.compress_size, i.CRC) for i in after[:-2]}
    assert {i.date_time for i in after} == {(2023, 11, 14, 22, 13, 20)}
    now = contents(small)
    del before[f"{DIST}/RECORD"]
    assert {k: v for k, v in now.items() if k in before} == before
    assert now[f"{DIST}/{NAME}"] == b"{}"


def test_record_lists_every_file_with_its_hash(small, record_line):
    rewrite_wheel.add_file(small, NAME, b"{}", 1700000000)
    members = contents(small)
    rows = members.pop(f"{DIST}/RECORD").decode().splitlines(keepends=True)
    assert rows[-1] == f"{DIST}/RECORD,,\n"
    assert rows[:-1] == [record_line(name, content) for name, content in members.items()]


def test_add_file_is_reproducible_and_replaces_older_file(small, tmp_path):
    copy = Path(shutil.copy(small, tmp_path / "copy.whl"))
    rewrite_wheel.add_file(small, NAME, b"{}", 1700000000)
    rewrite_wheel.add_file(copy, NAME, b"older, longer", 1600000000)
    rewrite_wheel.add_file(copy, NAME, b"{}", 1700000000)
    assert copy.read_bytes() == small.read_bytes()


def test_times_before_1980_become_1980(small):
    rewrite_wheel.add_file(small, NAME, b"{}", 0)
    with zipfile.ZipFile(small) as archive:
        assert {i.date_time for i in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_pip_installs_the_rewritten_wheel(small, tmp_path):
    rewrite_wheel.add_file(small, NAME, b"{}", 1700000000)
    target = tmp_path / "installed"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index",
         "--disable-pip-version-check", "--root-user-action=ignore", "--target", target, small],
        check=True,
    )  # fmt: skip
    assert (target / DIST / NAME).read_bytes() == b"{}"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda data: b"not a zip", "not a zip archive"),
        (lambda data: data[: len(data) // 2], "not a zip archive"),
        (lambda data: data.replace(b"RECORD", b"RECERD"), "RECORD"),
    ],
)
def test_file_that_is_not_a_wheel_is_unchanged(small, change, why):
    broken = change(small.read_bytes())
    small.write_bytes(broken)
    with pytest.raises(RecordError) as error:
        rewrite_wheel.add_file(small, NAME, b"{}", 1700000000)
    assert why in str(error.value)
    assert small.read_bytes() == broken
    assert [p.name for p in small.parent.iterdir()] == [small.name]


@pytest.mark.parametrize("extra", [f"{DIST}/RECORD.jws", f"{DIST}/RECORD.p7s"])
def test_add_file_rejects_signed_record(tmp_path, make_wheel, extra):
    wheel = make_wheel(tmp_path / "demo-1.0-py3-none-any.whl", {extra: b"signature"})
    with pytest.raises(RecordError) as caught:
        rewrite_wheel.add_file(wheel, NAME, b"{}", 1700000000)
    assert "signature" in caught.value.why


def test_add_file_rejects_duplicate_member(small):
    with pytest.warns(UserWarning), zipfile.ZipFile(small, "a") as archive:
        archive.writestr("demo/__init__.py", b"other")
    with pytest.raises(RecordError) as caught:
        rewrite_wheel.add_file(small, NAME, b"{}", 1700000000)
    assert "same name" in caught.value.why


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(at=st.integers(0, 10**9), value=st.integers(0, 255))
def test_damaged_byte_raises_record_error_or_nothing(tmp_path, make_wheel, at, value):
    wheel = make_wheel(tmp_path / "demo-1.0-py3-none-any.whl", {"demo/a.py": b"a = 1\n" * 50})
    data = bytearray(wheel.read_bytes())
    data[at % len(data)] = value
    wheel.write_bytes(data)
    try:
        rewrite_wheel.add_file(wheel, NAME, b"{}", 1700000000)
    except RecordError:
        assert wheel.read_bytes() == data
        return
    with zipfile.ZipFile(wheel) as archive:
        rows = csv.reader(io.StringIO(archive.read(f"{DIST}/RECORD").decode()))
        assert any(row and row[0].endswith(NAME) for row in rows)
