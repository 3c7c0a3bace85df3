"""Make a Debian root filesystem with debootstrap, from debootstrap's default mirror."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

from npwheel.containers.local import apt, chroot, debian_locks
from npwheel.containers.local.recipe import DistributionRelease, Package, Recipe
from npwheel.core import machine_faults, process
from npwheel.core.errors import ImageError

_DEBIAN_ARCH = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "armhf"}
_ARCHIVES = "var/cache/apt/archives"
_DOCUMENTATION = ("usr/share/doc", "usr/share/man", "usr/share/info", "usr/share/locale")
# A failed root is deleted, so it need not be synced to the disk.
_DPKG_OPTIONS = "force-unsafe-io\n" + "".join(f"path-exclude=/{d}/*\n" for d in _DOCUMENTATION)


def make(
    recipe: Recipe, root: Path, progress: Callable[[str], None], log: IO[str]
) -> tuple[DistributionRelease, tuple[Package, ...]]:
    """Fill `root` with the recipe's first release that the mirror serves.

    Returns that release and its packages. Raises ImageError.
    """
    assert recipe.lock is not None
    # "unpack" recipes only need the downloaded packages. For the others the first stage
    # also unpacks dpkg. Either way no package script runs before the lock is verified.
    options = ["--foreign" if recipe.configure else "--download-only"]
    release, printed = fetch(recipe, root, options, progress, log)
    debs = archives(root)
    packages = tuple(package(deb) for deb in debs)
    debian_locks.verify(recipe.lock, packages)
    lists = root / "var/lib/apt/lists"
    if recipe.configure:
        progress(f"installing Debian {release.name}")
        _configure(recipe, root, log)  # reads the lists
        shutil.rmtree(lists, ignore_errors=True)
    else:
        progress(f"unpacking {len(debs)} packages")
        shutil.rmtree(lists, ignore_errors=True)  # before apt gets its own
        apt.set_up(root, _unpack(root, debs), release, _mirror(printed))
    for deb in debs:
        deb.unlink(missing_ok=True)
    return release, packages


def fetch(
    recipe: Recipe,
    root: Path,
    options: Sequence[str],
    progress: Callable[[str], None],
    log: IO[str],
) -> tuple[DistributionRelease, list[str]]:
    """Run debootstrap for the recipe's first release that the mirror serves.

    Signatures are checked.

    Args:
        options: debootstrap's flags that limit its stages, such as `--download-only`.

    Returns:
        The release and the lines that debootstrap printed.

    Raises:
        ImageError: the mirror serves none of the releases.
    """
    for release in recipe.releases:
        progress(f"fetching Debian {release.name}")
        code, lines = _fetch(recipe, release, root, options, log)
        if code == 0:
            return release, lines
        fault = machine_faults.find(lines)
        if fault:
            raise ImageError(
                f"cannot make {recipe.name}: debootstrap failed", why=fault.line, next=fault.next
            )
        errors = [line[3:] for line in lines if line.startswith("E: ")]
        reason = (errors or lines or [f"exit code {code}"])[-1]
        progress(f"Debian {release.name} is unavailable: {reason}")
        shutil.rmtree(root, ignore_errors=True)
    names = ", ".join(release.name for release in recipe.releases)
    raise ImageError(
        f"cannot fetch a Debian release for {recipe.name} (tried {names})",
        why=reason,
        next="check that debootstrap can reach its mirror",
    )


def _fetch(
    recipe: Recipe, release: DistributionRelease, root: Path, options: Sequence[str], log: IO[str]
) -> tuple[int, list[str]]:
    command = ["debootstrap", "--force-check-gpg", "--variant=minbase", "--merged-usr"]
    command += [f"--arch={_DEBIAN_ARCH[recipe.arch]}", *options]
    if recipe.packages:
        command += ["--include=" + ",".join(recipe.packages)]
    lines: list[str] = []
    code = process.logged(
        [*command, release.name, str(root)], log, env=_environment(), on_line=lines.append
    )
    return code, lines


def _environment() -> dict[str, str]:
    # Not every user's PATH has the directories of administration programs.
    path = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"
    return {**process.environment(), "PATH": path}


def _configure(recipe: Recipe, root: Path, log: IO[str]) -> None:
    options = root / "etc/dpkg/dpkg.cfg.d/npwheel"
    options.parent.mkdir(parents=True, exist_ok=True)
    options.write_text(_DPKG_OPTIONS)
    chroot.run(root, ["/debootstrap/debootstrap", "--second-stage"], recipe.arch, log)
    options.unlink()


def _mirror(printed: Sequence[str]) -> str:
    """Return the mirror that debootstrap used."""
    found = (re.search(r"Checking component \S+ on (\S+?)\.\.\.$", line) for line in printed)
    return next((match[1] for match in found if match), "")


def _unpack(root: Path, debs: list[Path]) -> dict[Path, str]:
    """Extract packages, without documentation and without running their scripts.

    Returns the members of each package file, a line each.
    """
    for name in ("bin", "sbin", "lib"):
        (root / "usr" / name).mkdir(parents=True, exist_ok=True)
        (root / name).symlink_to(f"usr/{name}")
    (root / "usr/lib64").mkdir()
    (root / "lib64").symlink_to("usr/lib64")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        members = list(pool.map(lambda deb: unpack(root, deb), debs))
    shutil.rmtree(root / "debootstrap", ignore_errors=True)
    return dict(zip(debs, members, strict=True))


def archives(root: Path) -> list[Path]:
    """Return the package files that debootstrap fetched."""
    return sorted((root / _ARCHIVES).glob("*.deb"))


def unpack(root: Path, deb: Path) -> str:
    """Extract a package over what is there, without its documentation.

    Returns the names of the extracted members, a line each. Raises ImageError.
    """
    tar = ["tar", "--extract", "--verbose", "--keep-directory-symlink", "--numeric-owner", "-p"]
    tar += [f"--exclude=./{folder}/*" for folder in _DOCUMENTATION]
    unpacked, code = process.piped(["dpkg-deb", "--fsys-tarfile", deb], [*tar, "-C", root])
    if code or unpacked.code:
        raise ImageError(f"cannot unpack {deb.name}", why=unpacked.err.strip()[-300:])
    return unpacked.out


def package(deb: Path) -> Package:
    """Return what a package file is. Raises ImageError."""
    code, out, err = process.output(
        ["dpkg-deb", "--show", "--showformat=${Package} ${Version} ${Architecture}", str(deb)]
    )
    if code:
        raise ImageError(f"cannot read {deb.name}", why=err.strip()[-300:])
    name, version, arch = out.split()
    return Package(name, version, "sha256:" + hashlib.sha256(deb.read_bytes()).hexdigest(), arch)
