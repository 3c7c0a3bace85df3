"""From cells to proofs and back, with fakes where a container and the index would be."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
from thing_wheels import make_wheel

from npwheel.containers.engine import Engine
from npwheel.core.errors import EngineError, ImageError, NotChecked, ProofError, RecordError
from npwheel.core.index import IndexFile
from npwheel.core.requirements import parse_release
from npwheel.prove import execute, proof, scipy_pairs
from npwheel.prove import run as prove
from npwheel.prove.proof import Proof
from npwheel.prove.record import NAME, Record, write
from npwheel.prove.system_image import SystemImage
from npwheel.prove.systems import PackagedNumpy
from npwheel.prove.wheel_contents import Contents

from .test_record_update import entry_of

ALL_PASS = ("pass", "", "", {})


class Silent:
    """Progress that nobody sees."""

    def step(self, target, text):
        pass

    def note(self, text):
        pass


@pytest.fixture
def fakes(monkeypatch, tmp_path, systems, cpus, index):
    """A machine where all systems are available; `outcomes` maps (where, numpy) to a result."""
    state = SimpleNamespace(outcomes={}, wanted=[], trouble={}, ran=[])

    def ready(system, choice, engine, log, say, *, install):
        if system.name in state.trouble:
            raise state.trouble[system.name]
        return SystemImage(
            system, f"image-{system.name}", "local", "r", dict.fromkeys(system.pythons, "/py")
        )

    def container(wanted, container, where, log, progress):
        state.ran.append(where)
        state.wanted += wanted
        found = []
        for entry in wanted:
            result = state.outcomes.get((where, entry.numpy, bool(entry.launcher)), ALL_PASS)
            outcome, reason, step, facts = result
            found.append(
                Proof(
                    entry.python,
                    entry.numpy,
                    where,
                    outcome,
                    reason,
                    1.0,
                    step,
                    facts=facts,
                    modules=("thing",),
                    test="passed",
                )
            )
        return tuple(found)

    def fetched(file):
        return tmp_path / file.filename

    monkeypatch.setenv("NPWHEEL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(prove.systems, "load", lambda: (systems, cpus))
    monkeypatch.setattr(prove.index, "files", lambda name: getattr(index, name))
    monkeypatch.setattr(
        prove.host_requirements, "find_engine", lambda *a, **k: Engine("podman", "0")
    )
    monkeypatch.setattr(prove.questions, "cases", lambda: ())
    monkeypatch.setattr(execute.system_image, "ready", ready)
    monkeypatch.setattr(execute.proof, "run", container)
    monkeypatch.setattr(execute.download, "wheel", fetched)
    contents = Contents(("thing",), ("thing._c",), ())
    monkeypatch.setattr(execute.wheel_contents, "read", lambda path: contents)
    monkeypatch.setattr(execute, "machine", lambda: "x86_64")
    monkeypatch.setattr(scipy_pairs, "choose", lambda cell, *_: (tmp_path / "scipy.whl", "2.1.3"))
    monkeypatch.setattr(Engine, "remove_containers", lambda self: None)
    monkeypatch.setattr(
        execute, "_emulators", lambda arch: [tmp_path / "qemu"] if arch == "x86_64" else []
    )
    return state


@pytest.fixture
def wheelhouse(tmp_path):
    path = make_wheel(tmp_path / "wheelhouse", requires=["numpy>=1.19.3"])
    write(path.parent, Record([entry_of(path)]))
    return path.parent


def proven(wheelhouse, **options):
    options = prove.ProveOptions(wheels=tuple(sorted(wheelhouse.glob("*.whl"))), **options)
    return prove.prove(options, Silent())


def outcomes(result, system):
    return {c.column: (p.outcome, p.reason) for c, p in result.cells if c.system == system}


def test_every_cell_has_an_outcome_and_the_record_has_them_too(fakes, wheelhouse):
    result = proven(wheelhouse)
    assert all(p.outcome == "pass" or p.reason for p in result.proofs())
    assert outcomes(result, "old")["1.20.3"] == ("pass", "")
    data = json.loads((wheelhouse / NAME).read_text())["wheels"][0]["proofs"]
    assert {(p["where"], p["numpy"], p["outcome"]) for p in data} >= {
        ("old", "1.19.3", "pass"), ("old", "1.20.3", "pass"), ("old", "2.0.2", "pass"),
        ("new with scipy 1.17.1", "2.1.3", "pass"), ("new on nehalem", "2.4.6", "pass"),
        ("local image", "1.19.3", "pass"), ("new", "1.20.3", "not run"),
    }  # fmt: skip


def test_cells_of_the_same_key_run_once(fakes, wheelhouse):
    proven(wheelhouse, systems=("old",))
    assert [(w.python, w.numpy) for w in fakes.wanted] == [
        ("3.9", "1.19.3"), ("3.9", "1.20.3"), ("3.9", "2.0.2"),
    ]  # fmt: skip


def test_numpy_and_scipy_are_installed_by_exact_release(fakes, wheelhouse):
    proven(wheelhouse, systems=("new",))
    (with_scipy,) = [w for w in fakes.wanted if w.environment]
    assert with_scipy.requirements == ("numpy==2.1.3", "scipy==1.17.1")
    assert with_scipy.environment == {"PYTHONPATH": proof.TOOLS}
    assert [path.name.split("-")[0] for path in with_scipy.files] == ["numpy", "scipy.whl"]


def test_cpus_start_python_in_the_emulator(fakes, wheelhouse):
    proven(wheelhouse, cpus=("nehalem",))
    assert {w.launcher for w in fakes.wanted} == {
        (f"{proof.TOOLS}/qemu-x86_64-static", "-cpu", "Nehalem")
    }
    assert fakes.ran == ["new"]


def test_emulated_systems_get_their_cpu_by_environment(fakes, wheelhouse):
    make_wheel(wheelhouse, "thing-1.0-cp39-abi3-manylinux_2_17_aarch64.whl")
    proven(wheelhouse, cpus=("pi4",))
    assert [(w.environment, w.launcher) for w in fakes.wanted] == [({"QEMU_CPU": "cortex-a72"}, ())]


def test_without_the_emulator_cpus_do_not_run_and_systems_do(fakes, wheelhouse, monkeypatch):
    monkeypatch.setattr(execute, "_emulators", lambda arch: [])
    result = proven(wheelhouse, systems=("new",), cpus=("nehalem",))
    assert outcomes(result, "new")["newest"][0] == "pass"
    outcome, reason = outcomes(result, "new")["nehalem"]
    assert outcome == "not run"
    assert "qemu-x86_64-static" in reason


@pytest.mark.parametrize(
    ("step", "reason", "outcome"),
    [
        ("numpy", "NumPy was built with baseline optimizations: X86_V2 (exit code 1)", "not run"),
        ("numpy", "qemu: uncaught target signal 4 (killed by signal 4)", "not run"),
        ("numpy", "ImportError: libz (exit code 1)", "fail"),
        ("import", "qemu: uncaught target signal 4 (killed by signal 4)", "fail"),
        ("environment", "Python does not start (killed by signal 4)", "fail"),
    ],
)
def test_only_numpys_own_refusal_of_a_cpu_is_not_a_failure(
    fakes, wheelhouse, step, reason, outcome
):
    fakes.outcomes["new", "2.4.6", True] = ("fail", reason, step, {})
    result = proven(wheelhouse, cpus=("nehalem",))
    (found,) = [p for c, p in result.cells if c.cpu == "nehalem" and c.numpy == "2.4.6"]
    assert found.outcome == outcome
    assert reason in found.reason
    assert ("numpy 2.4.6 itself" in found.reason) == (outcome == "not run")


def test_outside_a_cpu_a_numpy_that_does_not_import_is_a_failure(fakes, wheelhouse):
    fakes.outcomes["new", "2.4.6", False] = ("fail", "x (killed by signal 4)", "numpy", {})
    found = outcomes(proven(wheelhouse, systems=("new",)), "new")["newest"]
    assert found == ("fail", "numpy itself, without the wheel: x (killed by signal 4)")


def test_what_a_pass_does_not_show_is_kept(fakes, wheelhouse):
    fakes.outcomes["new", "2.4.6", False] = ("pass", "not imported: a.b wants c", "", {})
    found = outcomes(proven(wheelhouse, systems=("new",)), "new")["newest"]
    assert found == ("pass", "not imported: a.b wants c")


def test_a_wrong_numpy_is_noted_with_the_pass(fakes, wheelhouse):
    facts = {"numpy": {"matmul": {"right": False, "wrong": 3, "checked": 9}}}
    fakes.outcomes["new", "2.4.6", False] = ("pass", "", "", facts)
    found = outcomes(proven(wheelhouse, systems=("new",)), "new")["newest"]
    assert found == ("pass", "numpy's own matmul is wrong here, in 3 of 9 products")


def test_a_system_that_cannot_be_had_does_not_stop_the_others(fakes, wheelhouse):
    fakes.trouble["old"] = ImageError("old cannot be made", why="no mirror")
    result = proven(wheelhouse)
    assert outcomes(result, "old")["newest"] == ("not run", "old cannot be made: no mirror")
    assert outcomes(result, "new")["newest"] == ("pass", "")
    assert result.idle(("old", "new"), ()) == [("old", "old cannot be made: no mirror")]


def test_what_was_not_asked_for_comes_from_the_record(fakes, wheelhouse):
    proven(wheelhouse, systems=("old",))
    fakes.wanted.clear()
    result = proven(wheelhouse, systems=("new",))
    assert {w.python for w in fakes.wanted} == {"3.11"}
    assert outcomes(result, "old")["newest"] == ("pass", "")
    assert outcomes(result, "new")["newest"] == ("pass", "")
    again = proven(wheelhouse, cpus=("nehalem",))
    assert outcomes(again, "new")["with scipy"] == ("pass", "")


def test_what_was_never_run_is_not_fine(fakes, wheelhouse):
    result = proven(wheelhouse, systems=("old",))
    assert outcomes(result, "new")["newest"] == ("not run", prove.NOT_ASKED)


def test_the_page_can_be_made_again_without_running(fakes, wheelhouse):
    proven(wheelhouse, systems=("old",))
    fakes.ran.clear()
    (wheelhouse / "bench.json").write_text('{"schema_version": 1, "sizes": {"claims": []}}')
    result = proven(wheelhouse, run=False)
    assert fakes.ran == []
    assert outcomes(result, "old")["newest"] == ("pass", "")
    assert "sizes" in result.benchmarks


@pytest.mark.parametrize("proof", [{"odd": 1}, {"python": "3.9"}])
def test_a_record_with_odd_proofs_is_one_sentence(fakes, wheelhouse, proof):
    data = json.loads((wheelhouse / NAME).read_text())
    data["wheels"][0]["proofs"] = [proof]
    (wheelhouse / NAME).write_text(json.dumps(data))
    with pytest.raises(RecordError, match=r"npwheel\.json cannot be read"):
        proven(wheelhouse, run=False)


@pytest.mark.parametrize("facts", [{"api": 1}, {"api": {}}, {"numpy": []}, {"speed": 3}])
def test_facts_of_any_shape_are_kept(fakes, wheelhouse, facts):
    fakes.outcomes["new", "2.4.6", False] = ("pass", "", "", facts)
    result = proven(wheelhouse, systems=("new",))
    (found,) = [p for c, p in result.cells if (c.system, c.column) == ("new", "newest")]
    assert (found.outcome, found.reason, found.facts) == ("pass", "", facts)


def test_a_changed_wheel_is_refused_before_anything_runs(fakes, wheelhouse):
    (path,) = wheelhouse.glob("*.whl")
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(RecordError):
        proven(wheelhouse)
    assert fakes.ran == []


def test_wheels_without_a_record_are_proven_and_not_recorded(fakes, tmp_path):
    make_wheel(tmp_path / "loose")
    result = proven(tmp_path / "loose", systems=("new",))
    assert outcomes(result, "new")["newest"] == ("pass", "")
    assert [p.name for p in (tmp_path / "loose").iterdir()] == [result.wheels[0].wheel.path.name]


def test_no_engine_is_asked_for_where_nothing_can_run(fakes, tmp_path, monkeypatch):
    def none(*_, **__):
        raise EngineError("no engine")

    monkeypatch.setattr(prove.host_requirements, "find_engine", none)
    make_wheel(tmp_path / "musl", "thing-1.0-cp39-abi3-musllinux_1_2_aarch64.whl")
    assert proven(tmp_path / "musl", systems=("new",)).count()["pass"] == 0
    make_wheel(tmp_path / "glibc")
    with pytest.raises(EngineError):
        proven(tmp_path / "glibc", systems=("new",))


def test_cases_are_answered_and_recorded_once(fakes, wheelhouse, monkeypatch):
    case = prove.Question("gcp", "?", ("old",), "1.20.3", "passes")
    newer = prove.Question("newer", "?", ("old",), "lowest", "built newer")
    monkeypatch.setattr(prove.questions, "cases", lambda: (case, newer))
    for _ in range(2):
        result = proven(wheelhouse, systems=("old",))
    assert [(c.name, p.outcome) for c, _, p in result.answers] == [
        ("gcp", "pass"),
        ("newer", "pass"),
    ]
    proofs = json.loads((wheelhouse / NAME).read_text())["wheels"][0]["proofs"]
    assert [p["name"] for p in proofs if p.get("name")] == ["gcp", "newer"]


def test_a_case_wraps_the_test(fakes, wheelhouse, monkeypatch):
    case = prove.Question(
        "bare", "?", ("new",), "newest", "passes", absent=("/a b", "/c"), script="d.py"
    )
    monkeypatch.setattr(prove.questions, "cases", lambda: (case,))
    proven(wheelhouse, systems=("new",), test="run me")
    own = fakes.wanted[-1].test
    assert own.startswith("for f in '/a b' /c; do if test -e ")
    assert own.endswith(f" && run me && python {proof.TOOLS}/d.py")
    assert {w.test for w in fakes.wanted[:-1]} == {"run me"}


@pytest.fixture
def command(fakes, wheelhouse, monkeypatch):
    from npwheel.cli import prove as command

    def call(*arguments):
        import argparse

        parser = argparse.ArgumentParser()
        command.add_arguments(parser)
        return command.run(parser.parse_args([str(wheelhouse), *arguments]))

    return call


def test_the_command_prints_the_matrix_and_writes_the_page(command, wheelhouse, capsys):
    assert command("--system", "old") == 0
    out, err = capsys.readouterr()
    assert "pass 1.20.3" in out
    assert str(wheelhouse / "report.html") in err
    assert "numpy 1.20.3" in (wheelhouse / "report.html").read_text()


def test_json_is_data(command, capsys):
    command("--json")
    data = json.loads(capsys.readouterr().out)
    assert data["schema_version"] == 2
    assert sum(data["count"].values()) == len(data["cells"]) + len(data["cases"])


def test_a_cell_that_a_case_shares_is_counted_once(fakes, wheelhouse, monkeypatch):
    alone = proven(wheelhouse).count()["pass"]
    case = prove.Question("gcp", "?", ("old",), "1.20.3", "passes")
    other = prove.Question("colab", "?", ("new",), "2.1.3", "passes")
    monkeypatch.setattr(prove.questions, "cases", lambda: (case, other))
    # Two answers, and the one cell that the matrix does not have.
    assert proven(wheelhouse).count()["pass"] == alone + 3


def test_a_failure_has_its_exit_code_after_everything_is_written(command, fakes, wheelhouse):
    fakes.outcomes["old", "1.20.3", False] = ("fail", "ImportError: x", "import", {})
    with pytest.raises(ProofError, match=r"old, Python 3\.9, numpy 1\.20\.3") as caught:
        command()
    assert caught.value.why == "ImportError: x"
    assert "ImportError: x" in (wheelhouse / "report.html").read_text()


def test_a_system_asked_for_by_name_must_run(command, fakes):
    fakes.trouble["old"] = ImageError("old cannot be made", why="no mirror")
    assert command() == 0  # not asked for by name: told, not an error
    with pytest.raises(NotChecked, match="old") as caught:
        command("--system", "old")
    assert "no mirror" in caught.value.why
    assert caught.value.exit_code == 3


def test_the_next_numpy_is_proven_and_recorded_as_a_prerelease(
    fakes, wheelhouse, index, monkeypatch
):
    rc = IndexFile(
        "numpy-2.5.0rc1-cp311-cp311-manylinux_2_27_x86_64.whl",
        "https://example.org/rc",
        {"sha256": "0"},
        ">=3.11",
        False,
        1,
        None,
    )
    asked = []

    def files(project, at=""):
        asked.append(at)
        return (rc,) if at else getattr(index, project)

    monkeypatch.setattr(prove.index, "files", files)
    result = proven(wheelhouse, systems=("new",), nightly="https://nightly.example.org/simple")
    assert "https://nightly.example.org/simple" in asked
    assert outcomes(result, "new")["next"] == ("pass", "")
    (wanted,) = [w for w in fakes.wanted if w.numpy == "2.5.0rc1"]
    assert wanted.numpy_source == {"kind": "nightly", "prerelease": True}
    assert "numpy==2.5.0rc1" in wanted.requirements


def test_a_published_release_shows_only_the_systems_asked_for(fakes, tmp_path, monkeypatch):
    path = make_wheel(tmp_path / "cached")
    monkeypatch.setattr(prove.published, "wheels", lambda release, there: (path,))
    options = prove.ProveOptions(releases=(parse_release("thing==1.0"),), systems=("old",))
    result = prove.prove(options, Silent())
    assert [system.name for system in result.systems] == ["old"]
    assert {cell.system for cell, _ in result.cells} == {"old"}
    assert outcomes(result, "old")["newest"] == ("pass", "")


@pytest.fixture
def shipping(fakes, systems, cpus, monkeypatch):
    """The system `old` ships NumPy; returns how to name the version that its image has."""
    old = replace(systems[0], numpy=PackagedNumpy("python3-numpy", "3.9"))
    monkeypatch.setattr(prove.systems, "load", lambda: ((old, *systems[1:]), cpus))

    def version(found):
        def ready(system, *_, **__):
            pythons = dict.fromkeys(system.pythons, "/usr/bin/python3")
            return SystemImage(system, "image", "local", "r", pythons, found)

        monkeypatch.setattr(execute.system_image, "ready", ready)

    return version


def test_distribution_column_records_package_and_version(fakes, wheelhouse, shipping):
    shipping("1:1.19.5-1")
    result = proven(wheelhouse, systems=("old",))
    assert outcomes(result, "old")["distribution"] == ("pass", "")
    (wanted,) = [w for w in fakes.wanted if w.numpy_source["kind"] == "distribution"]
    assert wanted.numpy == "1.19.5"
    assert wanted.numpy_source == {
        "kind": "distribution", "package": "python3-numpy", "version": "1:1.19.5-1",
    }  # fmt: skip
    assert not any("numpy" in path.name for path in wanted.files)
    assert not any(line.startswith("numpy") for line in wanted.requirements)


def test_distribution_column_is_not_run_when_image_lacks_package(fakes, wheelhouse, shipping):
    shipping("")
    outcome, reason = outcomes(proven(wheelhouse, systems=("old",)), "old")["distribution"]
    assert (outcome, "python3-numpy" in reason) == ("not run", True)
