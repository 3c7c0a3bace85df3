"""What the index refuses is found before anything is uploaded."""

import zipfile
from datetime import UTC, datetime, timedelta

import pytest

from npwheel.core.index import IndexFile
from npwheel.release import preflight

METADATA = "Metadata-Version: 2.5\nName: a\nVersion: 1\n"


@pytest.fixture
def wheel(tmp_path):
    def make(metadata=METADATA, entry_points="", filler=0):
        path = tmp_path / "a-1-py3-none-any.whl"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a-1.dist-info/METADATA", metadata)
            if entry_points:
                archive.writestr("a-1.dist-info/entry_points.txt", entry_points)
            if filler:
                archive.writestr("a/zeros", b"\0" * filler)
        return path

    return make


def subjects(path):
    return [refusal.subject for refusal in preflight.files({"a": [path]})]


@pytest.mark.parametrize(
    ("entry_points", "refused"),
    [
        ("[console_scripts]\na = a.b:main\nc = a:x.y [extra]\n", False),
        ("[a.b]\n1 = a\n", False),
        ("[console_scripts]\na = a.b:main()\n", True),
        ("[console_scripts]\na =\n", True),
        ("a = a.b\n", True),
        ("[x]\na = b\na = c\n", True),
    ],
)
def test_entry_points(wheel, entry_points, refused):
    assert bool(subjects(wheel(entry_points=entry_points))) == refused


@pytest.mark.parametrize(("version", "refused"), [("2.5", False), ("2.1", False), ("2.6", True)])
def test_metadata_versions(wheel, version, refused):
    assert bool(subjects(wheel(METADATA.replace("2.5", version)))) == refused


def test_a_wheel_without_metadata_version_is_refused(wheel):
    assert subjects(wheel("Name: a\n")) == ["Metadata-Version of a-1-py3-none-any.whl"]


@pytest.mark.parametrize(("filler", "refused"), [(1 << 20, False), (65 << 20, True)])
def test_the_ratio_counts_from_64_mib(wheel, filler, refused):
    assert bool(subjects(wheel(filler=filler))) == refused


def test_the_size(tmp_path):
    path = tmp_path / "a-1.tar.gz"
    with path.open("wb") as file:
        file.truncate(104857600)
    assert subjects(path) == []
    with path.open("wb") as file:
        file.truncate(104857601)
    assert subjects(path) == ["the size of a-1.tar.gz"]


def test_what_is_no_wheel_is_refused(tmp_path):
    path = tmp_path / "a-1-py3-none-any.whl"
    path.write_bytes(b"no zip")
    assert subjects(path) == [path.name]


@pytest.mark.parametrize(("days", "refused"), [(13, []), (15, ["a-1-cp315-cp315-any.whl"])])
def test_wheels_for_a_new_python_are_not_added_to_an_old_release(days, refused):
    first = datetime(2026, 1, 1, tzinfo=UTC)
    there = [
        IndexFile("a-1.tar.gz", "", {}, None, False, 1, "2026-01-01T00:00:00Z"),
        IndexFile("a-1-cp314-cp314-any.whl", "", {}, None, False, 1, "2026-01-02T00:00:00Z"),
        IndexFile("a-0.tar.gz", "", {}, None, False, 1, "2020-01-02T00:00:00Z"),
    ]
    names = ["a-1-cp314-cp314-any.whl", "a-1-cp315-cp315-any.whl"]
    found = preflight.too_late("1", names, there, first + timedelta(days=days))
    assert [refusal.subject for refusal in found] == refused
    assert all("post1" in refusal.next for refusal in found)
