"""Debian roots: the first release that the mirror serves; packages unpacked and recorded."""

import hashlib
import io
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from npwheel.containers import local
from npwheel.containers.local import debian
from npwheel.core.errors import ImageError

needs_dpkg = pytest.mark.skipif(
    shutil.which("dpkg-deb") is None, reason="NOT RUN, missing dpkg: it unpacks Debian's packages"
)


@pytest.fixture
def recipe(mirror: Path) -> local.Recipe:
    """The recipe, locked to the one package of the mirror."""
    lock = mirror / "manylinux_x86_64.txt"
    digest = hashlib.sha256((mirror / "debs/some.deb").read_bytes()).hexdigest()
    lock.write_text(f"some 1.2-3 all {digest}\n")
    return replace(local.recipes()["manylinux_x86_64"], lock=lock)


@needs_dpkg
def test_make_uses_next_release_when_first_is_unavailable(
    mirror: Path, recipe: local.Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVED", "bookworm")
    printed: list[str] = []
    root = mirror / "root"
    release, packages = debian.make(recipe, root, printed.append, io.StringIO())
    assert (release.name, release.libc_version) == ("bookworm", "2.36")
    assert any("bullseye is unavailable" in text for text in printed)
    assert [(p.name, p.version) for p in packages] == [("some", "1.2-3")]
    assert packages[0].digest.startswith("sha256:")
    assert (root / "usr/lib/some/file").read_text() == "content"  # through the link /lib
    assert not (root / "usr/share/doc/some/README").exists()
    assert not list(root.glob("var/cache/apt/archives/*.deb"))
    status = (root / "var/lib/dpkg/status").read_text().splitlines()
    assert {"Package: some", "Version: 1.2-3", "Status: install ok installed"} <= {*status}
    assert "/lib/some/file" in (root / "var/lib/dpkg/info/some.list").read_text().splitlines()
    arguments = (mirror / "arguments").read_text()
    assert "--force-check-gpg" in arguments
    assert "--arch=amd64" in arguments
    assert "://" not in arguments


@needs_dpkg
def test_make_fails_when_no_release_is_available(
    mirror: Path, recipe: local.Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVED", "none")
    with pytest.raises(ImageError) as caught:
        debian.make(recipe, mirror / "root", lambda _: None, io.StringIO())
    assert "bullseye, bookworm, trixie" in caught.value.what
    assert "Failed getting release file of trixie" in caught.value.why
    assert not (mirror / "root").exists()


@needs_dpkg
def test_a_full_disk_is_not_called_an_unreachable_mirror(
    mirror: Path, recipe: local.Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVED", "full")
    with pytest.raises(ImageError) as caught:
        debian.make(recipe, mirror / "root", lambda _: None, io.StringIO())
    assert "No space left on device" in caught.value.why
    assert "df -h" in caught.value.next


@needs_dpkg
def test_make_fails_on_damaged_package(
    mirror: Path, recipe: local.Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVED", "bullseye")
    deb = mirror / "debs" / "some.deb"
    deb.write_bytes(deb.read_bytes()[:-40])
    assert recipe.lock is not None
    recipe.lock.write_text("")
    with pytest.raises(ImageError, match=r"some\.deb"):
        debian.make(recipe, mirror / "root", lambda _: None, io.StringIO())


@needs_dpkg
@pytest.mark.parametrize(
    ("locked", "what"),
    [
        (f"some 1.2-3 all {'0' * 64}", "some 1.2-3 is not the file"),
        (f"some 1.2-4 all {'0' * 64}", "an older some"),
    ],
)
def test_make_unpacks_nothing_that_the_lock_rejects(
    mirror: Path, recipe: local.Recipe, monkeypatch: pytest.MonkeyPatch, locked: str, what: str
) -> None:
    monkeypatch.setenv("SERVED", "bullseye")
    assert recipe.lock is not None
    recipe.lock.write_text(locked + "\n")
    with pytest.raises(ImageError, match=what):
        debian.make(recipe, mirror / "root", lambda _: None, io.StringIO())
    assert not (mirror / "root/usr").exists()


@needs_dpkg
def test_make_accepts_newer_packages_than_locked(
    mirror: Path, recipe: local.Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVED", "bullseye")
    assert recipe.lock is not None
    recipe.lock.write_text(f"some 1.2-2 all {'0' * 64}\ngone 1 all {'0' * 64}\n")
    _, packages = debian.make(recipe, mirror / "root", lambda _: None, io.StringIO())
    assert [(p.name, p.version, p.arch) for p in packages] == [("some", "1.2-3", "all")]


def test_make_fails_without_lock(
    mirror: Path, recipe: local.Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVED", "bullseye")
    unlocked = replace(recipe, lock=mirror / "nothing.txt")
    with pytest.raises(ImageError, match=r"nothing\.txt") as caught:
        debian.make(unlocked, mirror / "root", lambda _: None, io.StringIO())
    assert "nox -s pins" in caught.value.next
