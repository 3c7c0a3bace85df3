"""Engines are found by running a container; what a host needs is found by trying."""

import os
import stat
import time
from pathlib import Path

import pytest
from cibuildwheel.oci_container import OCIContainerEngineConfig

from npwheel.containers import engine as engines
from npwheel.containers import network
from npwheel.core.errors import EngineError


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


def test_the_output_of_each_engine_is_reported(only):
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


@pytest.mark.parametrize("argument", ["--volume=/a b/c.crt:/c.crt:ro,z", "--env=A=1; b: 'c' \"d\""])
def test_cibuildwheel_gets_flags_with_spaces_as_they_are(argument):
    engine = engines.Engine("podman", "1", ("--network", "host", argument))
    config = OCIContainerEngineConfig.from_config_string(engine.cibuildwheel())
    assert config.create_args[:3] == ("--network", "host", argument)
    assert config.disable_host_mount


def test_a_copy_of_the_certificates_is_mounted_for_selinux(tmp_path, monkeypatch):
    monkeypatch.setenv("NPWHEEL_CACHE", str(tmp_path / "cache"))
    bundle = tmp_path / "own.crt"
    bundle.write_text("certificates")
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    flags = [flag for args, _ in network._trials(engines.Engine("podman", "1")) for flag in args]
    source, inside, options = next(f for f in flags if f.startswith("--volume="))[9:].split(":")
    assert Path(source).read_text() == "certificates"
    assert tmp_path / "cache" in Path(source).parents
    assert (inside, options) == (network.CA_INSIDE, "ro,z")


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("Error: writing blob: no space left on device", "df -h"),
        ("mkdir /run/x: Read-only file system", "TMPDIR"),
    ],
)
def test_a_fault_of_the_machine_is_not_called_a_missing_engine(only, said, advice):
    fake(only, "podman", f"case $1 in import) echo '{said}' >&2; exit 1;; esac; echo 1.0")
    with pytest.raises(EngineError) as caught:
        engines.find()
    assert said in caught.value.why
    assert advice in caught.value.next
    assert "--setup" not in caught.value.next


def test_a_folder_for_the_trial_that_cannot_be_made_is_named(only, monkeypatch):
    fake(only, "podman", "echo 1.0")

    def full(*args, **keys):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(engines.tempfile, "TemporaryDirectory", full)
    with pytest.raises(EngineError) as caught:
        engines.find()
    assert "No space left" in caught.value.why
