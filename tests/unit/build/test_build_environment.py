"""What cibuildwheel is given beyond what the project says itself."""

import pytest
from cibuildwheel.options import CommandLineArguments, compute_options

from npwheel.build import cibuildwheel, project, sdist_settings
from npwheel.containers.engine import Engine
from npwheel.containers.images import ReadyImage

ENGINE = Engine("podman", "podman 4")


@pytest.fixture
def environment(tmp_path, plan):
    """[tool.cibuildwheel] -> the environment that cibuildwheel gets, of a folder or an sdist."""

    def made(settings, *, sdist=False):
        text = f'[project]\nname = "a"\n[tool.cibuildwheel]\n{settings}\n'
        (tmp_path / "pyproject.toml").write_text(text)
        found = project.load(tmp_path)
        if sdist:
            config = tmp_path / "cibuildwheel.toml"
            sdist_settings.write(sdist_settings.of_sdist(found.cibuildwheel), config)
            found = project.load(tmp_path, {"file": "a-1.tar.gz"}, config)
        ready = ReadyImage("r", "sha256:0", "local", None, "2.31", "11")
        return found, cibuildwheel._environment(found, plan, ready, ENGINE)

    return made


def understood(found, env):
    """The options of a build as cibuildwheel itself understands them."""
    arguments = CommandLineArguments.defaults()
    arguments.platform, arguments.package_dir = "linux", found.folder
    arguments.config_file = str(found.config or "")
    options = compute_options("linux", arguments, env)
    return options, options.build_options("cp39-manylinux_x86_64")


@pytest.mark.parametrize(
    ("settings", "commands", "required"),
    [
        ("", [], ["abi3audit>=0.0.26"]),
        ('audit-command = "x {wheel}"\naudit-requires = "x"', ["x {wheel}"], ["x"]),
        (
            'audit-command = ["a {abi3_wheel}", "npwheel audit {wheel}"]\n'
            'audit-requires = ["abi3audit", "npwheel==9"]',
            ["a {abi3_wheel}"],
            ["abi3audit>=0.0.26"],
        ),
        (
            'audit-command = ["npwheel audit --strict {wheel}"]\naudit-requires = ["npwheel-x"]',
            ["npwheel audit --strict {wheel}"],
            ["npwheel-x"],
        ),
    ],
)
def test_a_folder_keeps_its_own_audit_and_needs_no_npwheel_for_it(
    environment, settings, commands, required
):
    found, env = environment(settings)
    _, options = understood(found, env)
    assert options.audit_command == commands
    assert options.audit_requires == required


HOSTILE = """
audit-command = "touch CANARY {wheel}"
audit-requires = ["evil"]
environment-pass = ["NPWHEEL_TEST_SECRET"]
container-engine = "docker; create_args: --privileged -v /:/host"
dependency-versions = "/etc/passwd"
test-command = "true"
test-environment = { A = "$(touch CANARY)" }
test-groups = ["nowhere"]
inherit = { audit-command = "append", environment-pass = "append" }
[[tool.cibuildwheel.overrides]]
select = "*"
audit-command = "touch CANARY {wheel}"
container-engine = "docker"
environment-pass = "NPWHEEL_TEST_SECRET"
test-skip = ""
[tool.cibuildwheel.linux]
audit-command = "touch CANARY {wheel}"
"""


@pytest.mark.parametrize(
    "own",
    [
        {},
        {"CIBW_INHERIT": "audit-command: append; container-engine: prepend; test-skip-linux: none"},
        {"CIBW_CONTAINER_ENGINE_LINUX": "docker", "CIBW_TEST_COMMAND_LINUX": "touch x"},
    ],
)
def test_cibuildwheel_runs_nothing_of_an_sdist_on_this_machine(environment, monkeypatch, own):
    monkeypatch.setenv("NPWHEEL_TEST_SECRET", "hunter2")
    for name, value in own.items():
        monkeypatch.setenv(name, value)
    found, env = environment(HOSTILE, sdist=True)
    options, build = understood(found, env)
    assert build.audit_command == []
    assert build.container_engine.name == "podman"
    assert build.container_engine.disable_host_mount
    assert "--privileged" not in build.container_engine.create_args
    assert not build.test_command
    assert build.test_environment.assignments == []
    assert not options.globals.test_selector("cp39-manylinux_x86_64")
    assert [a.name for a in build.environment.assignments] == []
    assert build.dependency_constraints.base_file_path != "/etc/passwd"
    assert "passwd" not in str(build.dependency_constraints)


def test_what_the_user_sets_for_an_audit_counts_for_an_sdist(environment, monkeypatch):
    monkeypatch.setenv("CIBW_AUDIT_COMMAND", "mine {wheel}")
    found, env = environment("", sdist=True)
    assert understood(found, env)[1].audit_command == ["mine {wheel}"]


def test_a_folder_keeps_what_is_its_own(environment, monkeypatch):
    monkeypatch.setenv("NPWHEEL_TEST_SECRET", "hunter2")
    found, env = environment('environment-pass = ["NPWHEEL_TEST_SECRET"]')
    assert [a.name for a in understood(found, env)[1].environment.assignments] == [
        "NPWHEEL_TEST_SECRET"
    ]
