"""`.github/workflows/wheels.yml` for a project, from a template."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

from npwheel import __version__
from npwheel.init.changes import Change, text_of
from npwheel.init.facts import Facts, read_source
from npwheel.init.quoting import as_argument, yaml_string

NAME = Path(".github", "workflows", "wheels.yml")
_USES_CIBUILDWHEEL = re.compile(rb"pypa/cibuildwheel|(?:-m|run|run:)\s+cibuildwheel|npwheel build")


def change(facts: Facts) -> tuple[Change | None, str]:
    """(the file to write, ""), or (None, why none is written)."""
    folder = facts.repository / NAME.parent
    path = facts.repository / NAME
    made = render(facts)
    found = text_of(path, facts.repository)
    if found is not None:
        if found == made:
            return None, ""
        return None, f"{NAME} exists and is kept; remove it to get a new one"
    for other in sorted(folder.glob("*.y*ml")):
        if _USES_CIBUILDWHEEL.search(read_source(other)):
            return None, (
                f"{NAME.parent / other.name} builds wheels already, so none is written; "
                "let it run `npwheel build` to have them proven too"
            )
    return Change(path, None, made), ""


def render(facts: Facts) -> str:
    """The workflow's text."""
    text = resources.files(__package__).joinpath("data", "wheels.yml").read_text("utf-8")
    relative = facts.project.folder.relative_to(facts.repository.resolve()).as_posix()
    if not (facts.repository / ".gitmodules").is_file():
        text = "".join(line for line in text.splitlines(keepends=True) if "submodules:" not in line)
    text = text.replace("@NPWHEEL@", __version__)
    return text.replace("@PROJECT@", yaml_string(as_argument(relative)))
