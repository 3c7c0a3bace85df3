"""Engines are found by running a container; what a host needs is found by trying."""

import stat
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from npwheel.containers import engine as engines
from npwheel.containers import network
from npwheel.core.errors import EngineError
from npwheel.core.targets import machine


def fake(folder, name, script):
    """An engine that answers as the shell script says; `$*` is what it was asked."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def only(tmp_path, monkeypatch):
    """A PATH with nothing but what the test puts there (and the shell's own needs)."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("NPWHEEL_ENGINE", raising=False)
    return tmp_path


def test_no_engine_names_the_command_and_is_quick(only):
    fake(only, "apt-get", "exit 0")
    begun = time.monotonic()
    with pytest.raises(EngineError) as caught:
        engines.find()
    assert time.monotonic() - begun < 30  # no limit of a trial is waited for
    text = str(caught.value)
    assert "docker: not installed; podman: not installed" in text
    assert "--setup" in text
    assert "apt-get install -y --no-install-recommends podman runc" in text


def test_an_engine_that_works_gets_no_flags(only):
    fake(only, "docker", "exit 0")
    found = engines.find()
    assert (found.name, found.args) == ("docker", ())


def test_the_fewest_flags_that_work_are_taken(only):
    # Works with limits named and the host's network; anything else fails as real engines do.
    fake(
        only,
        "podman",
        'case "$*" in\n'
        "*run*--ulimit*--network*) exit 0;;\n"
        "*run*) echo 'Error: OCI runtime error: operation not permitted' >&2; exit 126;;\n"
        "*) exit 0;; esac",
    )
    found = engines.find()
    assert found.args == (
        "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024", "--network", "host",
    )  # fmt: skip
    assert "resource limits" in engines.describe(found)
    assert "--runtime" not in engines.describe(found)


def test_docker_without_a_daemon_falls_to_podman(only):
    fake(only, "docker", "echo 'Cannot connect to the Docker daemon' >&2; exit 1")
    fake(only, "podman", "exit 0")
    assert engines.find().name == "podman"


def test_what_each_engine_said_is_reported(only):
    fake(only, "docker", "echo 'Cannot connect to the Docker daemon' >&2; exit 1")
    fake(only, "podman", 'case "$*" in *run*) echo boom >&2; exit 125;; esac; exit 0')
    with pytest.raises(EngineError) as caught:
        engines.find()
    assert "docker: docker cannot import" in caught.value.what or "daemon" in caught.value.what
    assert "podman: boom" in caught.value.what


def test_a_wish_is_a_wish(only, monkeypatch):
    fake(only, "docker", "exit 0")
    with pytest.raises(EngineError, match="podman: not installed"):
        engines.find("podman")
    monkeypatch.setenv("NPWHEEL_ENGINE", "podman")
    with pytest.raises(EngineError, match="podman: not installed"):
        engines.find()


def test_cibuildwheel_understands_the_flags():
    from cibuildwheel.oci_container import OCIContainerEngineConfig

    engine = engines.Engine("podman", "4", ("--runtime", "runc", "--volume=/a:/b:ro"))
    config = OCIContainerEngineConfig.from_config_string(engine.cibuildwheel())
    assert config.name == "podman"
    assert config.create_args == engine.create_args()
    assert config.disable_host_mount


def test_secrets_go_by_environment_not_by_command_line(monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "https://user:secret@example.org/simple")
    assert "--env=PIP_INDEX_URL" in network.passed()
    assert not any("secret" in flag for flag in network.passed())


@pytest.mark.integration
def test_containers_of_a_run_are_found_and_removed(engine, tmp_path):
    tar = tmp_path / "exit0.tar"
    engines._exit0_tar(tar)
    reference = "localhost/npwheel-test:1"
    engine.import_tar(tar, reference, machine())
    subprocess.run(
        [engine.name, "create", *engine.create_args(machine()), reference, "/exit0"],
        check=True, capture_output=True,
    )  # fmt: skip

    def mine():
        listed = subprocess.run(
            [engine.name, "ps", "-aq", "--filter", f"label=npwheel.run={engine.label}"],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        return listed.stdout.split()

    assert len(mine()) == 1
    engine.remove_containers()
    assert mine() == []
    subprocess.run([engine.name, "rmi", "-f", reference], check=True, capture_output=True)


@pytest.mark.integration
def test_image_arch(engine, tmp_path):
    tar = tmp_path / "exit0.tar"
    engines._exit0_tar(tar)
    engine.import_tar(tar, "localhost/npwheel-test:arm", "aarch64")
    assert engine.image_arch("localhost/npwheel-test:arm") == "arm64"
    assert engine.image_arch("localhost/npwheel-test:none") is None
    subprocess.run(
        [engine.name, "rmi", "-f", "localhost/npwheel-test:arm"], check=True, capture_output=True
    )


@pytest.mark.integration
def test_probes_at_once_do_not_disturb_each_other(engine):
    """They import and remove an image each; equal layers would be shared, and pulled away."""
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda _: engines.find(engine.name), range(4)))
    assert {other.args for other in found} == {engine.args}
