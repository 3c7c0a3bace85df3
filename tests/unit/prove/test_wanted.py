"""Which proofs a wheel needs, from its own metadata and tags."""

import zipfile

import pytest

from npwheel.build import plan as plans
from npwheel.build import project, proof_plan
from npwheel.build.project_facts import read_facts
from npwheel.containers.images import ReadyImage
from npwheel.core import targets
from npwheel.core.index import IndexFile
from npwheel.prove import dependencies as resolve
from npwheel.prove.proof import ProofRequest


def file(name):
    return IndexFile(name, "https://example.org/" + name, {"sha256": "0"}, None, False, 1, None)


FILES = [
    file(f"numpy-{release}-cp{tag}-cp{tag}-manylinux_2_17_x86_64.manylinux2014_x86_64.whl")
    for tag, releases in (
        ("39", ("1.19.3", "1.20.3", "2.0.2")),
        ("311", ("1.23.2", "2.4.6")),
        ("313", ("2.1.0", "2.5.5")),
    )
    for release in releases
]


def make(folder, requires=(), name="a-1-cp39-abi3-manylinux2014_x86_64.whl", python=">=3.9"):
    lines = ["Metadata-Version: 2.1", "Name: a", "Version: 1", f"Requires-Python: {python}"]
    lines += [f"Requires-Dist: {line}" for line in requires]
    path = folder / name
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a-1.dist-info/METADATA", "\n".join(lines) + "\n")
        archive.writestr("a-1.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: cp39-abi3-x\n")
        archive.writestr("a-1.dist-info/RECORD", "")
        archive.writestr("a.py", "")
    return path


@pytest.fixture
def candidate(tmp_path, monkeypatch):
    """What a wheel with the given requirements is proven as, without fetching anything."""
    monkeypatch.setattr(proof_plan.download, "wheel", lambda file: tmp_path / file.filename)
    source = tmp_path / "project"
    source.mkdir()

    def made(requires=(), pythons=("3.9", "3.11"), test="", **keys):
        (source / "pyproject.toml").write_text(
            '[project]\nname = "a"\nrequires-python = ">=3.9"\n[tool.cibuildwheel]\n'
            f'build = "cp39-*"\n{test}\n'
        )
        loaded = project.load(source)
        image = plans.ImageSpec("r", "local", "2.31", pythons, "k")
        planned = plans.target_plan(
            read_facts(loaded), targets.targets()["manylinux_x86_64"], image, FILES
        )
        ready = ReadyImage(
            reference="r", digest="sha256:0", kind="local", release="11",
            pythons={p: f"/opt/{p}" for p in pythons}, libc_version="2.31",
        )  # fmt: skip
        path = make(tmp_path, requires, **keys)
        return proof_plan.RepairedWheel(path, loaded, planned, ready, FILES, "here")

    return made


def cells(found):
    return [(w.python, w.numpy) for w in found]


def test_both_ends_of_what_the_wheel_itself_admits(candidate):
    """The project says nothing of NumPy here: its build computed it."""
    run, idle = candidate(["numpy>=1.20; python_version<'3.10'", "numpy<2"]).proofs()
    assert cells(run) == [("3.9", "1.20.3"), ("3.11", "1.23.2")]
    assert run[0].requirements == ("numpy==1.20.3",)
    assert run[0].executable == "/opt/3.9"
    reasons = {p.python: (p.numpy, p.reason) for p in idle}
    assert reasons["3.13"][1].startswith("no NumPy wheel for this Python and platform")
    assert reasons["3.10"][0] is None


def test_a_python_that_the_image_lacks_is_not_run(candidate):
    run, idle = candidate(["numpy"], pythons=("3.9",)).proofs()
    assert cells(run) == [("3.9", "1.19.3"), ("3.9", "2.0.2")]
    lacking = [(p.numpy, p.reason) for p in idle if p.python == "3.11"]
    assert lacking == [(n, "the image has no CPython 3.11") for n in ("1.23.2", "2.4.6")]


def test_pythons_that_tags_or_metadata_leave_out_have_no_cell(candidate):
    name = "a-1-cp311-cp311-manylinux2014_x86_64.whl"
    run, idle = candidate(["numpy"], name=name).proofs()
    assert (cells(run), idle) == ([("3.11", "1.23.2"), ("3.11", "2.4.6")], [])
    run, idle = candidate(["numpy"], python="<3.11").proofs()
    assert {w.python for w in run} | {p.python for p in idle} == {"3.9", "3.10"}


def test_a_wheel_without_numpy_is_proven_without_it(candidate):
    run, _ = candidate([]).proofs()
    assert cells(run) == [("3.9", None), ("3.11", None)]
    assert run[0].requirements == ()


def dependencies(pins=(), resolution="lowest", reason=""):
    return resolve.Dependencies(tuple(pins), (), resolution, reason)


def test_other_dependencies_at_both_ends_numpy_first(candidate, monkeypatch):
    asked = []

    def answer(path, environment, *, want, also):
        asked.append((environment.numpy, want, also))
        return dependencies(["six==1.0" if want == resolve.LOWEST else "six==2.0"])

    monkeypatch.setattr(proof_plan.dependencies, "resolve", answer)
    run, _ = candidate(["numpy<2", "six"], pythons=("3.11",)).proofs()
    assert asked == [("1.23.2", resolve.LOWEST, ()), ("1.23.2", resolve.HIGHEST, ())]
    assert [w.requirements for w in run] == [
        ("numpy==1.23.2", "six==1.0"), ("numpy==1.23.2", "six==2.0"),
    ]  # fmt: skip


def test_a_test_with_unavailable_requirements_is_reported_and_left_out(candidate, monkeypatch):
    def answer(path, environment, *, want, also):
        return dependencies(resolution="", reason="no wheel") if also else dependencies()

    monkeypatch.setattr(proof_plan.dependencies, "resolve", answer)
    own = 'test-command = "true"\ntest-requires = ["x"]'
    run, _ = candidate(["numpy"], test=own, pythons=("3.9",)).proofs()
    assert {w.test for w in run} == {""}
    assert run[0].not_tested == "what it requires is unavailable: no wheel"


def test_what_does_not_resolve_at_all_is_not_run(candidate, monkeypatch):
    answer = dependencies(resolution="", reason="six has no wheel")
    monkeypatch.setattr(proof_plan.dependencies, "resolve", lambda *_, **__: answer)
    run, idle = candidate(["numpy", "six"], pythons=("3.9",)).proofs()
    assert run == []
    assert ("3.9", "1.19.3", "six has no wheel") in {(p.python, p.numpy, p.reason) for p in idle}


def test_the_test_goes_along(candidate):
    own = 'test-command = "run {project}/t"'
    made = candidate(["numpy"], test=own, pythons=("3.9",))
    (made.project.folder / "t").write_text("")
    run, _ = made.proofs()
    assert isinstance(run[0], ProofRequest)
    assert (run[0].test, run[0].project) == ("run {project}/t", made.project.folder)
