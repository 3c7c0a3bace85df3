"""Locks of Debian packages: what passes, is reported, is rejected, and how locks are written."""

import io
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from npwheel.containers import images as image
from npwheel.containers import local
from npwheel.containers.engine import OCI_ARCH, Engine
from npwheel.containers.images import ImageSpec
from npwheel.containers.local import debian_locks, image_cache, refresh_debian_locks
from npwheel.containers.local.recipe import Package
from npwheel.core.errors import ImageError

A, B = "sha256:" + "a" * 64, "sha256:" + "b" * 64
FOO = Package("foo", "1.9-1", A, "amd64")
BAR = Package("bar", "2:1.0", B, "all")
needs_dpkg = pytest.mark.skipif(
    shutil.which("dpkg") is None, reason="NOT RUN, missing dpkg: it compares Debian's versions"
)
DEBIAN = [recipe for recipe in local.recipes().values() if recipe.base == "debian"]
INDEX = """\
Package: some
Version: 1.2-3
Installed-Size: 1
Architecture: all
Depends: other
SHA256: {0}
Description: a line
 that goes on: SHA256: x

Package: unwanted
Version: 1
Architecture: amd64
SHA256: {0}

Package: other
Version: 1:2
Architecture: amd64
SHA256: {1}
"""


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "locks" / "debian" / "it.txt"
    debian_locks.write(path, [FOO, BAR])
    return path


def test_write_sorts_one_line_per_package(lock: Path) -> None:
    lines = lock.read_text().splitlines()
    assert lines[1:] == [f"bar 2:1.0 all {'b' * 64}", f"foo 1.9-1 amd64 {'a' * 64}"]
    assert debian_locks.read(lock) == {"foo": FOO, "bar": BAR}
    before = lock.read_bytes()
    debian_locks.write(lock, [BAR, FOO])
    assert lock.read_bytes() == before
    assert [path.name for path in lock.parent.iterdir()] == ["it.txt"]


@pytest.mark.parametrize("text", ["foo 1 amd64\n", "foo 1 amd64 00 more\n", "\xff"])
def test_read_rejects_malformed_lock(text: str, lock: Path) -> None:
    lock.write_text(text, "latin-1")
    with pytest.raises(ImageError, match=r"it\.txt"):
        debian_locks.read(lock)


def test_verify_accepts_locked_packages(lock: Path) -> None:
    debian_locks.verify(lock, [FOO, BAR])
    assert debian_locks.deviations(debian_locks.read(lock), [FOO, BAR]) == ()


@needs_dpkg
def test_newer_added_and_removed_packages_pass_and_are_reported(lock: Path) -> None:
    # 1.10 is newer than 1.9, although it sorts before it as text.
    found = [replace(FOO, version="1.10-1", digest=B), Package("new", "3", A, "all")]
    debian_locks.verify(lock, found)
    found_deviations = debian_locks.deviations(debian_locks.read(lock), found)
    assert found_deviations == ("bar 2:1.0 -> none", "foo 1.9-1 -> 1.10-1", "new none -> 3")


@pytest.mark.parametrize("change", [{"digest": B}, {"arch": "arm64"}])
def test_verify_rejects_another_file_of_the_same_version(
    change: dict[str, str], lock: Path
) -> None:
    found = replace(FOO, **change)
    with pytest.raises(
        ImageError, match=r"foo 1\.9-1 is not the file that it\.txt names"
    ) as caught:
        debian_locks.verify(lock, [BAR, found])
    expected = f"expected {FOO.arch} {FOO.digest}, found {found.arch} {found.digest}"
    assert caught.value.why == expected


@needs_dpkg
@pytest.mark.parametrize("version", ["1.9-0", "1.9~rc1-1"])
def test_verify_rejects_older_version(version: str, lock: Path) -> None:
    with pytest.raises(ImageError, match="older foo") as caught:
        debian_locks.verify(lock, [replace(FOO, version=version)])
    assert caught.value.why == f"expected 1.9-1 or newer, found {version}"


@needs_dpkg
def test_verify_compares_epochs(lock: Path) -> None:
    with pytest.raises(ImageError, match="older bar"):
        debian_locks.verify(lock, [replace(BAR, version="1.5")])


def test_describe_deviations_is_one_line_with_at_most_8_packages() -> None:
    line = debian_locks.describe_deviations("it", ("foo 1 -> 2",))
    for part in ("image it: 1 package ", "ci/images/locks/debian/it.txt", ": foo 1 -> 2;"):
        assert part in line
    assert "nox -s pins" in line
    assert "\n" not in line
    many = debian_locks.describe_deviations("it", tuple(f"p{n} 1 -> 2" for n in range(10)))
    assert "10 packages " in many
    assert "p7 1 -> 2, and 2 more;" in many
    assert "p8" not in many


