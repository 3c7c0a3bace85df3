"""Compare the official images with what npwheel takes for granted of them.

    python tools/first_day.py [--target NAME]

Pulls each image that cibuildwheel pins, asks it, and prints what differs from
src/npwheel/containers/data/official_images.toml. Exit codes: 0 nothing differs; 1 something does,
or an image could not be asked.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from npwheel.build import project
from npwheel.containers import engine
from npwheel.core import package_data, process, targets

# Facts, one a line: KEY VALUE. The image's own shell, nothing of npwheel.
SCRIPT = """
for python in /opt/python/*; do echo "python ${python##*/}"; done
for program in PROGRAMS; do command -v "$program" >/dev/null && echo "program $program"; done
for name in VARIABLES; do [ -n "$(printenv "$name")" ] && echo "variable $name"; done
echo "tar $(tar --version 2>&1 | head -1)"
echo "user $(id -u)"
python=/opt/python/cp39-cp39/bin/python
echo "utility $("$python" -c 'import sys; print(*sys.version_info[:2], sep=".")')"
"""
Ask = Callable[[str, str], "tuple[int, str]"]  # image, script -> exit code, output


def assumed() -> Mapping[str, Any]:
    """Return the assumptions."""
    return tomllib.loads(package_data.read_text("npwheel.containers", "official_images.toml"))


def script() -> str:
    """Return what an image is asked."""
    said = assumed()
    text = SCRIPT.replace("PROGRAMS", " ".join(said["programs"]))
    return text.replace("VARIABLES", " ".join(said["variables"]))


def differences(output: str) -> list[str]:
    """Return each assumption that an image's answer does not bear out."""
    said = assumed()
    found: dict[str, list[str]] = {}
    for line in output.splitlines():
        key, _, value = line.partition(" ")
        found.setdefault(key, []).append(value)
    lines = []
    for key, name in (("pythons", "python"), ("programs", "program"), ("variables", "variable")):
        missing = [value for value in said[key] if value not in found.get(name, [])]
        lines += [f"{name} {value}: expected, not found" for value in missing]
    for name in ("tar", "user", "utility"):
        has = " ".join(found.get(name, ["nothing"]))
        agrees = said[name] in has.split() or (name == "tar" and said[name] in has)
        if not agrees:
            lines.append(f"{name}: expected {said[name]}, found {has}")
    return lines


def images(names: Sequence[str]) -> dict[str, str]:
    """Target -> the image that cibuildwheel pins for it."""
    with tempfile.TemporaryDirectory(prefix="npwheel-first-day-") as folder:
        (Path(folder) / "pyproject.toml").write_text("[project]\nname = 'a'\n")
        empty = project.load(Path(folder))
        return {
            target.name: project.image_reference(empty, target.image_option, target.arch)
            for target in targets.choose(names)
        }


def ask_engine(image: str, text: str) -> tuple[int, str]:
    """Run a script in an image."""
    found = engine.find()
    done = process.run([found.name, "run", "--rm", "--entrypoint", "", image, "bash", "-c", text])
    return done.code, done.out if done.code == 0 else done.err


def main(arguments: Sequence[str], ask: Ask = ask_engine) -> int:
    """Ask every image and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--target", action="append", default=[])
    wrong = 0
    for target, image in images(parser.parse_args(arguments).target).items():
        code, output = ask(image, script())
        lines = (
            differences(output) if code == 0 else [f"could not be asked: {output.strip()[-300:]}"]
        )
        wrong += bool(lines)
        sys.stdout.write(f"{target} {image}: {'as assumed' if not lines else 'differs'}\n")
        sys.stdout.write("".join(f"  {line}\n" for line in lines))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
