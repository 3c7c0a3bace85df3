"""Runs inside an image or a system: does the wheel work with these NumPys?

Reads a plan (JSON, the only argument), writes one JSON line per event on
stdout. Standard library only, Python 3.9. Nothing is fetched: every wheel that
is installed lies beside the plan, and was checked against its hash on the host.

Each proof: a clean environment with that Python, NumPy and the wheel; NumPy alone
imported, then every extension module in a process of its own; then the test. A
JSON object that the test prints is kept as the proof's facts.
"""

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

HERE = Path(__file__).resolve().parent
WHEELS = HERE / "wheels"

# Exits 3 when another NumPy than the planned one answers: then nothing is proven.
# Exits LACKS when the module wants something that its wheel does not require.
LACKS = 4
IMPORT = """
import importlib, sys
module, expected = sys.argv[1:3]
if expected:
    import numpy
    if numpy.__version__ != expected:
        sys.stderr.write("numpy %s answers, %s was installed" % (numpy.__version__, expected))
        sys.exit(3)
try:
    importlib.import_module(module)
except ModuleNotFoundError as error:
    own = ("numpy", module.partition(".")[0])
    if "." not in module or not error.name or error.name.partition(".")[0] in own:
        raise
    sys.stderr.write("%s wants %s, which its wheel does not require" % (module, error.name))
    sys.exit(4)
"""


def say(**event):
    """One event; the pipeline reads these lines."""
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


PYTEST = re.compile(r"(?:FAILED|ERROR) \S+\.py\b")  # its short summary


class Failed(Exception):
    """A step of a proof did not hold; the text is the reason."""

    def __init__(self, step, reason):
        super().__init__(reason)
        self.step = step  # "environment", "install", "numpy", "import" or "test"


def run(command, env, cwd, timeout):
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


def first_cause(text):
    """The line that names the first cause: the innermost exception, not the last line.

    NumPy wraps import errors up to twice, and the last line then blames the wrong
    thing; the first exception line of the chain is the cause.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    failed = next((line for line in lines if PYTEST.match(line)), "")
    if failed:
        return whole(failed, lines)[:400]
    for line in lines:
        head = line.split(":", 1)[0].split(".")[-1]
        if head.endswith(("Error", "Exception")) and " " not in head and ":" in line:
            return line[:400]
        if "was compiled using NumPy 1.x" in line or "compiled against" in line:
            return line[:400]
    return lines[-1][:400] if lines else "it printed nothing"


def whole(failed, lines):
    """pytest's line on a failed test, with the exception that it cut off for want of room."""
    name, dash, message = failed.partition(" - ")
    if message.endswith("..."):
        told = (line[1:].strip() for line in lines if line.startswith("E "))
        message = next((text for text in told if text.startswith(message[:-3])), message)
    return f"{name}{dash}{message}"


def outcome_of(code):
    """What a failing exit code means, in words."""
    if code < 0:
        return f"killed by signal {-code}"
    return f"exit code {code}"


