"""What is fuzzed: an environment that the doctor surveys, from its files to the printed report.

The bytes, split at SPLIT, are files of a site-packages folder, what a failed import printed, and
what the examined interpreter reported of itself. No process is started.
"""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from npwheel.core.errors import NpwheelError
from npwheel.doctor import installed, jsonreport, machine, owners, session, text, verdict
from npwheel.doctor.privacy import Privacy
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.trial import Trial, bounded, records, survey

SPLIT = b"\n\0--\n"
INFO = "numpy-2.0.0.dist-info"
FILES = (
    f"{INFO}/METADATA", f"{INFO}/RECORD", f"{INFO}/WHEEL", f"{INFO}/INSTALLER",
    "other-1.dist-info/METADATA", "old.egg-info/PKG-INFO", "numpy/__init__.py", "numpy/version.py",
    "numpy/_core/_multiarray_umath.cpython-311-x86_64-linux-gnu.so", "numpy/__config__.py",
    "requirements.txt", "zip.egg", "a.pth",
)  # fmt: skip
SURVEY = {"version": (3, 11, 0), "prefix": "/usr", "suffixes": [".so"], "cwd": "/"}
# What tests and fuzzing start from.
PIECES = [
    b"Metadata-Version: 2.1\nName: numpy\nVersion: 2.0.0\nRequires-Dist: numpy (>=1\n",
    b"Metadata-Version: 2.1\nName: numpy\nVersion: not a version\nRequires-Python: >=x\n",
    b"numpy/__init__.py,sha256=x,1\nnumpy/_core/_multiarray_umath.so,,\n",
    b'../../../etc/passwd,sha256=,99999999999999999999\n"',
    b"Tag: cp311-cp311-manylinux_2_17_x86_64\nTag: \nTag: x\n",
    b"ImportError: numpy.core.multiarray failed to import",
    b"module compiled against API version 0x99999999 but this version of numpy is 0x",
    b"ImportError: /x/y.so: version `GLIBC_2.99' not found (required by /x/y.so)",
    b"ModuleNotFoundError: No module named 'numpy._core._multiarray_umath'",
    b"('survey', {'version': (3, 11, 0), 'path': [1], 'executable': None})\n",
    b"('raised', {'module': 'numpy', 'chain': []})\n",
    b"('imported', {'module': 'numpy', 'version': '\\x1b[2J', 'file': '/'})\n",
    b'version = "\xff"\nfull_version = None\n',
    b"\x7fELF\x02\x01\x01" + bytes(60),
    b"numpy==1.20.3\n-r requirements.txt\n",
    b"PK\3\4" + bytes(30),
]


def one(data: bytes) -> None:
    """Examine it. An exception, also one that a mode's examination caught, is a finding."""
    pieces = data.split(SPLIT)
    printed, reported, *contents = [*pieces, b"", b""]
    with tempfile.TemporaryDirectory(prefix="npwheel-fuzz-environments-") as scratch:
        site = Path(scratch)
        for name, content in zip(FILES, contents, strict=False):
            (site / name).parent.mkdir(parents=True, exist_ok=True)
            (site / name).write_bytes(content)
        _examine(site, bounded(printed.decode("utf-8", "replace")), records(reported))
        shutil.rmtree(site / "numpy", ignore_errors=True)
        left = {path.name for path in site.iterdir()}
        assert left <= {name.partition("/")[0] for name in FILES}, left


def _examine(site: Path, printed: str, reported: tuple[tuple[str, object], ...]) -> None:
    trial = Trial("numpy", (), reported, printed, 1, False, 0.1)
    facts = {**SURVEY, **(survey(trial) or {}), "path": [str(site)]}
    seen = machine.read(facts, "", {})._replace(env={})
    environment = PythonEnvironment(
        [sys.executable], facts, seen, [trial], session.pins_in(str(site))
    )
    for dist in installed.distributions([str(site)]):
        installed.record(dist)
        installed.wheel_tags(dist)
        installed.installer(dist)
        installed.metadata(dist, "Requires-Dist")
    with contextlib.suppress(NpwheelError), no_processes():
        report = session.judge(environment, (), str, [])
        broken = [check for check in report.checks if check.reason]
        assert not broken, [(check.mode, check.reason) for check in broken]
        jsonreport.document(report, verdict.exit_code(report, True))
        text.render(report, True, Privacy({}))


@contextlib.contextmanager
def no_processes() -> Iterator[None]:
    """Replace what would start the examined interpreter or the system's package manager."""
    kept = {name: getattr(owners, name) for name in ("dpkg", "apk", "rpm")}
    asked = PythonEnvironment._ask_cpu
    for name in kept:
        setattr(owners, name, lambda path: "")
    PythonEnvironment._ask_cpu = lambda self: {}  # type: ignore[method-assign]
    try:
        yield
    finally:
        for name, function in kept.items():
            setattr(owners, name, function)
        PythonEnvironment._ask_cpu = asked  # type: ignore[method-assign]
