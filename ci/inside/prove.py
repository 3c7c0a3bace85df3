"""Runs inside an image or a home: does the wheel work with these NumPys?

Reads a plan (JSON, the only argument), writes one JSON line per event on
stdout. Standard library only, Python 3.9. Nothing is fetched: every wheel that
is installed lies beside the plan, and was checked against its hash on the host.

Each proof: a clean environment with that Python, NumPy and the wheel; every
extension module imported in a process of its own; then the project's test.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
WHEELS = HERE / "wheels"

# Exits 3 when another NumPy than the planned one answers: then nothing is proven.
IMPORT = """
import importlib, sys
module, expected = sys.argv[1:3]
if expected:
    import numpy
    if numpy.__version__ != expected:
        sys.stderr.write("numpy %s answers, %s was installed" % (numpy.__version__, expected))
        sys.exit(3)
importlib.import_module(module)
"""


def say(**event):
    """One event; the pipeline reads these lines."""
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


class Failed(Exception):
    """A step of a proof did not hold; the text is the reason."""


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
    for line in lines:
        head = line.split(":", 1)[0].split(".")[-1]
        if head.endswith(("Error", "Exception")) and " " not in head and ":" in line:
            return line[:400]
        if "was compiled using NumPy 1.x" in line or "compiled against" in line:
            return line[:400]
    return lines[-1][:400] if lines else "it printed nothing"


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
        make = ["uv", "venv", "-q", "--no-config", "--python", python, str(home)]
        install = ["uv", "pip", "install", "-q", "--no-config", "--offline", "--python", inside]
    else:
        make = [python, "-m", "venv", str(home)]
        install = [inside, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    code, out = run(make, clean(), folder, timeout)
    if code:
        raise Failed(f"no clean environment: {first_cause(out)}")
    return inside, [*install, "--no-index", "--find-links", str(WHEELS)]


def clean():
    """The environment variables of a user who set none for Python."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PIP_", "UV_"))}
    env["PIP_NO_CACHE_DIR"] = "1"
    env["UV_NO_CACHE"] = "1"
    return env


def prove(plan, proof, folder):
    """One proof; raises Failed."""
    timeout = plan["timeout"]
    interpreter, install = environment(proof["executable"], folder, timeout)
    env = clean()
    env["PATH"] = f"{Path(interpreter).parent}{os.pathsep}{env.get('PATH', os.defpath)}"
    env["VIRTUAL_ENV"] = str(Path(interpreter).parent.parent)
    env.update(plan["environment"])
    wheel = str(WHEELS / proof["wheel"])
    code, out = run([*install, *proof["requirements"], wheel], env, folder, timeout)
    if code:
        raise Failed(f"the wheel does not install: {first_cause(out)}")
    cwd = folder / "cwd"
    cwd.mkdir()
    for module in proof["modules"]:
        command = [interpreter, "-c", IMPORT, module, proof["numpy"] or ""]
        code, out = run(command, env, cwd, timeout)
        if code:
            sys.stderr.write(out + "\n")
            raise Failed(f"import {module}: {first_cause(out)} ({outcome_of(code)})")
    if plan["test"]:
        command = plan["test"].replace("{wheel}", wheel)
        for name in ("{project}", "{package}"):
            command = command.replace(name, str(HERE / "project"))
        code, out = run(["/bin/sh", "-c", command], env, cwd, timeout)
        sys.stderr.write(out + "\n")
        if code:
            raise Failed(f"the project's test: {first_cause(out)} ({outcome_of(code)})")


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
        outcome, reason = "pass", ""
        with tempfile.TemporaryDirectory(prefix="npwheel-proof-") as folder:
            try:
                prove(plan, proof, Path(folder))
            except Failed as error:
                outcome, reason = "fail", str(error)
                failed += 1
        seconds = round(time.time() - begun, 2)
        say(event="proof", outcome=outcome, reason=reason, seconds=seconds, **key)
    say(event="end", failed=failed)


if __name__ == "__main__":
    main()
