"""Development tasks. Run `nox -l` to list them."""

from __future__ import annotations

from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "typecheck", "tests"]

LOCKS = Path("ci/locks")
LEVELS = ("tests/unit", "tests/integration", "tests/network")  # tests/slow runs weekly
COMPILE = "# compile: "  # the line of a lock's source with options for uv


def install(session: nox.Session, lock: str) -> None:
    """Install a hashed lock, then npwheel itself as a built wheel."""
    session.install("--require-hashes", "-r", str(LOCKS / f"{lock}.txt"))
    fresh = ["--reinstall-package", "npwheel"] if session.venv_backend == "uv" else []
    session.install("--no-deps", "--no-build-isolation", *fresh, ".")


@nox.session
def lint(session: nox.Session) -> None:
    """Rules and format of Python (ruff), shell scripts (shellcheck), spelling (codespell)."""
    session.install("--require-hashes", "-r", str(LOCKS / "lint.txt"))
    session.run("ruff", "check", ".", *session.posargs)
    session.run("ruff", "format", "--check", ".")
    scripts = sorted(path for path in Path("ci").rglob("*.sh") if path.is_file())
    session.run("shellcheck", ".ci/run", *map(str, scripts))
    session.run("codespell")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation site into dist/site; a dead link fails."""
    session.install("--require-hashes", "-r", str(LOCKS / "docs.txt"))
    session.run("python", "tools/site.py")


@nox.session
def typecheck(session: nox.Session) -> None:
    """Mypy, strict."""
    session.install("--require-hashes", "-r", str(LOCKS / "typecheck.txt"))
    session.run("mypy", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Tests, on the built wheel: `-- [--setup] [PATHS and options of pytest]`.

    Without a path all but tests/slow. `--setup` first installs the system packages that tests
    need. For a debugger add `-n 0`.
    """
    arguments = [word for word in session.posargs if word != "--setup"]
    if not any(word.startswith("tests") for word in arguments):
        arguments = [*LEVELS, *arguments]
    install(session, "tests")
    if "--setup" in session.posargs:
        session.run("python", "tools/setup_tests.py")
    # By file, a few at once: many of them wait for containers and emulated programs.
    several = ["-n", "auto", "--maxprocesses", "4", "--dist", "loadfile"]
    session.run("pytest", *several, *arguments)


@nox.session
def coverage(session: nox.Session) -> None:
    """Branch coverage of the unit tests; fails below the floor in pyproject.toml."""
    install(session, "tests")
    flags = ["-n", "auto", "--dist", "loadfile", "--cov", "--cov-report=term"]
    session.run("pytest", *flags, "tests/unit", *session.posargs)


@nox.session
def wheels(session: nox.Session) -> None:
    """Build, repair, audit and prove wheels: `-- --setup` on a machine with nothing prepared."""
    install(session, "build")
    session.run("npwheel", "build", *session.posargs)


@nox.session
def prove(session: nox.Session) -> None:
    """Run proofs of the wheels in `wheelhouse/` on the systems of users; writes report.html."""
    install(session, "build")
    session.run("npwheel", "prove", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure the claims of speed and size, as ratios of one run: `-- [NAME] [--setup]`."""
    install(session, "build")
    setup = [word for word in session.posargs if word == "--setup"]
    names = [word for word in session.posargs if word not in setup]
    missed = []
    for name in names or ["matmul", "sizes", "audit", "doctor", "matrix"]:
        given = setup if name in ("matmul", "matrix") else []  # the others install nothing
        try:
            session.run("python", f"benchmarks/{name}.py", *given)
        except nox.command.CommandFailed:
            missed.append(name)
    if missed:
        session.error(f"missed, or not measured: {', '.join(missed)}")


@nox.session
def fuzz(session: nox.Session) -> None:
    """Coverage-guided fuzzing: `-- TARGET -runs=10000`, TARGET being a file of tests/unit/fuzz."""
    install(session, "fuzz")
    session.run("python", "tests/unit/fuzz/fuzz.py", *session.posargs)


@nox.session
def sdists(session: nox.Session) -> None:
    """Build real sdists of every kind and write docs/sdists.md: `-- [NAME==VERSION]`."""
    install(session, "build")
    session.run("python", "tools/sdists.py", *session.posargs)


@nox.session
def doctor(session: nox.Session) -> None:
    """Pack the doctor as single files: dist/npwheel-doctor.pyz and .py."""
    session.run("python", "tools/make_pyz.py", *session.posargs)


@nox.session
def release(session: nox.Session) -> None:
    """Prepare and check a release without uploading it: `-- --dry-run vX.Y.Z`."""
    install(session, "build")
    session.run("npwheel", "release", *session.posargs)


@nox.session
def first_day(session: nox.Session) -> None:
    """Compare the official images with what npwheel takes for granted of them."""
    install(session, "build")
    session.run("python", "tools/first_day.py", *session.posargs)


@nox.session
def reproduce(session: nox.Session) -> None:
    """Build everything twice from HEAD and compare byte by byte."""
    install(session, "build")
    session.run("npwheel", "reproduce", *session.posargs)


@nox.session
def pins(session: nox.Session) -> None:
    """Refresh every pinned data file: locks, Debian's packages, NumPy's table, policies."""
    install(session, "build")
    folders = [LOCKS, Path("ci/images"), Path("ext/requirements")]
    for source in sorted(path for folder in folders for path in folder.rglob("*.in")):
        lines = source.read_text().splitlines()
        own = [line.removeprefix(COMPILE) for line in lines if line.startswith(COMPILE)]
        session.run(
            "uv", "pip", "compile", "-q", "--generate-hashes", "--no-header", "--no-annotate",
            *(own or ["--universal --python-version 3.11"])[0].split(), "--upgrade",
            "-o", str(source.with_suffix(".txt")), str(source),
        )  # fmt: skip
    session.run("python", "-m", "npwheel.containers.local.refresh_debian_locks", "ci/images")
    session.run(
        "python",
        "-m",
        "npwheel.numpy_releases.refresh_table",
        "src/npwheel/numpy_releases/data/numpy.json",
    )
    session.run("python", "-m", "npwheel.audit.policies", "src/npwheel/audit/data/policies.json")
    session.run("python", "tools/numpy2.py")
