"""Runs inside an image or a system: does the wheel work with these NumPys?

Reads a plan (JSON, the only argument) and removes it; writes one JSON line per event
on stdout, each with the plan's token, by which it is known from what wheels print.
Standard library only, Python 3.9. Nothing is fetched: every wheel that is installed
lies beside the plan, and was checked against its hash on the host.

Each proof: a clean environment with that Python, NumPy and the wheel; NumPy alone
imported, then every top-level package and every extension module in a process of
its own; then the test. A JSON object that the test prints is kept as the proof's facts.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HERE = Path(__file__).resolve().parent
WHEELS = HERE / "wheels"

IMPORTS = (HERE / "imports.py").read_text(encoding="utf-8")
PACKAGED = "/usr/lib/"  # where distributions install Python packages, and nobody else does
KEPT = ("PATH", "HOME", "LANG", "LANGUAGE")  # and LC_*: what a user's shell has


def say(token: str, **event: Any) -> None:
    """One event; the pipeline reads these lines."""
    sys.stdout.write(json.dumps({"token": token, **event}) + "\n")
    sys.stdout.flush()


def show(text: str) -> None:
    """What another program printed, for the log; no line of it begins like an event."""
    sys.stderr.write("".join("  " + line + "\n" for line in text.splitlines()))
    sys.stderr.flush()


PYTEST = re.compile(r"(?:FAILED|ERROR) \S+\.py\b|ERROR: ")  # its short summary, its own errors
COUNTS = re.compile(r"=* ?(\d+ (?:failed|errors?)\b[^=]*?) in [\d.]+s")  # its last line


class Idle(Exception):
    """Nothing of the wheel was imported, and that is not its fault; the text is the reason."""


class Failed(Exception):
    """A step of a proof failed; the text is the reason."""

    def __init__(self, step: str, reason: str) -> None:
        super().__init__(reason)
        self.step = step  # "environment", "install", "numpy", "import" or "test"


def run(
    command: Sequence[str], env: Mapping[str, str], cwd: Path, timeout: float
) -> tuple[int, str]:
    """Run; returns (exit code, all it printed). A signal or a timeout is named."""
    try:
        done = subprocess.run(
            command,
            env=env,
            cwd=cwd,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        text = error.stdout or ""
        if isinstance(text, bytes):
            text = text.decode("utf-8", "replace")
        return -1, f"{text}\nno answer within {timeout} s"
    except OSError as error:
        return -1, f"{command[0]}: {error}"
    return done.returncode, done.stdout


def first_cause(text: str) -> str:
    """The line that names the first cause: the innermost exception, not the last line.

    NumPy wraps import errors up to twice, and the last line then blames the wrong
    thing; the first exception line of the chain is the cause.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    failed = next((line for line in lines if PYTEST.match(line)), "")
    if failed:
        counts = next((found[1] for line in lines if (found := COUNTS.match(line))), "")
        return whole(failed, lines)[:400] + (f" ({counts})" if counts else "")
    for line in lines:
        head = line.split(":", 1)[0].split(".")[-1]
        if head.endswith(("Error", "Exception")) and " " not in head and ":" in line:
            return line[:400]
        if "was compiled using NumPy 1.x" in line or "compiled against" in line:
            return line[:400]
    return lines[-1][:400] if lines else "it printed nothing"


def whole(failed: str, lines: Sequence[str]) -> str:
    """pytest's line on a failed test, with the exception that it cut off for want of room."""
    name, dash, message = failed.partition(" - ")
    if message.endswith("..."):
        told = (line[1:].strip() for line in lines if line.startswith("E "))
        message = next((text for text in told if text.startswith(message[:-3])), message)
    return f"{name}{dash}{message}"


def outcome_of(code: int) -> str:
    """What a failing exit code means, in words."""
    if code < 0:
        return f"killed by signal {-code}"
    return f"exit code {code}"


