"""Sessions of the noxfile, and the locks that they install from."""

import importlib.util
import re
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import components
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[3]
README = (ROOT / "README.md").read_text("utf-8")


def loaded(path):
    spec = importlib.util.spec_from_file_location(f"npwheel_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def noxfile():
    return loaded(ROOT / "noxfile.py")


@pytest.fixture
def setup_tests(monkeypatch):
    """The tool, with everything but the chosen components present and nothing really installed."""
    tool = loaded(ROOT / "tools" / "setup_tests.py")
    tool.installed = []
    engine = SimpleNamespace(remove_containers=lambda: None)
    monkeypatch.setattr(tool.setup, "manager", lambda: "apt-get")
    monkeypatch.setattr(tool.setup, "install", lambda names, *_: tool.installed.extend(names))
    monkeypatch.setattr(tool.host_requirements, "find_engine", lambda *_, **__: engine)
    monkeypatch.setattr(tool.host_requirements, "ensure", lambda *_, **__: None)
    return tool


def commands_of(session, *words):
    """What a session runs with these arguments; installs are left out."""
    ran = []
    session.func(
        SimpleNamespace(
            posargs=list(words),
            venv_backend="uv",
            install=lambda *args: None,
            run=lambda *args, **kwargs: ran.append(args),
        )
    )
    return ran


def test_setup_is_not_passed_to_pytest_and_runs_first(noxfile):
    setup, pytest_ = commands_of(noxfile.tests, "--setup", "tests/unit/elf", "-q")
    assert setup == ("python", "tools/setup_tests.py")
    assert "--setup" not in pytest_
    assert pytest_[-2:] == ("tests/unit/elf", "-q")


def test_paths_keep_the_parallel_flags(noxfile):
    (alone,) = commands_of(noxfile.tests)
    (given,) = commands_of(noxfile.tests, "tests/unit/elf")
    flags = alone[: -len(noxfile.LEVELS)]
    assert alone == (*flags, *noxfile.LEVELS)
    assert given == (*flags, "tests/unit/elf")
    assert "-n" in flags


def test_every_level_but_slow_runs_by_default(noxfile):
    levels = {f"tests/{p.name}" for p in (ROOT / "tests").iterdir() if any(p.rglob("test_*.py"))}
    assert levels == {*noxfile.LEVELS, "tests/slow"}


def test_ci_runs_the_commands_of_the_readme_and_lint_and_types():
    block = re.search(r"^```console\n(python3 -m pip .*?)^```", README, re.MULTILINE | re.DOTALL)
    commands = {c.strip() for line in block[1].splitlines() for c in line.split("&&")}
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    ran = {line for line in script.splitlines() if line.startswith(("nox ", "python3 -m pip "))}
    assert ran == commands | {"nox -s lint typecheck"}
    assert "apt-get" not in script


@pytest.mark.parametrize(
    ("lock", "extra"),
    [("build", "build"), ("tests", "build"), ("tests", "init"), ("typecheck", "build")],
)
def test_a_lock_fulfils_the_extra_that_it_is_compiled_from(lock, extra):
    text = (ROOT / "ci" / "locks" / f"{lock}.txt").read_text("utf-8")
    pinned = dict(re.findall(r"^([\w.-]+)(?:\[.*?\])?==([^\s;\\]+)", text, re.MULTILINE))
    pinned = {canonicalize_name(name): version for name, version in pinned.items()}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for line in [*project["dependencies"], *project["optional-dependencies"][extra]]:
        wanted = Requirement(line)
        assert pinned[canonicalize_name(wanted.name)] in wanted.specifier, line


def test_cibuildwheel_has_an_upper_bound():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = {r.name: r for r in map(Requirement, project["optional-dependencies"]["build"])}
    assert not wanted["cibuildwheel"].specifier.contains("4.4.0")


def test_setup_installs_the_packages_of_missing_components_only(setup_tests, monkeypatch):
    missing = {"chromium", "aarch64-compiler"}
    monkeypatch.setattr(components, "present", lambda name: name not in missing)
    monkeypatch.setattr(
        setup_tests.setup,
        "install",
        lambda names, *_: (setup_tests.installed.extend(names), missing.clear()),
    )
    assert setup_tests.main() == 0
    packages = ["gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross", "chromium"]
    assert setup_tests.installed == packages


def test_setup_fails_and_names_what_no_package_brings(setup_tests, monkeypatch, capsys):
    monkeypatch.setattr(setup_tests.setup, "manager", lambda: "dnf")
    monkeypatch.setattr(components, "present", lambda name: name != "chromium")
    assert setup_tests.main() == 1
    assert setup_tests.installed == []
    assert "chromium" in capsys.readouterr().err


def test_skips_are_counted_by_component():
    reasons = [
        "Skipped: NOT RUN, missing chromium: nox installs it",
        "Skipped: NOT RUN, missing chromium: nox installs it",
        "Skipped: NOT RUN, missing Python 3.6 (on PATH, or by pyenv): scene",
        "NOT RUN: this machine's libc is not glibc",
        "unrelated",
    ]
    assert components.missing(reasons) == {
        "chromium": 2,
        "Python 3.6": 1,
        "this machine's libc is not glibc": 1,
    }


def test_a_missing_component_skips_by_name_or_fails_when_all_is_required(monkeypatch):
    monkeypatch.setattr(components, "present", lambda name: False)
    monkeypatch.delenv("NPWHEEL_REQUIRE_ALL", raising=False)
    with pytest.raises(pytest.skip.Exception, match="missing docker-registry:"):
        components.require("docker-registry")
    monkeypatch.setenv("NPWHEEL_REQUIRE_ALL", "1")
    with pytest.raises(pytest.fail.Exception, match="missing docker-registry:"):
        components.require("docker-registry")
