"""`npwheel build` for real, on a small foreign project, in this machine's native image."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
import uuid
from importlib import resources
from pathlib import Path

import jsonschema
import pytest

from npwheel.core import targets

TINY = Path(__file__).parent / "tiny"
HOOKED = Path(__file__).parent / "hooked"
SCHEMA = json.loads(
    resources.files("npwheel.prove").joinpath("data", "record-2.schema.json").read_text("utf-8")
)
NATIVE = [t for t in targets.choose([]) if t.native and t.libc == "glibc"]

pytestmark = [pytest.mark.usefixtures("engine")]


def command(*args):
    return [sys.executable, "-m", "npwheel", "build", *map(str, args)]


def npwheel(*args, cwd, **env):
    return subprocess.run(
        command(*args),
        cwd=cwd, env={**os.environ, **env}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def containers(engine, label):
    listed = subprocess.run(
        [engine.name, "ps", "-aq", "--filter", f"label=npwheel.run={label}"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return listed.stdout.split()


@pytest.fixture
def project(tmp_path):
    """A copy outside of any git checkout."""
    folder = tmp_path / "project"
    shutil.copytree(TINY, folder)
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """(folder, first run) of one good build."""
    folder = tmp_path_factory.mktemp("built")
    shutil.copytree(TINY, folder / "project")
    done = npwheel("project", "--target", NATIVE[0].name, cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder, done


def test_a_foreign_project_is_built_audited_and_proven(built):
    folder, done = built
    record = json.loads((folder / "wheelhouse" / "npwheel.json").read_text())
    jsonschema.validate(record, SCHEMA)
    (wheel,) = record["wheels"]
    path = folder / "wheelhouse" / wheel["file"]
    assert sha256(path) == wheel["sha256"]
    assert "-abi3-manylinux" in wheel["file"]
    assert wheel["numpy"] == {"built": "2.0.2", "target_api": "0xd"}
    passed = {(p["python"], p["numpy"]) for p in wheel["proofs"] if p["outcome"] == "pass"}
    assert {("3.9", "1.19.3"), ("3.9", "2.0.2")} <= passed
    # Every Python that the wheel admits has its cells, run or not.
    pythons = {p["python"] for p in wheel["proofs"]}
    assert {"3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15"} <= pythons
    assert all(p["reason"] for p in wheel["proofs"] if p["outcome"] == "not run")
    # The plan was printed before anything was built.
    assert done.stderr.index("lowest numpy") < done.stderr.index("building")


def test_an_unchanged_build_is_reported_and_quick(built):
    folder, _ = built
    before = (folder / "wheelhouse" / "npwheel.json").read_bytes()
    done = npwheel("project", "--target", NATIVE[0].name, cwd=folder)
    assert done.returncode == 0
    assert "nothing changed" in done.stderr
    assert "building" not in done.stderr
    assert (folder / "wheelhouse" / "npwheel.json").read_bytes() == before


def test_two_runs_at_once_give_the_same_bytes(built, tmp_path):
    folder, _ = built
    first = json.loads((folder / "wheelhouse" / "npwheel.json").read_text())["wheels"][0]
    runs = [
        subprocess.Popen(
            command(
                folder / "project",
                "--force",
                "--target",
                NATIVE[0].name,
                "--output",
                tmp_path / str(n),
            ),
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for n in range(2)
    ]
    errors = [run.communicate(timeout=600)[1] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], errors
    for n in range(2):
        assert sha256(tmp_path / str(n) / first["file"]) == first["sha256"]


def test_a_compiler_error_is_the_cause_and_nothing_is_lost(project, tmp_path):
    out = tmp_path / "wheelhouse"
    out.mkdir()
    (out / "before.whl").write_bytes(b"kept")
    source = project / "tiny_capi.c"
    source.write_text(source.read_text().replace("double sum", "doubble sum"))
    done = npwheel("project", "--target", NATIVE[0].name, cwd=tmp_path)
    assert done.returncode == 13
    assert "failed while building" in done.stderr
    assert "error: unknown type name" in done.stderr.split("why:", 1)[1]
    assert "the whole log: " in done.stderr
    assert {p.name for p in out.iterdir()} == {"before.whl"}


def test_a_floor_that_cannot_hold_is_refused(project, tmp_path):
    """Built for NumPy 2.0 only while the metadata admits 1.19.3: audit or proof must say so."""
    done = npwheel(
        "project", "--target", NATIVE[0].name,
        cwd=tmp_path, CIBW_ENVIRONMENT="TINY_TARGET=NPY_2_0_API_VERSION",
    )  # fmt: skip
    assert done.returncode in (15, 16), done.stderr
    assert not (tmp_path / "wheelhouse").exists()


def test_a_test_that_fails_with_every_numpy_is_not_blamed_on_numpy(project, tmp_path):
    text = (project / "pyproject.toml").read_text()
    (project / "pyproject.toml").write_text(text.replace("== 10", "== 11"))
    done = npwheel("project", "--target", NATIVE[0].name, cwd=tmp_path)
    assert done.returncode == 16
    assert "fails on Python 3.9 with every NumPy tried (1.19.3 and 2.0.2)" in done.stderr
    assert "AssertionError" in done.stderr
    assert not (tmp_path / "wheelhouse").exists()


def make_sdist(project, change):
    """The project for Python 3.9 alone, changed, as the file that an index has."""
    file = project / "pyproject.toml"
    text = file.read_text().replace('">=3.9"', '">=3.9,<3.10"')
    assert change(text) != text
    file.write_text(change(text))
    sdist = project.parent / "tiny_capi-1.0.tar.gz"
    with tarfile.open(sdist, "w:gz") as archive:
        archive.add(project, "tiny_capi-1.0")
    return sdist


def test_an_sdist_is_built_with_what_its_test_requires(project, tmp_path):
    sdist = make_sdist(
        project,
        lambda text: text.replace(
            "test-command", 'test-requires = "packaging==24.0"\ntest-command', 1
        ).replace("import tiny_capi", "import packaging, tiny_capi"),
    )
    done = npwheel(sdist, "--target", NATIVE[0].name, "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (wheel,) = json.loads(done.stdout)["wheels"]
    assert wheel["source"] == {"file": sdist.name, "sha256": sha256(sdist)}
    passed = [p["numpy"] for p in wheel["proofs"] if p["outcome"] == "pass"]
    assert passed == ["1.19.3", "2.0.2"]


def test_a_failing_minimum_is_reported_with_the_lowest_that_passes(project, tmp_path):
    """Nothing in the binary shows it: the test alone fails below NumPy 1.21."""
    old = "assert t.total"
    new = "assert np.__version__ >= '1.21', 'too old'; assert t.total"
    sdist = make_sdist(project, lambda text: text.replace(old, new))
    done = npwheel(sdist, "--target", NATIVE[0].name, cwd=tmp_path)
    assert done.returncode == 16, done.stderr
    assert "fails with numpy 1.19.3 on Python 3.9" in done.stderr
    assert "AssertionError: too old" in done.stderr
    assert "next: require numpy>=1.21.0" in done.stderr
    assert not (tmp_path / "wheelhouse").exists()


def test_a_hatchling_project_with_a_hook_that_compiles(tmp_path):
    folder = tmp_path / "hooked"
    shutil.copytree(HOOKED, folder)
    shutil.copy(TINY / "tiny_capi.c", folder)
    done = npwheel("hooked", "--target", NATIVE[0].name, "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (wheel,) = json.loads(done.stdout)["wheels"]
    assert wheel["file"].startswith("tiny_capi-1.0-cp39-cp39-manylinux")
    assert wheel["numpy"] == {"built": "2.0.2", "target_api": "0xd"}
    proofs = [(p["python"], p["numpy"], p["outcome"]) for p in wheel["proofs"]]
    assert proofs == [("3.9", "1.19.3", "pass"), ("3.9", "2.0.2", "pass")]


def test_ctrl_c_removes_its_containers(project, tmp_path, engine):
    label = uuid.uuid4().hex
    log = (tmp_path / "log").open("w+")
    run = subprocess.Popen(
        command("project", "--target", NATIVE[0].name),
        cwd=tmp_path, env={**os.environ, "NPWHEEL_RUN": label}, stdout=log, stderr=log,
    )  # fmt: skip
    # Not the engine's trial: the container that builds, which lasts.
    for _ in range(1200):
        if "building" in (tmp_path / "log").read_text():
            break
        time.sleep(0.1)
    else:
        pytest.fail((tmp_path / "log").read_text())
    assert containers(engine, label)
    run.send_signal(signal.SIGINT)
    assert run.wait(60) == 130, (tmp_path / "log").read_text()
    log.close()
    assert containers(engine, label) == []
    assert not (tmp_path / "wheelhouse").exists()


def test_without_an_engine(project, tmp_path):
    (tmp_path / "empty").mkdir()
    begun = time.monotonic()
    done = npwheel("project", cwd=tmp_path, PATH=str(tmp_path / "empty"))
    assert done.returncode == 10
    assert time.monotonic() - begun < 60
    assert "--setup" in done.stderr
    assert "Traceback" not in done.stderr


def test_plan_json_starts_nothing(project, tmp_path):
    done = npwheel("project", "--plan", "--json", "--target", "native", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    plan = json.loads(done.stdout)
    assert plan["schema_version"] == 1
    ranges = {p["python"]: (p["lowest"], p["newest"]) for p in plan["targets"][0]["pythons"]}
    assert ranges["3.9"] == ("1.19.3", "2.0.2")
    assert not (tmp_path / "wheelhouse").exists()


def test_armv7l_is_planned_with_the_systems_that_prove_it(project, tmp_path):
    done = npwheel("project", "--plan", "--json", "--target", "manylinux_armv7l", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (target,) = json.loads(done.stdout)["targets"]
    assert target["systems"] == ["debian-11-armhf", "debian-12-armhf", "debian-13-armhf"]
