"""A small repository with the project's two distributions, and proven wheels for it."""

import base64
import hashlib
import subprocess
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from npwheel import sbom
from npwheel.core import repository as hosting
from npwheel.core.files import sha256_of
from npwheel.prove import record
from npwheel.prove.proof import Proof
from npwheel.sbom.claims import BuildFacts

TARGETS = {
    "manylinux_x86_64": "manylinux_2_17_x86_64",
    "manylinux_aarch64": "manylinux_2_17_aarch64",
    "musllinux_x86_64": "musllinux_1_2_x86_64",
    "musllinux_aarch64": "musllinux_1_2_aarch64",
}
PYPROJECT = """\
[build-system]
requires = ["hatchling>=1.27"]
build-backend = "hatchling.build"
[project]
name = "{name}"
version = "1.2.3"
requires-python = ">=3.9"
"""
RELEASE = """\
[tool.npwheel.release]
distributions = [{ folder = ".", wheel = "pure" }, { folder = "ext" }]
"""


def git(folder, *arguments):
    command = ["git", "-C", folder, "-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run([*command, *arguments], check=True, capture_output=True)


@pytest.fixture(autouse=True)
def address(monkeypatch):
    """Releases of these tests are of a repository whose owner is set."""
    monkeypatch.setattr(hosting, "address", lambda: "https://example.org/someone/npwheel")


@pytest.fixture
def repository(tmp_path):
    """A clean repository at version 1.2.3, tagged."""
    folder = tmp_path / "repository"
    for place, name in ((folder, "npwheel"), (folder / "ext", "npwheel-probe")):
        module = place / "src" / name.replace("-", "_")
        module.mkdir(parents=True)
        (module / "__init__.py").write_text("x = 1\n")
        (place / "pyproject.toml").write_text(PYPROJECT.format(name=name))
    with (folder / "pyproject.toml").open("a") as file:
        file.write(RELEASE)
    (folder / "CHANGELOG.md").write_text("# Changelog\n\n## 1.2.3 (2026-11-21)\n\nFirst.\n")
    (folder / ".gitignore").write_text("dist/\nwheelhouse/\n")
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "one")
    git(folder, "tag", "v1.2.3")
    return folder


@pytest.fixture(scope="session")
def run_git():
    """(folder, *arguments): a git command."""
    return git


@pytest.fixture(scope="session")
def module():
    """An extension module that binds NumPy's C-API."""
    files = [f for f in metadata.files("numpy") or [] if "_umath_tests.cpython" in f.name]
    assert files, "the tests need numpy's Linux wheel"
    return Path(str(files[0].locate())).read_bytes()


def write(path, members):
    members = {**members}
    info = path.name.split("-")
    dist = f"{info[0]}-{info[1]}.dist-info"
    members[f"{dist}/METADATA"] = f"Metadata-Version: 2.1\nName: {info[0]}\nVersion: {info[1]}\n"
    members[f"{dist}/WHEEL"] = "Wheel-Version: 1.0\n"
    rows = ""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            data = content.encode() if isinstance(content, str) else content
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            rows += f"{name},sha256={digest},{len(data)}\n"
            archive.writestr(name, data)
        archive.writestr(f"{dist}/RECORD", f"{rows}{dist}/RECORD,,\n")


IMAGE = {"reference": "quay.example/i:1", "digest": f"sha256:{'a' * 64}", "kind": "official"}


def wheel_record(path, project, target="manylinux_x86_64", image=IMAGE):
    """The record of a wheel that one proof passed for."""
    return record.WheelRecord(
        file=path.name,
        sha256=sha256_of(path),
        size=path.stat().st_size,
        project=project,
        target=target,
        inputs="0" * 64,
        image=image,
        engine="podman",
        numpy={"built": "2.3.1", "target_api": "0x13"},
        openblas=None,
        not_built={},
        proofs=(
            Proof("3.9", "2.0.2", "image", "pass", "", 1.0, modules=(project.replace("-", "_"),)),
        ),
    )


@pytest.fixture(scope="session")
def built(tmp_path_factory, module):
    """(folder, targets, kind, version) -> a folder with wheels and their record."""

    def build(
        folder,
        targets=tuple(TARGETS),
        kind="official",
        version="1.2.3",
        annotated=True,
        plain=False,
    ):
        scratch = tmp_path_factory.mktemp("built")
        staged = []
        image = {**IMAGE, "kind": kind}
        for target in targets:
            path = scratch / f"npwheel_probe-{version}-cp39-abi3-{TARGETS[target]}.whl"
            files = (
                {"npwheel_probe/__init__.py": ""} if plain else {"npwheel_probe/_core.so": module}
            )
            write(path, files)
            if annotated:
                tools = {"npwheel": "0", "cibuildwheel": "4.3.3", "auditwheel": "6.8.2"}
                facts = BuildFacts("2.3.1", image, "glibc", "2.28", tools, (), 1700000000)
                sbom.annotate(path, facts)
            entry = wheel_record(path, "npwheel-probe", target, image)
            staged.append((path, entry))
        record.publish(folder, staged)
        return folder

    return build
