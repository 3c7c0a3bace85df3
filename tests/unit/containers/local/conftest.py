"""Fixtures for tests of local images: a copy of ci/images that may be changed, a fake mirror."""

import hashlib
import io
import os
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from npwheel.core import paths

# A debootstrap that serves only $SERVED, like a mirror that has dropped older releases.
DEBOOTSTRAP = """#!/bin/sh
echo "$@" >> "$ARGUMENTS"
for argument; do release=$root; root=$argument; done
mkdir -p "$root/var/cache/apt/archives" "$root/var/lib/apt/lists"
if [ "$SERVED" = full ]; then
    echo "tar: ./usr/bin/x: Cannot write: No space left on device"
    echo "E: Couldn't unpack it" >&2
    exit 1
fi
if [ "$release" != "$SERVED" ]; then
    echo "E: Failed getting release file of $release" >&2
    exit 1
fi
case " $* " in
*" --print-debs "*)
    echo "I: Resolving dependencies of base packages..." >&2
    cp "$DEBS/Packages" "$root/var/lib/apt/lists/mirror_dists_main_Packages"
    echo
    cat "$DEBS/names"
    ;;
*) cp "$DEBS"/*.deb "$root/var/cache/apt/archives" ;;
esac
"""
CONTROL = "Package: some\nVersion: 1.2-3\nArchitecture: all\n"


@pytest.fixture
def ci_images(tmp_path: Path) -> Path:
    """A copy of ci/images."""
    return Path(shutil.copytree(paths.ci() / "images", tmp_path / "ci" / "images"))


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a mirror of one package in `debs`, the only one that debootstrap finds."""
    package, debs = tmp_path / "package", tmp_path / "debs"
    for name in ("DEBIAN", "lib/some", "usr/share/doc/some"):
        (package / name).mkdir(parents=True)
    debs.mkdir()
    (package / "DEBIAN/control").write_text(f"{CONTROL}Maintainer: x\nDescription: x\n")
    (package / "lib/some/file").write_text("content")
    (package / "usr/share/doc/some/README").write_text("long")
    subprocess.run(["dpkg-deb", "--build", package, debs / "some.deb"], check=True)
    program = tmp_path / "bin" / "debootstrap"
    program.parent.mkdir()
    program.write_text(DEBOOTSTRAP)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("DEBS", str(debs))
    monkeypatch.setenv("ARGUMENTS", str(tmp_path / "arguments"))
    return tmp_path


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels that is all that pip knows of."""
    folder = tmp_path / "index"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def write_wheel(folder: Path, name: str, tag: str, files: dict[str, bytes]) -> tuple[Path, str]:
    """A wheel NAME 1.0 with that tag; returns it and its sha256."""
    info = f"{name}-1.0.dist-info"
    files = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode(),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n".encode(),
    }
    record = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    wheel = folder / f"{name}-1.0-{tag}.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, content in {**files, f"{info}/RECORD": record.encode()}.items():
            archive.writestr(path, content)
    return wheel, hashlib.sha256(wheel.read_bytes()).hexdigest()


def tar_of(files: dict[str, bytes | str]) -> bytes:
    """A tar.xz; a str is the target of a symbolic link."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:xz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"./{name}")
            member.mode = 0o755
            if isinstance(content, str):
                member.type, member.linkname = tarfile.SYMTYPE, content
                archive.addfile(member)
            else:
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    return out.getvalue()