def environment(
    python: str, folder: Path, env: Mapping[str, str], timeout: float, packaged: bool, uv: str = ""
) -> tuple[str, list[str]]:
    """A clean virtual environment; returns (its python, the command that installs).

    packaged: the distribution's packages are seen in it, and nothing is resolved.
    uv: the program, "" for the system's own installer.
    """
    seen = ["--system-site-packages"] if packaged else []
    place = folder / "env"
    inside = str(place / "bin" / "python")
    uv = uv or ("uv" if shutil.which("uv") else "")
    if uv:
        command = [uv, "venv", "-q", "--no-config", *seen, "--python", python, str(place)]
        make_environment(command, env, timeout)
        install = [uv, "pip", "install", "-q", "--no-config", "--offline", "--python", inside]
    else:
        # Python's own pip unpacks itself slowly under emulation: once, then it is copied.
        kind = "packaged" if packaged else "fresh"
        fresh = HERE / kind / python.strip("/").replace("/", "-")
        if not fresh.exists():
            make_environment([python, "-m", "venv", *seen, str(fresh)], env, timeout)
        shutil.copytree(fresh, place, symlinks=True)
        install = [inside, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        install.append("--no-compile")  # what is imported gets compiled then
    install += ["--no-deps"] if packaged else []
    return inside, [*install, "--no-index", "--find-links", str(WHEELS)]


def make_environment(command: Sequence[str], env: Mapping[str, str], timeout: float) -> None:
    """Run what makes an environment; raises Failed."""
    code, out = run(command, env, HERE, timeout)
    if code:
        shutil.rmtree(command[-1], ignore_errors=True)
        raise Failed("environment", f"no clean environment: {first_cause(out)}")


def clean(plan: Mapping[str, Any]) -> dict[str, str]:
    """The variables of a user's shell and those that the plan names; none of the image's.

    A build image's LD_LIBRARY_PATH or PKG_CONFIG_PATH would hide what users run into.
    """
    env = {k: v for k, v in os.environ.items() if k in KEPT or k.startswith("LC_")}
    env.update(PIP_NO_CACHE_DIR="1", **plan["environment"])
    if plan.get("uv"):
        # All proofs of the container are of one wheel: what they install is unpacked once.
        cache = str(Path(tempfile.gettempdir(), "npwheel-uv"))
        return {**env, "UV_CACHE_DIR": cache, "UV_LINK_MODE": "hardlink"}
    return {**env, "UV_NO_CACHE": "1"}


def launched(interpreter: str, launcher: Sequence[str], folder: Path) -> str:
    """A `python` that starts the interpreter through the launcher (an emulator of a CPU)."""
    script = folder / "launched" / "python"
    script.parent.mkdir()
    words = " ".join(shlex.quote(word) for word in [*launcher, interpreter])
    script.write_text(f'#!/bin/sh\nexec {words} "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    return str(script)


def facts_of(text: str) -> dict[str, Any]:
    """The last JSON object that begins a line of the text; {} where there is none."""
    found: dict[str, Any] = {}
    for match in re.finditer(r"^\{", text, re.MULTILINE):
        try:
            value, _ = json.JSONDecoder().raw_decode(text, match.start())
        except ValueError:
            continue
        found = value
    return found


def prove(
    plan: Mapping[str, Any], proof: Mapping[str, Any], folder: Path, found: dict[str, Any]
) -> None:
    """One proof; what it sees goes into `found`. Raises Failed or Idle."""
    timeout, env = plan["timeout"], clean(plan)
    packaged = proof.get("packaged", False)
    interpreter, install = environment(
        proof["executable"], folder, env, timeout, packaged, plan.get("uv", "")
    )
    env["VIRTUAL_ENV"] = str(Path(interpreter).parent.parent)
    wheel = str(WHEELS / proof["wheel"])
    code, out = run([*install, *proof["requirements"], wheel], env, folder, timeout)
    if code:
        raise Failed("install", f"the wheel does not install: {first_cause(out)}")
    folders = [Path(interpreter).parent]
    if proof.get("launcher"):
        interpreter = launched(interpreter, proof["launcher"], folder)
        folders.insert(0, Path(interpreter).parent)
    env["PATH"] = os.pathsep.join([*map(str, folders), env.get("PATH", os.defpath)])
    env.update(proof.get("environment", {}))
    cwd = folder / "cwd"
    cwd.mkdir()
    code, out = run([interpreter, "-c", "pass"], env, cwd, timeout)
    if code:
        raise Failed("environment", f"Python does not start: {first_cause(out)}")
    imports(proof, interpreter, env, folder, timeout, found)
    command = proof.get("test", "").replace("{wheel}", wheel)
    if not command:
        return
    for name in ("{project}", "{package}"):
        command = command.replace(name, str(HERE / "project"))
    for name in proof.get("sources", ()):
        copied, source = cwd / name, HERE / "project" / name
        copied.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, copied)
    code, out = run(["/bin/sh", "-c", command], env, cwd, timeout)
    show(out)
    found["test"] = "failed" if code else "passed"
    if code:
        raise Failed("test", f"the project's test: {first_cause(out)} ({outcome_of(code)})")
    found["facts"] = facts_of(out)


def imports(
    proof: Mapping[str, Any],
    interpreter: str,
    env: Mapping[str, str],
    folder: Path,
    timeout: float,
    found: dict[str, Any],
) -> None:
    """Import NumPy and all that the wheel brings. Raises Failed or Idle.

    NumPy alone comes first: where it does not import, the wheel is not to blame.
    """
    names = [*proof["packages"], *proof["modules"]]
    if not names:
        text = "the wheel has nothing that can be imported"
        if proof["libraries"]:
            raise Failed("import", f"{text}, and {proof['libraries']} shared objects")
        raise Idle(text)
    report = folder / "imports" / "report"
    report.parent.mkdir()
    command = [interpreter, "-c", IMPORTS, proof["numpy"] or "", str(report)]
    command += [json.dumps(names), str(timeout), PACKAGED if proof.get("packaged") else ""]
    code, out = run(command, env, folder / "cwd", timeout * (1 + len(names)))
    lines = report.read_text(encoding="utf-8").splitlines() if report.exists() else []
    results = [json.loads(line) for line in lines]
    if not results or (code and len(results) == 1):
        show(out)
        raise Failed("numpy", f"import numpy: {first_cause(out)} ({outcome_of(code)})")
    found["version"] = results[0]["python"]
    found["libc"] = results[0]["libc"] or musl()
    optional, holders = [], []
    for result in results[1:]:
        if result["imported"] and not result["foreign"]:
            found["imported"].append(result["name"])
            if result["gil"] != results[0]["gil"]:  # off when Python started
                holders.append(result["name"])
        elif result["imported"]:
            optional.append("{name} (another one answers: {foreign})".format(**result))
        elif "lacks" in result:
            optional.append("{name} (lacks {lacks})".format(**result))
        else:
            show(result["output"])
            cause = first_cause(result["output"])
            reason = f"import {result['name']}: {cause} ({outcome_of(result['code'])})"
            package = result["name"].split(".")[0]
            if package in found["imported"]:  # it may need this module on some NumPys only
                reason += f"; import {package} passes"
            raise Failed("import", reason)
    if len(results) <= len(names):
        raise Failed("import", f"{names[len(results) - 1]}: {outcome_of(code)}, {first_cause(out)}")
    found["gil"] = "enabled" if holders else results[0]["gil"]
    skipped = "not imported: " + "; ".join(optional)[:400] if optional else ""
    wanted = proof["modules"] or names
    if not set(wanted) & set(found["imported"]):
        raise Idle(skipped)
    enabled = "the GIL is enabled by " + ", ".join(holders)[:400] if holders else ""
    found["reason"] = "; ".join(text for text in (skipped, enabled) if text)


def musl() -> str:
    """The libc of a system without glibc, "musl 1.2.5"; "" where that is not known either."""
    for loader in sorted(Path("/lib").glob("ld-musl-*.so.1")):
        _, out = run([str(loader)], {}, HERE, 60)
        version = re.search(r"^Version (\S+)", out, re.MULTILINE)
        if version:
            return f"musl {version.group(1)}"
    return ""


def main() -> None:
    """All proofs of the plan, one after the other; a failing one does not stop the next."""
    file = Path(sys.argv[1])
    plan = json.loads(file.read_text(encoding="utf-8"))
    file.unlink()  # the wheels' own code runs as the same user
    token = plan.pop("token")
    failed = 0
    for proof in plan["proofs"]:
        key = {"python": proof["python"], "numpy": proof["numpy"], "wheel": proof["wheel"]}
        say(token, event="start", **key)
        sys.stderr.write("== {wheel}: Python {python}, numpy {numpy}\n".format(**key))
        sys.stderr.flush()
        begun = time.time()
        found: dict[str, Any] = {
            "outcome": "pass",
            "reason": "",
            "step": "",
            "facts": {},
            "imported": [],
        }
        with tempfile.TemporaryDirectory(prefix="npwheel-proof-") as folder:
            try:
                prove(plan, proof, Path(folder), found)
            except Idle as error:
                found.update(outcome="not run", reason=str(error))
            except Failed as error:
                found.update(outcome="fail", reason=str(error), step=error.step)
                failed += 1
        say(token, event="proof", seconds=round(time.time() - begun, 2), **found, **key)
    say(token, event="end", failed=failed)


if __name__ == "__main__":
    main()
