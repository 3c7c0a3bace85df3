"""A release is refused for every reason that it must be refused for, and else laid out whole."""

import hashlib
import json
import shutil
import subprocess
import tarfile
import zipfile

import pytest

from npwheel.cli import main
from npwheel.core import repository as hosting
from npwheel.core.files import sha256_of
from npwheel.prove import record
from npwheel.release import checks, folder, run
from npwheel.sbom.claims import Claims, Library, LibrarySource

ALL = ("manylinux_x86_64", "manylinux_aarch64", "musllinux_x86_64", "musllinux_aarch64")


def fine(_wheel):
    return 0, ""


@pytest.fixture
def prepare(repository):
    """(wheels, tag, dry_run, audit) -> the outcome."""

    def call(wheels, tag="v1.2.3", dry_run=False, audit=fine):
        output = repository / "dist" / (tag + "-dry" * dry_run)
        request = run.ReleaseRequest(tag, repository, wheels, ALL, output, dry_run)
        return run.prepare(request, lambda text: None, audit)

    return call


def subjects(outcome):
    assert outcome.folder is None
    return [refusal.subject for refusal in outcome.refusals]


def change(wheels, edit):
    """Edit the record of a folder."""
    file = wheels / record.NAME
    data = json.loads(file.read_text())
    edit(data["wheels"])
    file.write_text(json.dumps(data))


