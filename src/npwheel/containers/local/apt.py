"""Let apt-get work in a Debian root whose packages were unpacked, not installed.

dpkg's database gets what an installation would have written: a paragraph and a list of
files for each package. Scripts of those packages have not run, and are not known to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from npwheel.containers.local.recipe import DistributionRelease
from npwheel.core import process
from npwheel.core.errors import ImageError

_FOLDERS = (
    "etc/apt/apt.conf.d", "var/cache/apt/archives/partial", "var/lib/apt/lists/partial",
    "var/lib/dpkg/alternatives", "var/lib/dpkg/info", "var/lib/dpkg/triggers",
    "var/lib/dpkg/updates", "var/log/apt",
)  # fmt: skip
_SETTINGS = """\
APT::Get::Assume-Yes "true";
APT::Install-Recommends "false";
Dpkg::Use-Pty "0";
"""


def set_up(
    root: Path, files: Mapping[Path, str], release: DistributionRelease, mirror: str
) -> None:
    """Write dpkg's database and apt's settings.

    files: package file -> the members that were extracted, a line each. Raises ImageError.
    """
    for folder in _FOLDERS:
        (root / folder).mkdir(parents=True, exist_ok=True)
    status = []
    for deb, members in sorted(files.items()):
        fields = _control(deb)
        name = _field(fields, "Package")
        status.append(f"{fields.rstrip()}\nStatus: install ok installed\n")
        if _field(fields, "Multi-Arch") == "same":
            name += f":{_field(fields, 'Architecture')}"
        (root / f"var/lib/dpkg/info/{name}.list").write_text(_listed(members), "utf-8")
    database = root / "var/lib/dpkg"
    (database / "status").write_text("\n".join(status), "utf-8")
    (database / "available").write_text("", "utf-8")
    (database / "info/format").write_text("1\n", "utf-8")
    (root / "etc/apt/apt.conf.d/npwheel").write_text(_SETTINGS, "utf-8")
    source = f"deb {mirror} {release.name} main\n"
    (root / "etc/apt/sources.list").write_text(source, "utf-8")


def _control(deb: Path) -> str:
    code, out, err = process.output(["dpkg-deb", "--field", str(deb)])
    if code:
        raise ImageError(f"cannot read {deb.name}", why=err.strip()[-300:])
    return out


def _field(control: str, name: str) -> str:
    lines = (line.partition(":") for line in control.splitlines())
    return next((text.strip() for key, _, text in lines if key == name), "")


def _listed(members: str) -> str:
    """Return the lines of a list of dpkg's: "./usr/bin/" is "/usr/bin"."""
    paths = [line.removeprefix(".").rstrip("/") or "/." for line in members.splitlines()]
    return "".join(f"{path}\n" for path in paths)
