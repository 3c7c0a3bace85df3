"""What is fuzzed: an sdist file, from its first byte to the facts and settings of its project.

Two readings of the same bytes: as the archive, and as the files of a sound one, split at SPLIT.
"""

from __future__ import annotations

import contextlib
import io
import tarfile
import tempfile
import warnings
from pathlib import Path

from npwheel.build import project, source
from npwheel.core.errors import NpwheelError

SPLIT = b"\n\0--\n"
NAMES = (
    "pyproject.toml", "PKG-INFO", "setup.cfg", "setup.py", "requirements.txt", ".git/config",
    "../outside", "/absolute", "src/module.c",
)  # fmt: skip
# What tests and fuzzing start from.
PROJECTS = [
    b'[project]\nname = "thing"\nversion = "1"\ndependencies = ["numpy>=1.23"]\n',
    b'[project]\nname = 1\nrequires-python = [">=3"]\ndependencies = "numpy"\n',
    b'[tool.cibuildwheel]\nbuild = 3\nenvironment = ["a"]\ntest-command = {a = 1}\n',
    b'[[tool.cibuildwheel.overrides]]\nselect = "*"\nenvironment-pass = ["SECRET"]\n',
    b"[project]\nrequires-python = '>=99999999999999999999.*'\n",
    b"Metadata-Version: 2.1\nName: thing\nVersion: 1\nRequires-Dist: numpy (>=1.23\n",
    b"[options]\ninstall_requires =\n  numpy>=1.23; python_version<'3'\n",
    b"[" * 3000,
    b"a" + b".a" * 3000 + b" = 1",
    b"x = " + b"[" * 3000,
    b"1" * 5000,
    b"\xff\xfe\x00",
    b"/etc/passwd",
    b"../../outside",
]


def archive(contents: list[bytes]) -> bytes:
    """A tar archive of these contents under NAMES; the last is the target of a symbolic link."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz", compresslevel=1) as file:
        for name, content in zip(NAMES, contents, strict=False):
            member = tarfile.TarInfo(name if name[:1] in "./" else f"thing-1.0/{name}")
            member.size = len(content)
            file.addfile(member, io.BytesIO(content))
        for content in contents[len(NAMES) : len(NAMES) + 1]:
            link = tarfile.TarInfo("thing-1.0/link")
            link.type, link.linkname = tarfile.SYMTYPE, content[:90].decode("latin-1")
            file.addfile(link)
    return made.getvalue()


def one(data: bytes) -> None:
    """Read it as `npwheel build` does before anything runs. Another exception is a finding."""
    with warnings.catch_warnings(action="ignore"):
        for name, content in (("thing-1.0.tar.gz", data), ("thing-1.0.zip", data)):
            _read(name, content)
        _read("thing-1.0.tar.gz", archive(data.split(SPLIT)))


def _read(name: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory(prefix="npwheel-fuzz-sdists-") as scratch:
        root = Path(scratch)
        file, inner = root / name, root / "inner"
        file.write_bytes(content)
        inner.mkdir()
        (root / "outside").write_text("mine")
        with contextlib.suppress(NpwheelError):
            found = source.obtain(str(file), inner)
            facts = project.load(
                found.folder, {"file": found.file, "sha256": found.sha256}, found.config
            )
            list(facts.files())
            facts.option("test-command")
        assert (root / "outside").read_text() == "mine"
        assert {path.name for path in root.iterdir()} == {name, "inner", "outside"}
        assert not list(inner.rglob(".git"))
        assert not [path for path in inner.rglob("*") if path.is_symlink()]
