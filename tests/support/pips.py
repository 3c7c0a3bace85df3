"""Interpreters of this machine, real pips of several ages, wheels made here."""

import re
import subprocess
import sys
import zipfile

import pytest
from doctorlab.lab import interpreters

# What each of them prints: the platform tags that this pip takes here, then its opinion on musl.
ASK = """
import sys
sys.path.insert(0, sys.argv[1])
import pip
try:
    from pip._internal.utils.compatibility_tags import get_supported
except ImportError:
    try:
        from pip._internal.pep425tags import get_supported
    except ImportError:
        from pip.pep425tags import get_supported
musl = False
try:
    from pip._vendor.packaging import _musllinux
    musl = True
except ImportError:
    pass
print(pip.__version__)
print("musl" if musl else "no musl")
for tag in get_supported():
    print("-".join(tag) if isinstance(tag, tuple) else str(tag))
"""


@pytest.fixture(scope="session")
def pythons():
    found = {v: exe for v, exe in interpreters().items() if v.startswith("3.")}
    return found | {"{}.{}".format(*sys.version_info): sys.executable}


@pytest.fixture(scope="session")
def ask_pip(tmp_path_factory):
    """ask_pip(python, pip release) -> (takes musllinux?, its tags on this machine)."""
    folder = tmp_path_factory.mktemp("pips")

    def ask(python, release):
        place = folder / release
        if not place.exists():
            subprocess.run(
                [
                    sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-compile",
                    "--ignore-requires-python", "--disable-pip-version-check", "--target", place,
                    f"pip=={release}",
                ],
                check=True, capture_output=True,
            )  # fmt: skip
        done = subprocess.run(
            [python, "-I", "-W", "ignore", "-c", ASK, str(place)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        version, musl, *tags = done.stdout.split("\n")
        assert re.match(re.escape(release) + r"(\.0)?$", version)
        return musl == "musl", [tag for tag in tags if tag]

    return ask


@pytest.fixture
def wheel(tmp_path):
    """wheel(file name, METADATA lines) -> path of a wheel that has only metadata."""

    def make(name, *lines):
        path = tmp_path / name
        project, version = name.split("-")[:2]
        head = f"Metadata-Version: 2.1\nName: {project}\nVersion: {version}\n"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(f"{project}-{version}.dist-info/METADATA", head + "\n".join(lines))
        return path

    return make