def test_image_deviations_reads_the_packages_of_the_image(lock: Path, tmp_path: Path) -> None:
    recipe = replace(DEBIAN[0], lock=lock)
    tar, listed = tmp_path / "root.tar", tmp_path / "packages.txt"
    root = image_cache.Root(tar, recipe.key, "bullseye", "2.31", {}, listed, "")
    listed.write_text(f"foo 1.10-1 {B}\nbar 2:1.0 {B}\n")
    assert debian_locks.image_deviations(recipe, root) == ("foo 1.9-1 -> 1.10-1",)
    assert debian_locks.image_deviations(replace(recipe, lock=None), root) == ()


def test_ready_image_has_deviations(
    lock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = replace(DEBIAN[0], lock=lock)
    listed = tmp_path / "packages.txt"
    listed.write_text(f"foo 1.10-1 {B}\nbar 2:1.0 {B}\n")
    root = image_cache.Root(tmp_path / "root.tar", recipe.key, "bullseye", "2.31", {}, listed, "0")
    monkeypatch.setattr(local, "recipes", lambda: {recipe.name: recipe})
    monkeypatch.setattr(local, "make", lambda *_, **__: root)
    monkeypatch.setattr(Engine, "image_arch", lambda *_: OCI_ARCH[recipe.arch])
    wanted = ImageSpec("it", "local", "2.31", (), recipe.key)
    ready = image.ready(wanted, recipe.arch, Engine("podman", "0"), io.StringIO(), print)
    assert ready.deviations == ("foo 1.9-1 -> 1.10-1",)


@pytest.mark.parametrize("recipe", DEBIAN, ids=lambda recipe: recipe.name)
def test_every_debian_recipe_is_locked(recipe: local.Recipe) -> None:
    assert recipe.lock is not None
    packages = debian_locks.read(recipe.lock)
    assert set(recipe.packages) | {"dpkg", "libc6"} <= packages.keys()
    arch = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "armhf"}[recipe.arch]
    compilers = {name for name in packages if ":" in name}
    assert {name.partition(":")[0] for name in compilers} == set(recipe.cross)
    own = [package for name, package in packages.items() if name not in compilers]
    assert {package.arch for package in own} == {arch, "all"}
    for package in packages.values():
        assert re.fullmatch(r"sha256:[0-9a-f]{64}", package.digest)


def test_lock_changes_only_the_key_of_its_recipe(ci_images: Path) -> None:
    before = {name: recipe.key for name, recipe in local.recipes(ci_images).items()}
    lock = ci_images / "locks/debian/manylinux_x86_64.txt"
    debian_locks.write(lock, debian_locks.read(lock).values())
    assert {name: recipe.key for name, recipe in local.recipes(ci_images).items()} == before
    lock.write_text(lock.read_text("utf-8").replace("gcc-10 ", "gcc-11 "), "utf-8")
    after = {name: recipe.key for name, recipe in local.recipes(ci_images).items()}
    assert {name for name in before if before[name] != after[name]} == {"manylinux_x86_64"}


@needs_dpkg
def test_refresh_writes_the_packages_that_debootstrap_resolves(
    mirror: Path,
    ci_images: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SERVED", "bookworm")
    (mirror / "debs/Packages").write_text(INDEX.format("a" * 64, "b" * 64))
    (mirror / "debs/names").write_text("some\nother some\n")
    for recipe in [*ci_images.glob("*.toml"), *ci_images.glob("*/*.toml")]:
        if recipe.stem != "manylinux_x86_64":
            recipe.unlink()
    image = ci_images / "manylinux_x86_64.toml"
    image.write_text(image.read_text().replace("newer-pythons", "other"))
    lock = ci_images / "locks/debian/manylinux_x86_64.txt"
    lock.unlink()  # as for a new recipe
    refresh_debian_locks.refresh(ci_images)
    assert list(debian_locks.read(lock).values()) == [
        Package("other", "1:2", B, "amd64"),
        Package("some", "1.2-3", A, "all"),
    ]
    assert "manylinux_x86_64: 2 packages of Debian bookworm" in capsys.readouterr().err
    assert "--force-check-gpg" in (mirror / "arguments").read_text()


@needs_dpkg
@pytest.mark.parametrize("names", ["some missing\n", "\n"])
def test_refresh_writes_nothing_when_index_lacks_resolved_packages(
    mirror: Path, ci_images: Path, monkeypatch: pytest.MonkeyPatch, names: str
) -> None:
    monkeypatch.setenv("SERVED", "bullseye")
    (mirror / "debs/Packages").write_text(INDEX.format("a" * 64, "b" * 64))
    (mirror / "debs/names").write_text(names)
    before = {
        path: path.read_bytes() for path in (ci_images / "locks").rglob("*") if path.is_file()
    }
    with pytest.raises(ImageError, match="manylinux_aarch64"):
        refresh_debian_locks.refresh(ci_images)
    assert all(path.read_bytes() == content for path, content in before.items())
