"""Each `run:` line is a command that the repository has, and does what it should here too."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from npwheel import cli
from npwheel.core.files import sha256_of
from npwheel.prove import record
from npwheel.prove.proof import Proof

# What GitHub would put in place of expressions, for commands that are parsed or run here.
VALUES = {"TARGETS": "", "TARGET": "manylinux_x86_64", "PROJECT": "ext", "TAG": "v1.2.3"}
VALUES |= {
    "GITHUB_WORKSPACE": "/w",
    "REPOSITORY": "o/r",
    "GITHUB_OUTPUT": "o",
    "PRERELEASE": "false",
    "TEST_INDEX_URL": "https://example.org",
    "RUN": "https://example.org/runs/1",
}
VALUES["GITHUB_STEP_SUMMARY"] = "s"
GLOBS = {"parts/*": ["parts/a", "parts/b"], "released/*.whl": ["released/a-1-py3-none-any.whl"]}


def commands(text):
    """The commands of a run: line as argument lists; redirections and variables resolved."""
    for line in text.splitlines():
        for part in line.split(" | "):
            plain = re.sub(r"\$(\w+)", lambda m: VALUES[m[1]], part)
            words = shlex.split(plain)
            if ">>" in words:
                words = words[: words.index(">>")]
            yield [found for word in words for found in GLOBS.get(word, [word])]


def sessions(root):
    source = (root / "noxfile.py").read_text("utf-8")
    return set(re.findall(r"^@nox\.session.*\ndef (\w+)\(", source, re.MULTILINE))


def below(root, path):
    """A path in a checkout; wheels.yml puts the repository into npwheel/."""
    return root / path.removeprefix("npwheel/")


def check_nox(root, words):
    options = words[1 : words.index("--")] if "--" in words else words[1:]
    if options[0] == "-f":
        assert below(root, options[1]).is_file()
        options = options[2:]
    assert options[0] == "-s"
    assert set(options[1:]) <= sessions(root)
    if "--" in words:
        given = words[words.index("--") + 1 :]
        if options == ["-s", "tests"]:
            assert given in (["--setup"], ["--setup", "tests/slow"])
            return
        if options == ["-s", "first_day"]:
            assert given == ["--target", "native"]
            return
        assert options == ["-s", "wheels"]
        check_npwheel(root, ["npwheel", "build", *given])


def check_npwheel(_root, words):
    assert words[1] in cli.COMMANDS
    cli.parser_for(words[1:]).parse_args(words[1:])  # exits where it is not understood


def check_python(root, words):
    assert words[1] == "-m"
    if words[2] == "npwheel_probe":
        assert (root / "ext" / "src" / "npwheel_probe" / "__main__.py").is_file()
        return
    assert words[2] == "pip"
    if "--require-hashes" in words:
        lock = below(root, words[words.index("-r") + 1])
        assert "--hash=sha256:" in lock.read_text("utf-8")
    elif "--no-build-isolation" in words:
        assert "--no-deps" in words
        assert words[-1] in (".", "./npwheel")
    else:  # only the scheduled run asks for what is newest
        assert "--only-binary=:all:" in words
        assert {"npwheel-probe"} <= set(words)


CHECKS = {"nox": check_nox, "npwheel": check_npwheel, "python": check_python}
STANDARD = {"sha256sum", "gh", "tee", "true", "test"}  # what runners have


def test_each_command_is_one_that_the_repository_has(step, root):
    for words in commands(step["run"]):
        if words[0] not in STANDARD:
            CHECKS[words[0]](root, words)


def test_only_the_scheduled_run_installs_what_is_not_pinned(workflows):
    for name, data in workflows.items():
        for body in data["jobs"].values():
            for step in body.get("steps", []):
                text = step.get("run", "")
                pinned = "--require-hashes" in text or "--no-build-isolation" in text
                assert name == "scheduled.yml" or " pip " not in text or pinned


@pytest.mark.parametrize(
    "line",
    [
        "nox -s nosuchsession",
        "npwheel nosuchcommand",
        "npwheel join parts --nosuchoption",
        "python -m pip install nox",
        "python -m pip install --require-hashes -r ci/locks/none.txt",
        "curl -fsSL example.org",
    ],
)
def test_the_check_can_fail(root, line):
    with pytest.raises((AssertionError, SystemExit, KeyError, OSError)):
        for words in commands(line):
            CHECKS[words[0]](root, words)


@pytest.fixture
def bash(tmp_path):
    """(run line, environment, folder) -> the finished shell, as a runner starts it."""
    programs = tmp_path / "bin"
    programs.mkdir()
    own = programs / "npwheel"
    own.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m npwheel "$@"\n')
    own.chmod(0o755)

    def run(line, env, cwd):
        path = os.pathsep.join(
            [str(programs), str(Path(sys.executable).parent), os.environ["PATH"]]
        )
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", line],
            env={**os.environ, **env, "PATH": path},
            cwd=cwd, capture_output=True, text=True, check=False,
        )  # fmt: skip

    return run


def line_of(workflows, name, job, word):
    steps = workflows[name]["jobs"][job]["steps"]
    (found,) = [step["run"] for step in steps if word in step.get("run", "")]
    return found


def test_the_plan_gives_a_matrix_that_github_can_read(workflows, bash, tmp_path):
    output = tmp_path / "output"
    env = {"TARGETS": "musllinux_aarch64 manylinux_x86_64", "GITHUB_OUTPUT": str(output)}
    line = line_of(workflows, "wheels.yml", "plan", "npwheel plan")
    assert bash(line, env, tmp_path).returncode == 0
    name, _, value = output.read_text().strip().partition("=")
    assert name == "matrix"
    assert [row["target"] for row in json.loads(value)["include"]] == env["TARGETS"].split()
    assert bash(line, {**env, "TARGETS": "nosuchtarget"}, tmp_path).returncode == 2


def part(folder, target, name):
    staged = folder.parent.parent / f"staged-{folder.name}"
    staged.mkdir(parents=True)
    path = staged / name
    path.write_bytes(name.encode())
    entry = record.WheelRecord(
        file=name, sha256=sha256_of(path), size=1, project="demo", target=target,
        inputs="0" * 64, image={"reference": "r", "digest": "sha256:" + "0" * 64, "kind": "local"},
        engine="e", numpy={"built": None, "target_api": None}, openblas=None, not_built={},
        proofs=(Proof("3.9", "2.0.2", "here", "pass", "", 1.0, modules=("demo",)),),
    )  # fmt: skip
    record.publish(folder, [(path, entry)])


@pytest.fixture
def parts(tmp_path):
    """What two jobs uploaded."""
    part(tmp_path / "parts" / "wheels-a", "manylinux_x86_64", "demo-1-py3-none-any.whl")
    part(tmp_path / "parts" / "wheels-b", "musllinux_x86_64", "demo-1-py2-none-any.whl")
    return tmp_path


@pytest.fixture
def join(workflows, bash, parts):
    """(targets) -> the finished join job's command."""
    line = line_of(workflows, "wheels.yml", "join", "npwheel join")
    env = {"GITHUB_STEP_SUMMARY": str(parts / "summary")}
    return lambda targets: bash(line, {**env, "TARGETS": targets}, parts)


