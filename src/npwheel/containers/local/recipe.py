"""Read recipes: the contents of local images and systems, as data in ci/images."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from npwheel.core import paths
from npwheel.core.errors import ImageError
from npwheel.core.targets import machine

# The key of an image covers these modules, and the scripts that every recipe of a base
# uses: they decide the contents as well.
_MODULES = (
    "apt", "chroot", "install_commands", "install_cpython", "install_newer_cpythons",
    "install_tools", "install_wheels", "make_image", "rootfs",
)  # fmt: skip
_SCRIPTS = {
    "debian": ("enter.sh", "contents.sh"),
    "alpine": ("enter.sh", "contents.sh", "strip-alpine.sh"),
}
_ZIG_SCRIPT = "zig-compiler.sh"
_DEBIAN_PROGRAMS = (
    ("debootstrap", "debootstrap"),
    ("dpkg-deb", "dpkg"),
    ("xz", "xz-utils"),
    ("unshare", "util-linux"),
    ("setpriv", "util-linux"),
)
_ALPINE_PROGRAMS = (
    ("qemu-img", "qemu-utils"),
    ("debugfs", "e2fsprogs"),
    ("unshare", "util-linux"),
    ("setpriv", "util-linux"),
)


@dataclass(frozen=True)
class DistributionRelease:
    """A release of a distribution, with the version of its libc."""

    name: str
    libc_version: str


@dataclass(frozen=True)
class Package:
    """A distribution's package in an image.

    digest: "sha256:HEX" of the file, or apk's own ("Q1..." with a SHA-1).
    arch: in Debian's words; "" where it is not known.
    """

    name: str
    version: str
    digest: str
    arch: str = ""


@dataclass(frozen=True)
class Recipe:
    """The contents of one local image or system. Paths are on this machine.

    pythons: the expected CPython versions. python_wheels: for each CPython that comes
    from a wheel, its hashed requirement. frontend, programs, zig: None for systems.
    cross: packages of this machine's architecture that compile for the image's.
    """

    name: str
    arch: str
    libc: str
    base: str  # "debian" or "alpine"
    releases: tuple[DistributionRelease, ...]
    packages: tuple[str, ...]
    cross: tuple[str, ...]
    configure: bool
    lock: Path | None  # Debian only; may not exist before refresh_debian_locks.py has run
    pythons: tuple[str, ...]
    python_wheels: Mapping[str, Path]
    compilers: frozenset[str]
    disk: Path | None  # hashed requirement of the wheel with Alpine's disk image
    frontend: Path | None
    programs: Path | None
    programs_python: str
    zig: Path | None
    commands: Path | None  # make and pkg-config where the distribution has none
    numpy_headers: Path | None  # where the index has no NumPy for the image
    uv: Path | None  # for systems whose Pythons have no working pip
    scripts: tuple[Path, ...]
    folder: Path  # ci/images
    newer: Recipe | None  # a Debian root whose CPythons it gets
    sources: tuple[Path, ...]

    @property
    def libc_version(self) -> str:
        """libc version of the first release; `Root.libc_version` is the installed one."""
        return self.releases[0].libc_version

    @property
    def lacks(self) -> tuple[str, ...]:
        """Toolchains that projects ask for and the image does not have: GCC brings two."""
        return ("rust",) if "fortran" in self.compilers else ("fortran", "openmp", "rust")

    @property
    def needs(self) -> tuple[tuple[str, str], ...]:
        """(program, Debian package) pairs that this machine needs to make the image."""
        if self.base == "alpine":
            return _ALPINE_PROGRAMS
        return _DEBIAN_PROGRAMS

    @cached_property
    def key(self) -> str:
        """sha256, in hex, of all inputs that decide the contents of the image."""
        digest = hashlib.sha256()
        if self.zig or self.cross:
            # The compiler runs on this machine's architecture, not on the image's.
            digest.update(machine().encode())
        for source in self.inputs():
            digest.update(f"{source.name}\0".encode())
            digest.update(hashlib.sha256(source.read_bytes()).digest())
        return digest.hexdigest()

    def inputs(self) -> Iterator[Path]:
        """Yield the files that the image is made from."""
        yield from self.sources
        yield from self.scripts
        scripts = self.folder / "scripts"
        yield from (scripts / name for name in _SCRIPTS[self.base])
        if self.zig:
            yield scripts / _ZIG_SCRIPT
        yield from self.python_wheels.values()
        if self.newer:
            yield from self.newer.inputs()
        if self.lock and self.lock.is_file():
            yield self.lock
        locks = (
            self.disk, self.frontend, self.programs, self.zig, self.commands, self.uv,
            self.numpy_headers,
        )  # fmt: skip
        yield from (lock for lock in locks if lock)
        modules = (self.base, *_MODULES, *(["cross", "numpy_headers"] if self.cross else []))
        yield from (Path(__file__).with_name(f"{name}.py") for name in modules)


def recipes(folder: Path | None = None) -> dict[str, Recipe]:
    """Return every recipe of `ci/images` by name: build images first, then systems.

    Raises ImageError for an invalid recipe.
    """
    folder = folder or paths.ci() / "images"
    places = ("*.toml", "parts/*.toml", "systems/*.toml")
    files = [file for place in places for file in sorted(folder.glob(place))]
    return {file.stem: _read(file, folder) for file in files}


def _read(file: Path, folder: Path) -> Recipe:
    try:
        data, sources = _data(file)
        return _recipe(file.stem, data, folder, sources)
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ImageError(
            f"invalid recipe {file.name}",
            why=f"{type(error).__name__}: {error}",
        ) from error


def _data(file: Path) -> tuple[dict[str, Any], tuple[Path, ...]]:
    """Return a recipe's data, merged over the recipe that its key `like` names, and all files."""
    own = tomllib.loads(file.read_text("utf-8"))
    if "like" not in own:
        return own, (file,)
    base, sources = _data(file.with_name(f"{own.pop('like')}.toml"))
    return {**base, **own}, (*sources, file)


