"""Sdists and wheels made here, some of them hostile."""

import io
import tarfile
import zipfile

import pytest


@pytest.fixture
def sdist(tmp_path):
    """sdist({name: bytes or TarInfo}) -> path of a tarball with just these members."""

    def make(members, name="thing-1.0.tar.gz"):
        path = tmp_path / name
        with tarfile.open(path, "w:gz", compresslevel=1) as archive:
            for member, content in members.items():
                if isinstance(content, tarfile.TarInfo):
                    content.name = member
                    archive.addfile(content)
                else:
                    info = tarfile.TarInfo(member)
                    info.size = len(content)
                    archive.addfile(info, io.BytesIO(content))
        return path

    return make


@pytest.fixture
def wheel(tmp_path):
    """wheel(requires, file name) -> path of a wheel with that metadata and no module."""

    def make(requires=(), name="thing-1.0-cp39-abi3-manylinux_2_17_x86_64.whl"):
        path = tmp_path / name
        head = "Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n"
        lines = "".join(f"Requires-Dist: {line}\n" for line in requires)
        tag = name.removesuffix(".whl").split("-", 2)[2]
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("thing-1.0.dist-info/METADATA", head + lines)
            archive.writestr(
                "thing-1.0.dist-info/WHEEL",
                f"Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: false\nTag: {tag}\n",
            )
            archive.writestr("thing-1.0.dist-info/RECORD", "")
        return path

    return make
