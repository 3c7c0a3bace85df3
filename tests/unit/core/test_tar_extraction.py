"""Verified archives are extracted on Pythons with and without extraction filters."""

import io
import tarfile

import pytest

from npwheel.core import tar_extraction


def archive(*members: tuple[str, int]) -> io.BytesIO:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        for name, mode in members:
            info = tarfile.TarInfo(name)
            info.mode, info.size = mode, 4
            tar.addfile(info, io.BytesIO(b"text"))
    made.seek(0)
    return made


@pytest.mark.parametrize("filters", [True, False])
def test_members_and_modes_are_extracted(tmp_path, monkeypatch, filters):
    if not filters:  # as CPython 3.11.2
        monkeypatch.delattr(tarfile, "data_filter")
        real = tarfile.TarFile.extractall

        def extractall(self, path=".", members=None, *, numeric_owner=False):
            return real(self, path, members, numeric_owner=numeric_owner)

        monkeypatch.setattr(tarfile.TarFile, "extractall", extractall)
    with tarfile.open(fileobj=archive(("bin/a", 0o755), ("lib/b", 0o644))) as tar:
        tar_extraction.extract(tar, tmp_path, keep_modes=True)
    assert (tmp_path / "bin/a").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "lib/b").read_text() == "text"


def test_paths_outside_are_refused_where_python_can(tmp_path):
    with tarfile.open(fileobj=archive(("../out", 0o644))) as tar, pytest.raises(tarfile.TarError):
        tar_extraction.extract(tar, tmp_path / "in")
    assert not (tmp_path / "out").exists()
