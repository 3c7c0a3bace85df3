"""`.github/workflows/wheels.yml` for a project, from a template."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from npwheel import __version__
from npwheel.core import package_data
from npwheel.init.changes import Change, text_of
from npwheel.init.facts import Facts
from npwheel.init.quoting import as_argument, yaml_string

NAME = Path(".github", "workflows", "wheels.yml")
# Lines from `# begin NAME` to `# end NAME` are kept where NAME applies.
_PART = re.compile(r"^ *# begin ([\w-]+)\n(.*?)^ *# end \1\n", re.MULTILINE | re.DOTALL)


def change(facts: Facts, targets: Sequence[str] = ()) -> tuple[Change | None, str]:
    """(the file to write, ""), or (None, why none is written).

    targets: those that the project's settings leave; empty for the default ones.
    """
    path = facts.repository / NAME
    made = render(facts, targets)
    found = text_of(path, facts.repository)
    if found is not None:
        if found == made:
            return None, ""
        return None, f"{NAME} exists and is kept; remove it to get a new one"
    if facts.ci.builds:
        return None, (
            f"{facts.ci.builds} builds wheels already, so no workflow is written; "
            "let it run `npwheel build` to have them proven too"
        )
    why = ""
    if facts.ci.publishes:
        why = (
            f"{facts.ci.publishes} publishes already, so {NAME} does not: let it take the "
            "artifact npwheel-wheelhouse"
        )
    return Change(path, None, made), why


def render(facts: Facts, targets: Sequence[str] = ()) -> str:
    """Return the workflow's text."""
    text = package_data.read_text(__package__, "wheels.yml")
    parts = {
        "publish": not facts.ci.publishes,
        "submodules": (facts.repository / ".gitmodules").is_file(),
    }
    text = _PART.sub(lambda part: part[2] if parts[part[1]] else "", text)
    relative = facts.project.folder.relative_to(facts.repository.resolve()).as_posix()
    values = {
        "NPWHEEL": __version__,
        "TAG": yaml_string(facts.ci.tag),
        "TAG_PREFIX": facts.ci.tag_prefix,
        "TARGETS": yaml_string(" ".join(targets)),
        "PROJECT": yaml_string(as_argument(relative)),
    }
    return re.sub(r"@([A-Z_]+)@", lambda match: values[match[1]], text)
