"""Run the commands that docs/ shows, and write their real output: `python tools/docs.py [PAGE]`.

A ```console block holds commands (lines that begin with `$ `) and what they print. A line
`...` represents lines that differ from run to run, `...` within a line such words; both are
kept. After ```console may stand `exit=N`, the code of the block's last command, and
`engine`, for what needs a container engine. `<!-- run: COMMAND -->` is run unseen.
All commands of a page run in one new folder, where $NPWHEEL names the checkout.

docs/reference.md is made from the same parsers as `--help`.
"""

from __future__ import annotations

import argparse
import importlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = (
    "tutorial", "google-cloud", "raspberry-pi", "alpine", "built-against",
    "audit", "where", "show", "init", "doctor", "build",
)  # fmt: skip
_STEP = re.compile(
    r"^<!-- run: (?P<unseen>.*?) -->$|^```console(?P<options>[^\n]*)\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
SECONDS = 900


@dataclass(frozen=True)
class Command:
    """One command of a page. expected: the output on the page; None where it is unseen."""

    text: str
    expected: str | None
    exit_code: int
    needs_engine: bool
    span: tuple[int, int]  # of the expected text, in the page


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    command: Command
    exit_code: int
    output: str
    errors: str

    @property
    def as_shown(self) -> bool:
        """Whether it did what the page shows."""
        if self.exit_code != self.command.exit_code:
            return False
        expected = self.command.expected
        return expected is None or matches(expected, self.output)


def commands(page: str) -> Iterator[Command]:
    """Yield the commands of a page, in order."""
    for step in _STEP.finditer(page):
        if step["unseen"] is not None:
            yield Command(step["unseen"], None, 0, False, (0, 0))
            continue
        options = step["options"].split()
        code = next((int(o.removeprefix("exit=")) for o in options if o.startswith("exit=")), 0)
        found = list(re.finditer(r"^\$ ((?:.*\\\n)*.*)\n", step["body"], re.MULTILINE))
        for number, match in enumerate(found):
            last = number + 1 == len(found)
            end = len(step["body"]) if last else found[number + 1].start()
            base = step.start("body")
            yield Command(
                match[1],
                step["body"][match.end() : end],
                code if last else 0,
                "engine" in options,
                (base + match.end(), base + end),
            )


def matches(expected: str, found: str) -> bool:
    """Whether this is what the page shows; `...` matches anything."""
    pattern = ""
    for line in expected.rstrip("\n").split("\n"):
        if line.strip() == "...":
            pattern += r"(?:[^\n]*\n)*?"
        else:
            pattern += ".*".join(map(re.escape, line.rstrip().split("..."))) + r"[ ]*\n"
    plain = "\n".join(line.rstrip() for line in found.rstrip("\n").split("\n")) + "\n"
    return bool(re.fullmatch(pattern if expected.strip() else r"\s*", plain))


def run(page: str, folder: Path, *, engine: bool = True) -> Iterator[Ran]:
    """Run a page's commands in `folder`, one shell each; `cd` and `export` last.

    Without `engine` what needs one is left out.
    """
    env = {**os.environ, "NPWHEEL": str(ROOT), "NO_COLOR": "1", "COLUMNS": "100"}
    env["PATH"] = str(Path(sys.executable).parent) + os.pathsep + env.get("PATH", os.defpath)
    state = folder / ".state"
    state.write_text(f"cd {folder}\n", "utf-8")
    for command in commands(page):
        if command.needs_engine and not engine:
            continue
        script = f". {state}\n{command.text}\ncode=$?\n"
        script += f'{{ export -p; echo "cd \\"$PWD\\""; }} > {state}\nexit $code\n'
        done = subprocess.run(
            ["bash", "-c", script],
            env=env, capture_output=True, text=True, timeout=SECONDS, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        yield Ran(command, done.returncode, done.stdout, done.stderr)


def renewed(page: str, ran: list[Ran]) -> str:
    """Return the page with real outputs; blocks with `...` are left to people."""
    for done in reversed(ran):
        expected = done.command.expected
        if expected is None or done.as_shown or done.exit_code != done.command.exit_code:
            continue
        if "..." not in expected:
            start, end = done.command.span
            page = page[:start] + done.output.rstrip("\n") + "\n" * bool(done.output) + page[end:]
    return page


def reference() -> str:
    """docs/reference.md."""
    from npwheel.cli import COMMANDS  # noqa: PLC0415

    parts = [
        "# Commands\n\n"
        "Made by `python tools/docs.py` from what `npwheel COMMAND --help` prints; a test\n"
        "compares the two. The [README](../README.md#exit-codes) lists the exit codes.\n"
    ]
    for name, line in COMMANDS.items():
        parser = argparse.ArgumentParser(prog=f"npwheel {name}", add_help=False)
        importlib.import_module(f"npwheel.cli.{name}").add_arguments(parser)
        stop = "" if line.endswith("?") else "."
        parts.append(
            f"## npwheel {name}\n\n{line[0].upper()}{line[1:]}{stop}\n\n{_options(parser)}"
        )
        if parser.epilog:
            parts.append("```text\n" + parser.epilog.strip() + "\n```\n")
    return "\n".join(parts)


def _options(parser: argparse.ArgumentParser) -> str:
    """A table of arguments: argparse's own help is wrapped differently by each Python."""
    rows = []
    for action in parser._actions:
        words = action.metavar or (action.dest.upper() if action.nargs != 0 else "")
        value = words if isinstance(words, str) else " ".join(words)
        if action.choices:
            value = "{" + ",".join(map(str, action.choices)) + "}"
        if action.option_strings:
            named = ", ".join(action.option_strings) + (f" {value}" if action.nargs != 0 else "")
        else:
            named = f"[{value}]" if action.nargs in ("?", "*") else value
        text = (action.help or "").replace("%%", "%").replace("|", "\\|")
        rows.append(f"| `{named}` | {text} |")
    return "\n".join(["| argument | |", "|---|---|", *rows]) + "\n" if rows else ""


def main() -> int:
    """Rewrite the pages; exit 1 where a page still shows something else."""
    (DOCS / "reference.md").write_text(reference(), "utf-8")
    wrong = 0
    for name in sys.argv[1:] or PAGES:
        path = DOCS / f"{name}.md"
        page = path.read_text("utf-8")
        with tempfile.TemporaryDirectory(prefix="npwheel-docs-") as folder:
            ran = list(run(page, Path(folder)))
        path.write_text(renewed(page, ran), "utf-8")
        for done in ran:
            expected = done.command.expected or ""
            if not done.as_shown and (
                done.exit_code != done.command.exit_code or "..." in expected
            ):
                wrong += 1
                sys.stderr.write(
                    f"{name}: {done.command.text}\nexit code {done.exit_code}, "
                    f"expected {done.command.exit_code}\n{done.output}{done.errors}\n"
                )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
