"""Write docs/doctor-modes.md from the modes' metadata and the tests' own data.

Usage: python tools/doctor_docs.py [--check]      (--check: exit 1 if it would change)
"""

from __future__ import annotations

import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
TARGET = TOP / "docs" / "doctor-modes.md"
sys.path[:0] = [str(TOP / "src"), str(TOP / "tests" / "support")]

from doctorlab import all_scenes  # noqa: E402
from doctorlab.canned import BY_FACTS, TEXTS  # noqa: E402
from doctorlab.scene import HEALTHY, SCENES  # noqa: E402

from npwheel.doctor import modes  # noqa: E402
from npwheel.doctor.mode import Mode  # noqa: E402

HEAD = """\
# Failure modes of `npwheel doctor`

Made by `tools/doctor_docs.py` from `src/npwheel/doctor/modes` and from the data of
`tests/support/doctorlab`; do not edit. How to run the doctor: [doctor.md](doctor.md).

"""


def cell(text: str) -> str:
    """Text for a table."""
    return text.replace("|", "\\|").replace("\n", " ")


def scenes() -> str:
    """The table of reproduced environments."""
    assert all_scenes.MODULES
    real = {scene.mode for scene in SCENES}
    canned = sorted((set(TEXTS) | set(BY_FACTS)) - real)
    lines = [
        "## What was really broken, and the verdict",
        "",
        f"{len(SCENES)} broken and {len(HEALTHY)} healthy environments are made by the tests; in "
        "each the doctor runs as its user would run it. `failed` and `warning` are its verdicts; "
        "the words are those that its first line must contain.",
        "",
        "| mode | reproduced how | verdict | words of the first line |",
        "|---|---|---|---|",
    ]
    for scene in sorted(SCENES, key=lambda scene: scene.mode):
        words = ", ".join(f"`{word}`" for word in scene.words)
        lines.append(f"| {scene.mode} | {cell(scene.how)} | {scene.state} | {cell(words)} |")
    lines += [f"| none | {cell(scene.how)} | silent | `works` |" for scene in HEALTHY]
    lines += [
        "",
        "**Not reproduced.** These modes are tested only against a saved text or changed facts "
        f"(`tests/unit/doctor/test_canned.py`): {', '.join(canned)}.",
        "",
        "Not reproduced at all, and known to be missing: real Raspberry Pi and Jetson hardware, "
        "SELinux that enforces, machines with more than 64 CPUs, Colab and cloud images "
        "themselves, free-threaded Python, small thread stacks on musl, Android and iSH.",
    ]
    return "\n".join(lines) + "\n\n"


def escaped(text: str) -> str:
    """Markdown that shows brackets as they are: `[Errno 28]` is no link."""
    return text.replace("[", "\\[").replace("]", "\\]")


def section(mode: Mode) -> str:
    """One mode."""
    fixes = "\n".join(f"  - {platform}: `{command}`" for platform, command in mode.fixes)
    return (
        f"### {mode.id}: {mode.title}\n\n"
        f"- seen: {escaped(mode.seen)}\n- detected by: {mode.detected}\n- fixes:\n{fixes}\n"
        f"- sources: {', '.join(mode.sources)}\n\n"
    )


def page() -> str:
    """The whole page."""
    found = sorted(modes.load(), key=lambda mode: mode.id)
    return HEAD + scenes() + "## The modes\n\n" + "".join(section(mode) for mode in found)


def main() -> int:
    """Write it, or compare."""
    text = page().rstrip("\n") + "\n"
    if "--check" in sys.argv[1:]:
        same = TARGET.exists() and TARGET.read_text(encoding="utf-8") == text
        if not same:
            print(f"{TARGET.name} is stale: run python tools/doctor_docs.py", file=sys.stderr)
        return 0 if same else 1
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