def test_join_makes_one_record_of_all(join, parts):
    done = join("manylinux_x86_64 musllinux_x86_64")
    assert done.returncode == 0, done.stderr
    assert len(record.read(parts / "wheelhouse").wheels) == 2
    assert len(list((parts / "wheelhouse").glob("*.whl"))) == 2
    assert (parts / "summary").read_text() == done.stdout


def test_join_fails_when_a_target_is_missing(join, parts):
    done = join("")
    assert done.returncode == 17
    assert "no wheel for manylinux_aarch64, musllinux_aarch64" in done.stderr
    assert not (parts / "wheelhouse").exists()


def test_join_fails_when_a_wheel_is_duplicate_or_changed(join, parts):
    part(parts / "parts" / "wheels-c", "musllinux_x86_64", "demo-1-py2-none-any.whl")
    done = join("manylinux_x86_64 musllinux_x86_64")
    assert (done.returncode, "is a duplicate" in done.stderr) == (17, True)
    shutil.rmtree(parts / "parts" / "wheels-c")
    (parts / "parts" / "wheels-b" / "demo-1-py2-none-any.whl").write_bytes(b"other")
    done = join("manylinux_x86_64 musllinux_x86_64")
    assert (done.returncode, "is not the file" in done.stderr) == (17, True)


@pytest.mark.parametrize(
    ("job", "word"),
    [
        ("check", 'release --preflight "$TAG"'),
        ("check", 'release --preflight --dry-run "$TAG"'),
        ("prepare", 'release "$TAG"'),
        ("prepare", 'release --dry-run "$TAG"'),
    ],
)
def test_a_tag_that_is_not_the_version_is_refused(workflows, bash, root, job, word):
    line = line_of(workflows, "release.yml", job, word)
    done = bash(line, {"TAG": "v999.0.0"}, root)
    assert done.returncode == 1
    assert "refused: the version of npwheel: expected 999.0.0" in done.stderr


def test_sums_are_checked_before_anything_is_published(workflows, bash, tmp_path):
    line = line_of(workflows, "release.yml", "publish", "sha256sum")
    (tmp_path / "a").write_text("a")
    sums = subprocess.run(["sha256sum", "a"], cwd=tmp_path, capture_output=True, check=True).stdout
    (tmp_path / "SHA256SUMS").write_bytes(sums)
    assert bash(line, {}, tmp_path).returncode == 0
    (tmp_path / "a").write_text("b")
    assert bash(line, {}, tmp_path).returncode == 1
