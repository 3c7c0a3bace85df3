"""Install the CPythons of a newer Debian into an image, with their own loader, libc and libraries.

They run on the newer glibc that they were compiled for. What is compiled for them uses the
image's compiler and libc, as for every other CPython there.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator
from pathlib import Path

from npwheel.containers.local.install_cpython import set_build_variables
from npwheel.core import tar_extraction
from npwheel.core.errors import ImageError

NEWER = "/opt/newer"  # scripts/newer-cpythons.sh knows it too
PACKAGES = "dist-packages"  # what Debian's site knows outside of virtual environments
_LEFT_OUT = re.compile(
    r"(?:test|idlelib|tkinter|turtledemo|ensurepip|dist-packages|config-[^/]*|__pycache__)(?:/|$)"
    r"|EXTERNALLY-MANAGED$"
)
_LIBRARY = re.compile(r"usr/lib/[^/]+-linux-gnu/([^/]+\.so[^/]*)")


def install(part: Path, root: Path, folders: dict[str, str]) -> None:
    """Unpack CPythons from the tar of a Debian root.

    Args:
        part: the tar; members that are not needed are left out.
        root: of the image that is made.
        folders: version -> its prefix in the image ("/opt/python/cp315-cp315").

    Raises:
        ImageError: the tar does not contain one of them.
    """
    with tarfile.open(part, "r") as archive:
        tar_extraction.extract(archive, root, _moved(archive, folders), keep_modes=True)
    lines = []
    for version, inside in folders.items():
        name = f"python{version}"
        prefix = root / inside.lstrip("/")
        if not (prefix / "bin" / name).is_file() or not (prefix / "lib" / name / "os.py").is_file():
            raise ImageError(f"cannot install CPython {version}", why=f"{part} does not contain it")
        for link in ("python3", "python"):
            (prefix / "bin" / link).symlink_to(name)
        (prefix / "lib" / name / PACKAGES).mkdir()
        set_build_variables(prefix, inside, version)
        lines.append(f"{inside}/bin/{name}\n")
    (root / NEWER.lstrip("/") / "cpythons").write_text("".join(lines), "utf-8")


def _moved(archive: tarfile.TarFile, folders: dict[str, str]) -> Iterator[tarfile.TarInfo]:
    for member in archive:
        place = _place(member.name.removeprefix("./"), folders)
        if place and not member.islnk():
            yield member.replace(name=place.lstrip("/"), deep=False)


def _place(name: str, folders: dict[str, str]) -> str:
    """Return where a member of the Debian root goes in the image; "" for nowhere."""
    library = _LIBRARY.fullmatch(name)
    if library:
        return f"{NEWER}/lib/{library[1]}"
    for version, inside in folders.items():
        own = f"python{version}"
        if name == f"usr/bin/{own}":
            return f"{inside}/bin/{own}"
        for folder in (f"usr/lib/{own}/", f"usr/include/{own}/"):
            rest = name.removeprefix(folder)
            if rest != name and not _LEFT_OUT.match(rest):
                # Debian's pyconfig.h here only includes the architecture's, which comes below.
                return "" if rest == "pyconfig.h" else f"{inside}/{folder[4:]}{rest}"
        if re.fullmatch(rf"usr/include/[^/]+-linux-gnu/{re.escape(own)}/pyconfig\.h", name):
            return f"{inside}/include/{own}/pyconfig.h"
    return ""
