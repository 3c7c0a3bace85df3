"""Debian: the first release that the mirror serves; packages laid out and recorded."""

import io
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from npwheel import images
from npwheel.errors import ImageError
from npwheel.images import debian

RECIPE = images.recipes()["manylinux_x86_64"]
needs_dpkg = pytest.mark.skipif(
    shutil.which("dpkg-deb") is None, reason="dpkg-deb, which unpacks Debian's packages, is missing"
)

# Serves $SERVED only, as a mirror does that has dropped older releases.
FAKE = """#!/bin/sh
echo "$@" >> "$ARGUMENTS"
for argument; do release=$root; root=$argument; done
mkdir -p "$root/var/cache/apt/archives"
if [ "$release" != "$SERVED" ]; then
    echo "E: Failed getting release file of $release" >&2
    exit 1
fi
cp "$DEBS"/*.deb "$root/var/cache/apt/archives"
"""


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A debootstrap that is ours, with one package."""
    package, debs = tmp_path / "package", tmp_path / "debs"
    for name in ("DEBIAN", "lib/some", "usr/share/doc/some"):
        (package / name).mkdir(parents=True)
    debs.mkdir()
    (package / "DEBIAN/control").write_text(
        "Package: some\nVersion: 1.2-3\nArchitecture: all\nMaintainer: x\nDescription: x\n"
    )
    (package / "lib/some/file").write_text("content")
    (package / "usr/share/doc/some/README").write_text("long")
    subprocess.run(["dpkg-deb", "--build", package, debs / "some.deb"], check=True)
    program = tmp_path / "bin" / "debootstrap"
    program.parent.mkdir()
    program.write_text(FAKE)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("DEBS", str(debs))
    monkeypatch.setenv("ARGUMENTS", str(tmp_path / "arguments"))
    return tmp_path


@needs_dpkg
def test_the_next_release_is_taken(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVED", "bookworm")
    told: list[str] = []
    root = mirror / "root"
    release, packages = debian.make(RECIPE, root, told.append, io.StringIO())
    assert (release.name, release.libc_version) == ("bookworm", "2.36")
    assert any("bullseye cannot be had" in text for text in told)
    assert [(p.name, p.version) for p in packages] == [("some", "1.2-3")]
    assert packages[0].digest.startswith("sha256:")
    assert (root / "usr/lib/some/file").read_text() == "content"  # through the link /lib
    assert not (root / "usr/share/doc/some/README").exists()
    assert not (root / "var/cache/apt/archives").exists()
    arguments = (mirror / "arguments").read_text()
    assert "--force-check-gpg" in arguments
    assert "--arch=amd64" in arguments
    assert "://" not in arguments


@needs_dpkg
def test_no_release_is_one_clear_error(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVED", "none")
    with pytest.raises(ImageError) as caught:
        debian.make(RECIPE, mirror / "root", lambda _: None, io.StringIO())
    assert "bullseye, bookworm, trixie" in caught.value.what
    assert "Failed getting release file of trixie" in caught.value.why
    assert not (mirror / "root").exists()


@needs_dpkg
def test_a_broken_package_is_one_clear_error(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVED", "bullseye")
    deb = mirror / "debs" / "some.deb"
    deb.write_bytes(deb.read_bytes()[:-40])
    with pytest.raises(ImageError, match=r"some\.deb"):
        debian.make(RECIPE, mirror / "root", lambda _: None, io.StringIO())
