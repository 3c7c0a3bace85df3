"""The data file, made from an index that the test serves."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest

from npwheel.core import download
from npwheel.core.errors import PlanError
from npwheel.core.index import IndexFile
from npwheel.numpy_releases import refresh_table


def wheel(folder: Path, name: str, api: int) -> IndexFile:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        made.writestr(
            "numpy/core/include/numpy/_numpyconfig.h",
            f"#define NPY_ABI_VERSION 0x01000009\n#define NPY_API_VERSION {api:#010x}\n",
        )
        # Stands in for NumPy, so that no interpreter has to fit a real one.
        made.writestr(
            "numpy/__init__.py",
            "class Type:\n    def __init__(self, size): self.__basicsize__ = size\n"
            "dtype, ndarray, ufunc = Type(96), Type(80), Type(216)\n",
        )
    path = folder / name
    path.write_bytes(content.getvalue())
    digest = hashlib.sha256(content.getvalue()).hexdigest()
    return IndexFile(name, path.as_uri(), {"sha256": digest}, None, False, None, None)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[IndexFile]:
    import sys

    cp = f"cp3{sys.version_info.minor}"
    names = {
        f"numpy-1.19.0-{cp}-{cp}-manylinux2010_x86_64.whl": 0xD,
        f"numpy-1.19.1-{cp}-{cp}-manylinux2010_x86_64.whl": 0xD,
        f"numpy-1.20.0-{cp}-{cp}-manylinux2010_x86_64.whl": 0xE,
        "numpy-1.20.0-cp39-cp39-musllinux_1_1_aarch64.whl": 0xE,
        "numpy-1.20.0-cp313-cp313t-manylinux_2_27_aarch64.manylinux_2_28_aarch64.whl": 0xE,
        "numpy-1.20.0-cp39-cp39-win_amd64.whl": 0xE,
        f"numpy-1.21.0rc1-{cp}-{cp}-manylinux2010_x86_64.whl": 0xF,
    }
    found = [wheel(tmp_path, name, api) for name, api in names.items()]
    monkeypatch.setattr(refresh_table, "files", lambda project: tuple(found))
    monkeypatch.setattr(download.web, "copy", from_folder)
    monkeypatch.setenv("NPWHEEL_CACHE", str(tmp_path / "cache"))
    return found


def from_folder(url, _authorize, consume):
    """Take the place of HTTP: the files are in a folder."""
    with Path(url.removeprefix("file://")).open("rb") as file:
        return consume(file)


def test_refresh_writes_the_table_from_the_index(index, tmp_path: Path) -> None:
    import sys

    python = f"3.{sys.version_info.minor}"
    path = tmp_path / "data" / "numpy.json"
    made = refresh_table.refresh(path)
    assert json.loads(path.read_text("utf-8")) == made
    assert made["api"] == {"0xd": "1.19", "0xe": "1.20"}
    assert made["struct_sizes"]["dtype"] == [["1.19", 96]]
    assert made["wheels"] == {
        "glibc aarch64": {"1.20.0": "3.13t"},
        "glibc x86_64": {"1.19.0": python, "1.19.1": python, "1.20.0": python},
        "musl aarch64": {"1.20.0": "3.9"},
        "windows amd64": {"1.20.0": "3.9"},
    }


def test_refresh_omits_yanked_release(index, tmp_path: Path, monkeypatch) -> None:
    from dataclasses import replace

    yanked = tuple(replace(f, yanked="1.20.0" in f.filename) for f in index)
    monkeypatch.setattr(refresh_table, "files", lambda project: yanked)
    assert refresh_table.refresh(tmp_path / "numpy.json")["api"] == {"0xd": "1.19"}


def test_refresh_rejects_wheel_with_another_hash(index, tmp_path: Path) -> None:
    path = tmp_path / index[1].filename
    path.write_bytes(path.read_bytes() + b"more")
    with pytest.raises(PlanError, match="not what the index promises"):
        refresh_table.refresh(tmp_path / "numpy.json")
    assert not (tmp_path / "numpy.json").exists()


def test_refresh_keeps_sizes_without_an_interpreter(index, tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "numpy.json"
    refresh_table.refresh(path)
    monkeypatch.setattr(refresh_table, "_interpreter", lambda file: None)
    made = json.loads(path.read_text("utf-8"))
    made["struct_sizes_32"]["ufunc"] = [["1.19", 124]]
    path.write_text(json.dumps(made), "utf-8")
    made = refresh_table.refresh(path)
    assert made["struct_sizes"]["ufunc"] == [["1.19", 216]]
    assert made["struct_sizes_32"]["ufunc"] == [["1.19", 124]]


def test_refresh_keeps_the_file_when_the_index_fails(tmp_path: Path, monkeypatch) -> None:
    from npwheel.core.errors import PlanError

    path = tmp_path / "numpy.json"
    path.write_text("{}")

    def silent(project: str) -> None:
        raise PlanError("the package index cannot be read")

    monkeypatch.setattr(refresh_table, "files", silent)
    with pytest.raises(PlanError):
        refresh_table.refresh(path)
    assert path.read_text() == "{}"