def test_a_release_is_laid_out_whole(prepare, built, repository):
    wheels = built(repository / "wheelhouse")
    outcome = prepare(wheels)
    assert outcome.refusals == ()
    assert outcome.marks == ()
    place = repository / "dist" / "v1.2.3"
    assert outcome.folder == place
    names = {p.relative_to(place).as_posix() for p in place.rglob("*") if p.is_file()}
    probes = {p.name for p in wheels.glob("*.whl")}
    assert len(probes) == 4
    assert names == {
        "packages/npwheel/npwheel-1.2.3.tar.gz",
        "packages/npwheel/npwheel-1.2.3-py3-none-any.whl",
        "packages/npwheel-probe/npwheel_probe-1.2.3.tar.gz",
        *(f"packages/npwheel-probe/{name}" for name in probes),
        *(f"sboms/{name.removesuffix('.whl')}.cdx.json" for name in probes),
        "npwheel.json", "release.json", "NOTES.md", "REPORT.txt", "SHA256SUMS",
    }  # fmt: skip
    for line in (place / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((place / name).read_bytes()).hexdigest() == digest
    assert (place / "NOTES.md").read_text() == "First.\n"
    about = json.loads((place / "release.json").read_text())
    assert about["dry_run"] is False
    assert len(about["commit"]) == 40
    assert folder.check(place)[1] == ()


def test_the_sdist_contains_committed_files_only(prepare, built, repository):
    (repository / "ext" / "dist").mkdir()
    (repository / "ext" / "dist" / "ignored.txt").write_text("ignored, so the tree is clean")
    outcome = prepare(built(repository / "wheelhouse"))
    with tarfile.open(outcome.folder / "packages/npwheel-probe/npwheel_probe-1.2.3.tar.gz") as tar:
        names = tar.getnames()
    assert "npwheel_probe-1.2.3/src/npwheel_probe/__init__.py" in names
    assert not [name for name in names if "ignored" in name]


@pytest.mark.parametrize(
    ("tag", "subject"),
    [
        ("v1.2.4", "the version of npwheel"),
        ("v1.02.3", "the tag"),
        ("vX.Y.Z", "the tag"),
        ("v1.2.3; rm -rf /", "the tag"),
        ("name-1.2.3", "the tag"),
    ],
)
def test_a_wrong_version_is_refused(prepare, repository, tag, subject):
    assert subject in subjects(prepare(repository / "wheelhouse", tag))


def test_each_project_has_the_version(prepare, repository, run_git):
    file = repository / "ext" / "pyproject.toml"
    file.write_text(file.read_text().replace("1.2.3", "1.2.2"))
    run_git(repository, "commit", "-qam", "two")
    run_git(repository, "tag", "-f", "v1.2.3")
    outcome = prepare(repository / "wheelhouse")
    assert subjects(outcome) == ["the version of npwheel-probe"]
    assert (outcome.refusals[0].expected, outcome.refusals[0].found) == ("1.2.3", "1.2.2")


def test_each_module_states_the_version(prepare, repository, run_git):
    (repository / "src" / "npwheel" / "__init__.py").write_text('__version__ = "1.2.2"\n')
    run_git(repository, "commit", "-qam", "two")
    run_git(repository, "tag", "-f", "v1.2.3")
    (refusal,) = prepare(repository / "wheelhouse").refusals[:1]
    assert (refusal.expected, refusal.found) == ("1.2.3", "1.2.2")
    assert refusal.subject.endswith("src/npwheel/__init__.py")


def test_the_page_of_proofs_is_taken_along(prepare, built, repository):
    wheels = built(repository / "wheelhouse")
    (wheels / "report.html").write_text("<html>")
    assert (prepare(wheels).folder / "report.html").read_text() == "<html>"


def test_a_version_without_changelog_is_refused(prepare, repository, run_git):
    (repository / "CHANGELOG.md").write_text("# Changelog\n\n## 1.2.3\n\n## 1.2.2\n\nOld.\n")
    run_git(repository, "commit", "-qam", "two")
    run_git(repository, "tag", "-f", "v1.2.3")
    assert subjects(prepare(repository / "wheelhouse")) == ["CHANGELOG.md"]


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_dirty_tree_is_refused(prepare, repository, dry_run):
    (repository / "new.py").write_text("")
    (repository / "CHANGELOG.md").write_text("# Changelog\n\n## 1.2.3\n\nOther.\n")
    outcome = prepare(repository / "wheelhouse", dry_run=dry_run)
    assert subjects(outcome) == ["the working tree"]
    assert "new.py" in outcome.refusals[0].found
    assert "CHANGELOG.md" in outcome.refusals[0].found


def test_a_commit_without_the_tag_is_refused_for_a_real_release_only(
    prepare, built, repository, run_git
):
    wheels = built(repository / "wheelhouse")
    run_git(repository, "tag", "-d", "v1.2.3")
    assert subjects(prepare(wheels)) == ["the tags of HEAD"]
    assert prepare(wheels, dry_run=True).folder == repository / "dist" / "v1.2.3-dry"


@pytest.mark.parametrize("missing", ALL)
def test_a_missing_target_is_refused(prepare, built, repository, missing):
    wheels = built(repository / "wheelhouse", [name for name in ALL if name != missing])
    assert subjects(prepare(wheels)) == [f"npwheel-probe for {missing}"]


def test_no_record_at_all_is_refused(prepare, repository):
    assert len(subjects(prepare(repository / "wheelhouse"))) == 4


@pytest.mark.parametrize("outcomes", [["fail"], ["pass", "fail"], ["not run"]], ids="+".join)
def test_a_wheel_that_is_not_proven_is_refused(prepare, built, repository, outcomes):
    wheels = built(repository / "wheelhouse")
    name = json.loads((wheels / record.NAME).read_text())["wheels"][1]["file"]

    def edit(entries):
        proof = entries[1]["proofs"][0]
        entries[1]["proofs"] = [{**proof, "outcome": outcome} for outcome in outcomes]

    change(wheels, edit)
    assert subjects(prepare(wheels)) == [f"the proofs of {name}"]


def test_a_file_that_changed_after_its_record_is_refused(prepare, built, repository):
    wheels = built(repository / "wheelhouse")
    name = sorted(wheels.glob("*.whl"))[0]
    with zipfile.ZipFile(name, "a") as archive:
        archive.comment = b"later"
    outcome = prepare(wheels)
    assert subjects(outcome) == [name.name]
    assert outcome.refusals[0].expected.endswith("as recorded")
    assert outcome.refusals[0].found == hashlib.sha256(name.read_bytes()).hexdigest()


def test_a_file_that_is_gone_or_not_recorded_is_refused(prepare, built, repository):
    wheels = built(repository / "wheelhouse")
    one = sorted(wheels.glob("*.whl"))[0]
    other = wheels / "npwheel_probe-1.2.3-cp313-cp313t-manylinux_2_17_x86_64.whl"
    one.rename(other)
    assert subjects(prepare(wheels)) == [one.name, other.name]


def test_a_wheel_of_another_version_is_refused(prepare, built, repository):
    wheels = built(repository / "wheelhouse", version="1.2.2")
    assert len(subjects(prepare(wheels))) == 4


def test_two_wheels_for_the_same_tags_are_refused(prepare, built, repository):
    wheels = built(repository / "wheelhouse")
    one = wheels / "npwheel_probe-1.2.3-cp39-abi3-manylinux_2_17_x86_64.whl"
    two = wheels / "npwheel_probe-1.2.3-1-cp39-abi3-manylinux_2_17_x86_64.whl"
    shutil.copy(one, two)
    change(wheels, lambda e: e.append({**e[1], "file": two.name, "sha256": sha256_of(two)}))
    change(wheels, lambda e: e.sort(key=lambda w: w["file"]))
    found = subjects(prepare(wheels))
    assert "the tag cp39-abi3-manylinux_2_17_x86_64" in found


def test_a_release_without_the_address_is_refused_and_a_dry_run_marks_it(
    prepare, built, repository, monkeypatch
):
    monkeypatch.setattr(hosting, "address", lambda: None)
    monkeypatch.setattr(hosting, "FILE", "pyproject.toml")
    wheels = built(repository / "wheelhouse")
    outcome = prepare(wheels)
    assert outcome.folder is None
    assert [refusal.found for refusal in outcome.refusals] == [hosting.UNSET]
    assert len(prepare(wheels, dry_run=True).marks) == 1


def test_local_images_are_refused_for_real_and_marked_in_a_dry_run(prepare, built, repository):
    wheels = built(repository / "wheelhouse", kind="local")
    assert len(subjects(prepare(wheels))) == 4
    outcome = prepare(wheels, dry_run=True)
    assert len(outcome.marks) == 4
    about = json.loads((outcome.folder / "release.json").read_text())
    assert about["dry_run"] is True
    assert about["marks"] == list(outcome.marks)
    for name in ("NOTES.md", "REPORT.txt"):
        assert (outcome.folder / name).read_text().startswith("DRY RUN of v1.2.3: not to be")
    assert main(["release", "--check", str(outcome.folder)]) == 1
    assert main(["release", "--check", str(outcome.folder), "--dry-run"]) == 0


def test_a_wheel_without_sbom_is_refused(prepare, built, repository):
    wheels = built(repository / "wheelhouse", annotated=False)
    outcome = prepare(wheels)
    assert {refusal.expected for refusal in outcome.refusals} == {"an SBOM npwheel.cdx.json"}


def test_the_audit_is_asked_of_each_wheel_and_believed(prepare, built, repository):
    wheels = built(repository / "wheelhouse")
    asked = []

    def audit(wheel):
        asked.append(wheel.name)
        return (1, "floor is above what it promises") if "musllinux" in wheel.name else (0, "")

    outcome = prepare(wheels, audit=audit)
    assert sorted(asked) == sorted(p.name for p in wheels.glob("*.whl"))
    assert len(subjects(outcome)) == 2
    assert "floor is above" in outcome.refusals[0].found


def library(version, source):
    return Claims("w", libraries=(Library("w.libs/libopenblas-1.so", "libopenblas.so", "1" * 64,
                                          version, source),))  # fmt: skip


GOOD = LibrarySource("scipy-openblas32", "0.3.31.188.0", "s.whl", "b" * 64)


@pytest.mark.parametrize(
    ("version", "source", "found"),
    [
        ("0.3.31", GOOD, []),
        ("0.3.29", GOOD, []),
        ("0.3.28", GOOD, ["0.3.28"]),
        ("0.3.15", GOOD, ["0.3.15"]),
        (None, GOOD, ["an unknown release"]),
        ("0.3.31", None, ["unknown"]),
        (
            "0.3.34",
            LibrarySource("scipy-openblas32", "0.3.34.481.3", "s", "b" * 64),
            ["0.3.34.481.3"],
        ),
    ],
)
def test_the_gate_of_carried_libraries(version, source, found):
    assert [refusal.found for refusal in checks.gate(library(version, source))] == found


@pytest.fixture
def released(prepare, built, repository):
    return prepare(built(repository / "wheelhouse")).folder


def test_a_release_folder_that_was_touched_is_refused(released, capsys):
    assert main(["release", "--check", str(released)]) == 0
    (released / "NOTES.md").write_text("other")
    (released / "added.txt").write_text("")
    next((released / "packages" / "npwheel").glob("*.tar.gz")).unlink()
    capsys.readouterr()
    assert main(["release", "--check", str(released)]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert [line.rsplit(": ", 1)[1] for line in lines] == [
        "packages/npwheel/npwheel-1.2.3.tar.gz is missing",
        "added.txt was added",
        "NOTES.md was changed",
    ]


def test_sha256sum_agrees(released):
    done = subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"],
                          cwd=released, capture_output=True, text=True, check=False)  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_second_release_replaces_the_folder_and_a_refused_one_leaves_it(
    prepare, built, repository, released
):
    before = (released / "SHA256SUMS").read_bytes()
    assert prepare(repository / "wheelhouse").folder == released
    assert (released / "SHA256SUMS").read_bytes() == before
    (repository / "new.py").write_text("")
    assert prepare(repository / "wheelhouse").folder is None
    assert (released / "SHA256SUMS").read_bytes() == before
    assert [p.name for p in released.parent.iterdir()] == ["v1.2.3"]


def test_the_command_refuses_before_it_builds(repository, capsys, monkeypatch):
    monkeypatch.chdir(repository)
    (repository / "new.py").write_text("")
    assert main(["release", "--dry-run", "v9.9.9"]) == 1
    err = capsys.readouterr().err
    assert "refused: the version of npwheel: expected 9.9.9, found 1.2.3" in err
    assert "refused: the working tree" in err
    assert main(["release"]) == 2
    assert main(["release", "--check", "nowhere"]) == 17


@pytest.mark.parametrize(
    ("heading", "found"),
    [
        ("## 1.2.3", True), ("## [1.2.3] - 2026-01-01", True), ("## 1.2.3 (unreleased)", True),
        ("## 11.2.3", False), ("## 1.2.30", False), ("### 1.2.3", False),
    ],
)  # fmt: skip
def test_notes_are_the_section_of_the_version(heading, found):
    section = checks.notes(["# Log", heading, "", "text", "## 1.2.2", "old"], "1.2.3")
    assert section == (["", "text"] if found else [])


def test_the_real_audit_is_what_is_asked(built, tmp_path):
    wheels = built(tmp_path / "wheels", ["manylinux_x86_64"])
    (wheel,) = wheels.glob("*.whl")
    code, line = run.by_command(wheel)
    assert code in (0, 1)
    assert line
    broken = tmp_path / wheel.name
    broken.write_bytes(b"no wheel")
    code, line = run.by_command(broken)
    assert code not in (0, 1)
    assert line
