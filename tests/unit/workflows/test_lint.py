"""Linters of GitHub's files find nothing; and they do find what is wrong."""

import json
import re

import pytest
from linters import actionlint, tool, zizmor

BAD = """\
on: pull_request_target
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: echo ${{ github.event.pull_request.title }} $UNQUOTED
      - run: echo ${{ nonsense.x }}
"""


@pytest.fixture
def bad(tmp_path):
    """A repository with one workflow that has many faults."""
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "bad.yml").write_text(BAD)
    (tmp_path / ".git").mkdir()
    return tmp_path


def test_actionlint_finds_nothing(root):
    done = actionlint(root)
    assert (done.returncode, done.stdout) == (0, "")


def test_actionlint_finds_what_is_wrong(bad):
    done = actionlint(bad)
    assert done.returncode == 1
    assert "nonsense" in done.stdout
    assert "SC2086" in done.stdout


def test_zizmor_finds_nothing_in_its_strictest_persona(root):
    done = zizmor(root)
    assert (json.loads(done.stdout), done.returncode) == ([], 0), done.stdout


def test_zizmor_finds_what_is_wrong(bad):
    found = {finding["ident"] for finding in json.loads(zizmor(bad).stdout)}
    assert {"dangerous-triggers", "template-injection", "unpinned-uses"} <= found


@pytest.mark.parametrize(
    ("schema", "pattern"),
    [
        ("github-workflows", ".github/workflows/*.yml"),
        ("dependabot", ".github/dependabot.yml"),
        ("github-issue-forms", ".github/ISSUE_TEMPLATE/[!c]*.yml"),
        ("github-issue-config", ".github/ISSUE_TEMPLATE/config.yml"),
    ],
)
def test_files_match_their_schema(root, schema, pattern):
    files = sorted(str(path) for path in root.glob(pattern))
    assert files
    command = ("check-jsonschema", "--builtin-schema", f"vendor.{schema}")
    assert tool(*command, *files, cwd=root).returncode == 0
    assert tool(*command, "pyproject.toml", cwd=root).returncode != 0


PIN = re.compile(r"uses: (?P<action>[\w./-]+)@(?P<pin>\S+)(?: # (?P<release>v\d+\.\d+\.\d+))?$")


def test_each_action_is_pinned_by_commit_once(root):
    """The workflows are the only place, so that an update of them needs nothing else."""
    pins = {}
    for path in [*root.glob(".github/workflows/*.yml"), *root.glob(".github/actions/*/*.yml")]:
        for line in path.read_text("utf-8").splitlines():
            if "uses:" not in line or "uses: $/" in line:
                continue
            match = PIN.search(line)
            assert match, line
            assert re.fullmatch("[0-9a-f]{40}", match["pin"]), line
            assert match["release"], f"{line}: the release stands beside the commit"
            pins.setdefault(match["action"], set()).add((match["pin"], match["release"]))
    assert {action: len(found) for action, found in pins.items()} == dict.fromkeys(pins, 1)


def test_no_other_file_has_a_pin(root):
    places = [*root.glob("src/npwheel/init/data/*.yml"), *root.glob("docs/*.md")]
    text = "".join(path.read_text("utf-8") for path in places)
    assert not re.search(r"@[0-9a-f]{40}|`[0-9a-f]{40}`", text)