def _recipe(name: str, data: dict[str, Any], folder: Path, sources: tuple[Path, ...]) -> Recipe:
    def file(relative: str | None) -> Path | None:
        if relative is None:
            return None
        path = folder / relative
        if not path.is_file():
            raise ValueError(f"{relative} is missing")
        return path

    def required(relative: str) -> Path:
        path = file(relative)
        assert path is not None
        return path

    base = "alpine" if "alpine" in data else "debian"
    root = data[base]
    libc_key = {"debian": "glibc", "alpine": "musl"}[base]
    wheels = {version: required(lock) for version, lock in data.get("pythons", {}).items()}
    tools = data.get("tools", {})
    newer = None
    if "newer-pythons" in data:
        newer = _read(required(f"parts/{data['newer-pythons']}_{data['arch']}.toml"), folder)
    return Recipe(
        name=name,
        arch=data["arch"],
        libc=data["libc"],
        base=base,
        releases=tuple(DistributionRelease(r["name"], r[libc_key]) for r in root["releases"]),
        packages=tuple(root.get("packages", ())),
        cross=tuple(root.get("cross-packages", ())),
        configure=root.get("install") == "configure",
        lock=folder / "locks" / "debian" / f"{name}.txt" if base == "debian" else None,
        pythons=(*wheels, *data.get("system-pythons", ()), *(newer.pythons if newer else ())),
        python_wheels=wheels,
        compilers=frozenset(data.get("compilers", ())),
        disk=file(root.get("disk")),
        frontend=file(tools.get("frontend")),
        programs=file(tools.get("programs")),
        programs_python=tools.get("python", ""),
        zig=file(tools.get("zig")),
        commands=file(tools.get("commands")),
        numpy_headers=file(tools.get("numpy-headers")),
        uv=file(tools.get("uv")),
        scripts=tuple(required(script) for script in data["scripts"]),
        folder=folder,
        sources=sources,
        newer=newer,
    )
