"""What every workflow keeps to: least rights, time limits, one list of targets, no caches."""

import json
from dataclasses import replace

import pytest

from npwheel.core import targets
from npwheel.release import contents
from npwheel.release.matrix import matrix

# Nobody has more than this; release.yml's jobs are listed one by one.
READ = {"contents": "read"}
RIGHTS = {
    "attest": {"id-token": "write", "attestations": "write"},
    "publish": {"id-token": "write"},
    "rehearse": {"id-token": "write"},
    "github": {"contents": "write"},
}
DEPLOY = {"pages": "write", "id-token": "write"}  # of docs.yml


def jobs(workflows):
    for name, data in workflows.items():
        for job, body in data["jobs"].items():
            yield name, job, body


def test_no_rights_by_default_and_few_by_job(workflows):
    for name, data in workflows.items():
        assert data["permissions"] == {}, name
    for name, job, body in jobs(workflows):
        expected = RIGHTS.get(job) if name == "release.yml" else None
        if (name, job) == ("docs.yml", "deploy"):
            expected = DEPLOY
        if (name, job) == ("scheduled.yml", "report"):
            expected = {"issues": "write"}
        assert body["permissions"] in ([expected] if expected else [READ, {}]), (name, job)


def test_every_job_ends_some_time(workflows):
    for name, job, body in jobs(workflows):
        assert "uses" in body or body["timeout-minutes"] <= 120, (name, job)


def test_nothing_is_published_but_by_a_tag(workflows):
    release = workflows["release.yml"]
    assert release["on"]["push"] == {"tags": ["v*"]}
    gate = "github.event_name == 'push' && startsWith(github.ref, 'refs/tags/v')"
    for job in (set(RIGHTS) | {"approve"}) - {"rehearse"}:
        assert release["jobs"][job]["if"] == f"{gate} && !github.event.repository.fork"
    for name, job, body in jobs(workflows):
        for step in body.get("steps", []):
            writes = ("pypi-publish", "actions/attest", "gh release")
            text = json.dumps(step)
            if any(word in text for word in writes):
                assert (name, job) in {("release.yml", word) for word in RIGHTS}


def test_a_rehearsal_is_by_hand_and_cannot_reach_the_real_index(workflows):
    job = workflows["release.yml"]["jobs"]["rehearse"]
    assert job["if"].startswith("github.event_name == 'workflow_dispatch' && inputs.rehearse")
    *_, guard, upload = job["steps"]
    assert guard["run"].startswith('test -n "$TEST_INDEX_URL"')
    assert upload["with"]["repository-url"] == guard["env"]["TEST_INDEX_URL"]
    assert job["environment"]["name"].startswith("testpypi-")


def test_the_site_is_deployed_from_main_alone(workflows):
    deploy = workflows["docs.yml"]["jobs"]["deploy"]
    assert deploy["if"] == "github.event_name != 'pull_request' && github.ref == 'refs/heads/main'"
    assert [name for name, _, body in jobs(workflows) if "deploy-pages" in json.dumps(body)] == [
        "docs.yml"
    ]


def test_one_person_approves_once_before_anything_is_signed_or_uploaded(workflows):
    found = workflows["release.yml"]["jobs"]
    assert found["approve"]["environment"]["name"] == "release"
    assert found["approve"]["needs"] == "prepare"
    assert found["attest"]["needs"] == "approve"
    assert found["publish"]["needs"] == "attest"
    # Pending publishers are unique on owner, repository, workflow and environment.
    assert found["publish"]["environment"]["name"] == "pypi-${{ matrix.distribution }}"
    assert "max-parallel" not in found["publish"]["strategy"]


def test_cheap_checks_come_before_wheels_are_built(workflows):
    found = workflows["release.yml"]["jobs"]
    assert found["wheels"]["needs"] == "check"
    assert "--preflight" in json.dumps(found["check"]["steps"])


def test_a_dry_run_does_not_replace_a_release_that_waits(workflows):
    group = workflows["release.yml"]["concurrency"]["group"]
    assert "github.ref" in group
    assert "github.event_name" in group


def test_what_is_published_is_checked_against_its_sums_first(workflows):
    for job in RIGHTS:
        steps = workflows["release.yml"]["jobs"][job]["steps"]
        assert steps[1] == {
            "run": "sha256sum --check --strict SHA256SUMS", "working-directory": "release",
        }  # fmt: skip


def test_every_distribution_is_published(workflows, root):
    strategy = workflows["release.yml"]["jobs"]["publish"]["strategy"]
    names = [entry.name for entry in contents.read(root).distributions]
    assert strategy["matrix"] == {"distribution": names}


def test_no_job_uses_a_cache(workflows):
    for name, job, body in jobs(workflows):
        for step in body.get("steps", []):
            assert "actions/cache" not in step.get("uses", ""), (name, job)
            assert "cache" not in step.get("with", {}), (name, job)


def test_targets_come_from_the_table_alone(workflows, root):
    build = workflows["wheels.yml"]["jobs"]["build"]
    assert build["strategy"]["matrix"] == "${{ fromJSON(needs.plan.outputs.matrix) }}"
    assert build["runs-on"] == "${{ matrix.runner }}"
    known = targets.targets()
    native = {t.name for t in targets.choose([]) if t.arch == "x86_64"}
    assert set(workflows["ci.yml"]["jobs"]["wheels"]["with"]["targets"].split()) == native
    for name in ("wheels.yml", "release.yml", "scheduled.yml"):
        text = (root / ".github" / "workflows" / name).read_text("utf-8")
        assert not [target for target in known if target in text]


def test_the_matrix_has_native_runners():
    assert matrix(targets.choose([])) == {
        "include": [
            {"target": "manylinux_x86_64", "runner": "ubuntu-24.04"},
            {"target": "manylinux_aarch64", "runner": "ubuntu-24.04-arm"},
            {"target": "musllinux_x86_64", "runner": "ubuntu-24.04"},
            {"target": "musllinux_aarch64", "runner": "ubuntu-24.04-arm"},
        ]
    }


def test_an_architecture_without_a_runner_is_refused():
    (known,) = targets.choose(["manylinux_armv7l"])
    assert matrix([known])["include"] == [
        {"target": "manylinux_armv7l", "runner": "ubuntu-24.04-arm"}
    ]
    with pytest.raises(Exception, match="no runner is known for manylinux_s390x"):
        matrix([replace(known, name="manylinux_s390x", arch="s390x")])


def test_ci_has_every_python_that_the_pipeline_supports(workflows):
    assert workflows["ci.yml"]["jobs"]["tests"]["strategy"]["matrix"]["python"] == [
        "3.11", "3.12", "3.13", "3.14",
    ]  # fmt: skip