def environment(python, folder, timeout):
    """A clean virtual environment; returns (its python, the command that installs)."""
    home = folder / "env"
    inside = str(home / "bin" / "python")
    if shutil.which("uv"):
        make_environment(
            ["uv", "venv", "-q", "--no-config", "--python", python, str(home)], timeout
        )
        install = ["uv", "pip", "install", "-q", "--no-config", "--offline", "--python", inside]
    else:
        # Python's own pip unpacks itself slowly under emulation: once, then it is copied.
        fresh = HERE / "fresh" / python.strip("/").replace("/", "-")
        if not fresh.exists():
            make_environment([python, "-m", "venv", str(fresh)], timeout)
        shutil.copytree(fresh, home, symlinks=True)
        install = [inside, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        install.append("--no-compile")  # what is imported gets compiled then
    return inside, [*install, "--no-index", "--find-links", str(WHEELS)]


def make_environment(command, timeout):
    """Run what makes an environment; raises Failed."""
    code, out = run(command, clean(), HERE, timeout)
    if code:
        shutil.rmtree(command[-1], ignore_errors=True)
        raise Failed("environment", f"no clean environment: {first_cause(out)}")


def clean():
    """The environment variables of a user who set none for Python."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PIP_", "UV_"))}
    env["PIP_NO_CACHE_DIR"] = "1"
    env["UV_NO_CACHE"] = "1"
    return env


def launched(interpreter, launcher, folder):
    """A `python` that starts the interpreter through the launcher (an emulator of a CPU)."""
    script = folder / "launched" / "python"
    script.parent.mkdir()
    words = " ".join(shlex.quote(word) for word in [*launcher, interpreter])
    script.write_text(f'#!/bin/sh\nexec {words} "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    return str(script)


def facts_of(text):
    """The last JSON object that begins a line of the text; {} where there is none."""
    found = {}
    for match in re.finditer(r"^\{", text, re.MULTILINE):
        try:
            value, _ = json.JSONDecoder().raw_decode(text, match.start())
        except ValueError:
            continue
        found = value
    return found


def prove(plan, proof, folder):
    """One proof; returns (its facts, what it does not show) or raises Failed."""
    timeout = plan["timeout"]
    interpreter, install = environment(proof["executable"], folder, timeout)
    env = clean()
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
    env.update({**plan["environment"], **proof.get("environment", {})})
    cwd = folder / "cwd"
    cwd.mkdir()
    code, out = run([interpreter, "-c", "pass"], env, cwd, timeout)
    if code:
        raise Failed("environment", f"Python does not start: {first_cause(out)}")
    # NumPy alone comes first: where it does not import, the wheel is not to blame.
    optional = []
    for module in ["numpy"] * bool(proof["numpy"]) + proof["modules"]:
        command = [interpreter, "-c", IMPORT, module, proof["numpy"] or ""]
        code, out = run(command, env, cwd, timeout)
        if code == LACKS:
            optional.append(out.strip().splitlines()[-1])
        elif code:
            sys.stderr.write(out + "\n")
            step = "numpy" if module == "numpy" else "import"
            raise Failed(step, f"import {module}: {first_cause(out)} ({outcome_of(code)})")
    if optional and len(optional) == len(proof["modules"]):
        raise Failed("import", "no module was imported: " + "; ".join(optional)[:400])
    note = "not imported: {}".format("; ".join(optional)[:400]) if optional else ""
    command = proof.get("test", "").replace("{wheel}", wheel)
    if not command:
        return {}, note
    for name in ("{project}", "{package}"):
        command = command.replace(name, str(HERE / "project"))
    for name in proof.get("sources", ()):
        copied, source = cwd / name, HERE / "project" / name
        copied.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, copied)
    code, out = run(["/bin/sh", "-c", command], env, cwd, timeout)
    sys.stderr.write(out + "\n")
    if code:
        raise Failed("test", f"the project's test: {first_cause(out)} ({outcome_of(code)})")
    return facts_of(out), note


def main():
    """All proofs of the plan, one after the other; a failing one does not stop the next."""
    plan = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    failed = 0
    for proof in plan["proofs"]:
        key = {"python": proof["python"], "numpy": proof["numpy"], "wheel": proof["wheel"]}
        say(event="start", **key)
        sys.stderr.write("== {wheel}: Python {python}, numpy {numpy}\n".format(**key))
        sys.stderr.flush()
        begun = time.time()
        outcome, reason, step, facts = "pass", "", "", {}
        with tempfile.TemporaryDirectory(prefix="npwheel-proof-") as folder:
            try:
                facts, reason = prove(plan, proof, Path(folder))
            except Failed as error:
                outcome, reason, step = "fail", str(error), error.step
                failed += 1
        seconds = round(time.time() - begun, 2)
        found = {"outcome": outcome, "reason": reason, "step": step, "facts": facts}
        say(event="proof", seconds=seconds, **found, **key)
    say(event="end", failed=failed)


if __name__ == "__main__":
    main()
