"""`.github/workflows/wheels.yml` for a project, from a template."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from npwheel.core import package_data, paths
from npwheel.init.changes import Change, text_of
from npwheel.init.facts import Facts
from npwheel.init.quoting import as_argument, yaml_string
from npwheel.init.source import InstallSource

NAME = Path(".github", "workflows", "wheels.yml")
_USED = re.compile(r"uses: ([\w./-]+)@PIN$", re.MULTILINE)
_PINNED = re.compile(r"uses: ([\w./-]+)@([0-9a-f]{40} # v[\d.]+)$", re.MULTILINE)
# Lines from `# begin NAME` to `# end NAME` are kept where NAME applies.
_PART = re.compile(r"^ *# begin ([\w-]+)\n(.*?)^ *# end \1\n", re.MULTILINE | re.DOTALL)


def change(
    facts: Facts, source: InstallSource, targets: Sequence[str] = ()
) -> tuple[Change | None, list[str]]:
    """(the file to write or None, what is to be known of it).

    source: where it installs npwheel from; targets: those that the project's settings leave;
    empty for the default ones.
    """
    path = facts.repository / NAME
    made = render(facts, source, targets)
    found = text_of(path, facts.repository)
    if found is not None:
        if found == made:
            return None, []
        return None, [f"{NAME} exists and is kept; remove it to get a new one"]
    if facts.ci.builds:
        return None, [
            f"{facts.ci.builds} builds wheels already, so no workflow is written; "
            "let it run `npwheel build` to have them proven too"
        ]
    notes = []
    if facts.ci.publishes:
        notes.append(
            f"{facts.ci.publishes} publishes already, so {NAME} does not: let it take the "
            "artifact npwheel-wheelhouse"
        )
    if not source.available:
        notes.append(
            f"{NAME} cannot run yet, and fails where it installs npwheel: {source.why}; "
            "commit it once one of the two is there"
        )
    return Change(path, None, made), notes


def render(facts: Facts, source: InstallSource, targets: Sequence[str] = ()) -> str:
    """Return the workflow's text."""
    text = package_data.read_text(__package__, "wheels.yml")
    parts = {
        "publish": not facts.ci.publishes,
        "submodules": (facts.repository / ".gitmodules").is_file(),
    }
    text = _PART.sub(lambda part: part[2] if parts[part[1]] else "", text)
    relative = facts.project.folder.relative_to(facts.repository.resolve()).as_posix()
    values = {
        "NPWHEEL": yaml_string(source.line),
        "INSTALL": '--require-hashes -r /dev/stdin <<< "$NPWHEEL"'
        if source.hashes
        else '"$NPWHEEL"',
        "TAG": yaml_string(facts.ci.tag),
        "TAG_PREFIX": facts.ci.tag_prefix,
        "TARGETS": yaml_string(" ".join(targets)),
        "PROJECT": yaml_string(as_argument(relative)),
    }
    pins = pinned()
    text = _USED.sub(lambda match: f"uses: {match[1]}@{pins[match[1]]}", text)
    return re.sub(r"@([A-Z_]+)@", lambda match: values[match[1]], text)


@cache
def pinned() -> dict[str, str]:
    """Action -> commit and release, as this project's own workflows use it: the only place."""
    found: dict[str, str] = {}
    for path in sorted(paths.workflows().glob("*.yml")):
        found.update(_PINNED.findall(path.read_text("utf-8")))
    return found
