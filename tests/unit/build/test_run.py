"""What is published, recorded and reported when some targets of a build fail."""

import hashlib
import json

import pytest

from npwheel.build import plan as plans
from npwheel.build import project, run, target_job
from npwheel.build.options import BuildOptions
from npwheel.build.project_facts import read_facts
from npwheel.containers.engine import Engine
from npwheel.core import targets
from npwheel.core.errors import BuildError, EngineError, PlanError, ProofError
from npwheel.core.index import IndexFile
from npwheel.prove.proof import Proof
from npwheel.prove.record import WheelRecord
from npwheel.report.outcomes import outcomes_text

FILES = [
    IndexFile(f"numpy-2.0.2-cp39-cp39-{tag}.whl", "https://example.org/x", {}, None, False, 1, None)
    for tag in ("manylinux_2_17_x86_64", "manylinux_2_17_aarch64", "musllinux_1_2_x86_64")
]
FOUR = tuple(target.name for target in targets.choose([]))


class Progress:
    def __init__(self):
        self.notes, self.made, self.ended = [], None, None

    def step(self, target, text):
        pass

    def note(self, text):
        self.notes.append(text)

    def plan(self, plan):
        self.made = plan

    def outcomes(self, outcomes):
        self.ended = outcomes


def entry(name, target, content):
    return WheelRecord(
        file=name, sha256=hashlib.sha256(content).hexdigest(), size=len(content), project="a",
        target=target, inputs="0" * 64, engine="e", openblas=None, not_built={},
        image={"reference": "r", "digest": "sha256:" + "0" * 64, "kind": "local"},
        numpy={"built": None, "target_api": None},
        proofs=(Proof("3.9", "2.0.2", "here", "pass", modules=("a",)),),
    )  # fmt: skip


@pytest.fixture
def build(tmp_path, monkeypatch):
    """build(failing, **options) runs a build of the four targets; failing: target -> error."""
    monkeypatch.setenv("NPWHEEL_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "project"
    folder.mkdir()

    def start(failing, settings="", **options):
        (folder / "pyproject.toml").write_text(
            f"[project]\nname = 'a'\n[tool.cibuildwheel]\nbuild = 'cp39-*'\n{settings}\n"
        )

        class Job(target_job.Job):
            def run(self):
                if self.plan.target.name in failing:
                    raise failing[self.plan.target.name]
                self.folder.mkdir(parents=True)
                name = f"a-1-cp39-cp39-{self.plan.target.name}.whl"
                (self.folder / name).write_bytes(b"x")
                return [(self.folder / name, entry(name, self.plan.target.name, b"x"))]

        monkeypatch.setattr(run, "Job", Job)
        monkeypatch.setattr(
            run.host_requirements, "find_engine", lambda *a, **k: Engine("true", "1")
        )
        monkeypatch.setattr(run, "_prepare", lambda *a: None)
        monkeypatch.setattr(run.index, "files", lambda name: FILES)
        monkeypatch.setattr(run, "answers", lambda reference: (False, ""))
        chosen = BuildOptions(
            project.load(folder), targets.choose(options.pop("names", [])), output=tmp_path / "out",
            named=options.pop("named", False), **options,
        )  # fmt: skip
        progress = Progress()
        try:
            run.run(chosen, progress)
        except Exception as error:
            return progress, error
        return progress, None

    return start


def recorded(tmp_path):
    return json.loads((tmp_path / "out" / "npwheel.json").read_text())


# FILES has no NumPy for the Pythons of the musl images: those are refused before the build.
def test_what_is_proven_is_published_although_others_failed(build, tmp_path):
    proof = ProofError("manylinux_x86_64: a.whl fails", why="because")
    proof.log, proof.kept = "some.log", "kept.whl"
    progress, error = build({"manylinux_x86_64": proof})
    assert error.exit_code == 12  # the earlier stage of 12 and 16
    record = recorded(tmp_path)
    assert [w["target"] for w in record["wheels"]] == ["manylinux_aarch64"]
    assert [p.name for p in (tmp_path / "out").glob("*.whl")] == [
        "a-1-cp39-cp39-manylinux_aarch64.whl"
    ]
    missing = {entry["target"]: entry for entry in record["missing"]}
    assert {name: entry["exit_code"] for name, entry in missing.items()} == {
        "manylinux_x86_64": 16, "musllinux_x86_64": 12, "musllinux_aarch64": 12,
    }  # fmt: skip
    assert missing["manylinux_x86_64"]["wheel"] == "kept.whl"
    assert missing["manylinux_x86_64"]["log"] == "some.log"
    assert {o.target: getattr(o.error, "exit_code", 0) for o in progress.ended} == {
        "manylinux_x86_64": 16, "manylinux_aarch64": 0, "musllinux_x86_64": 12,
        "musllinux_aarch64": 12,
    }  # fmt: skip
    text = outcomes_text(progress.ended)
    assert all(name in text for name in FOUR)


def test_a_later_success_ends_that_a_target_is_missing(build, tmp_path):
    names = ["manylinux_x86_64", "manylinux_aarch64"]
    build({"manylinux_x86_64": BuildError("x")}, names=names, named=True)
    assert [entry["target"] for entry in recorded(tmp_path)["missing"]] == ["manylinux_x86_64"]
    _, error = build({}, names=names, named=True, force=True)
    assert error is None
    assert "missing" not in recorded(tmp_path)
    assert len(recorded(tmp_path)["wheels"]) == 2


def test_all_or_nothing_publishes_nothing(build, tmp_path):
    _, error = build({"manylinux_x86_64": BuildError("x")}, all_or_nothing=True)
    assert error is not None
    assert not (tmp_path / "out").exists()


def test_where_nothing_is_proven_nothing_is_written(build, tmp_path):
    failing = {name: BuildError(name) for name in FOUR}
    _, error = build(failing)
    assert error.exit_code == 12
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("error", [EngineError("e"), BuildError("b"), ProofError("p")])
def test_the_exit_code_is_that_of_the_failure(build, error):
    names = ["manylinux_x86_64", "manylinux_aarch64"]
    _, raised = build({"manylinux_x86_64": error}, names=names, named=True)
    assert raised is error


def test_default_targets_that_a_project_skips_are_skipped(build, tmp_path):
    progress, error = build({}, "skip = '*-musllinux*'")
    assert error is None
    assert progress.made.skipped == ("musllinux_x86_64", "musllinux_aarch64")
    assert {w["target"] for w in recorded(tmp_path)["wheels"]} == {
        "manylinux_x86_64", "manylinux_aarch64",
    }  # fmt: skip


def test_a_target_that_is_named_and_skipped_is_an_error(build):
    _, error = build({}, "skip = '*-musllinux*'", names=["musllinux_x86_64"], named=True)
    assert isinstance(error, PlanError)


def test_a_project_that_skips_everything_is_an_error(build):
    _, error = build({}, "skip = '*'")
    assert isinstance(error, PlanError)


def test_pythons_without_a_numpy_are_not_built(tmp_path):
    (tmp_path / "pyproject.toml").write_text(
        "[project]\nname = 'a'\n[tool.cibuildwheel]\nbuild = 'cp39-* cp310-*'\n"
    )
    facts = read_facts(project.load(tmp_path))
    image = plans.ImageSpec("r", "local", "2.31", ("3.9", "3.10"), "k")
    target = targets.targets()["manylinux_x86_64"]
    made = plans.target_plan(facts, target, image, FILES)
    assert made.build == ("cp39-manylinux_x86_64",)
    assert "cp310-manylinux_x86_64" in made.not_built
