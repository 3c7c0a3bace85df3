"""What one does with this project: `nox -l` is the help."""

from __future__ import annotations

from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "typecheck", "tests"]

LOCKS = Path("ci/locks")


def install(session: nox.Session, lock: str) -> None:
    """Install a hashed lock, then npwheel itself as a built wheel."""
    session.install("--require-hashes", "-r", str(LOCKS / f"{lock}.txt"))
    fresh = ["--reinstall-package", "npwheel"] if session.venv_backend == "uv" else []
    session.install("--no-deps", "--no-build-isolation", *fresh, ".")


@nox.session
def lint(session: nox.Session) -> None:
    """Ruff: rules and format."""
    session.install("--require-hashes", "-r", str(LOCKS / "lint.txt"))
    session.run("ruff", "check", ".", *session.posargs)
    session.run("ruff", "format", "--check", ".")


@nox.session
def typecheck(session: nox.Session) -> None:
    """Mypy, strict."""
    session.install("--require-hashes", "-r", str(LOCKS / "typecheck.txt"))
    session.run("mypy", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Every test, on the built wheel; pytest's own arguments go after `--`."""
    install(session, "tests")
    session.run("pytest", *session.posargs)


@nox.session
def wheels(session: nox.Session) -> None:
    """Build, repair, audit and prove wheels: `nox -s wheels -- --setup` on a bare machine."""
    install(session, "build")
    session.run("npwheel", "build", *session.posargs)


@nox.session
def pins(session: nox.Session) -> None:
    """Refresh every pinned data file: locks, NumPy's table, image contents."""
    session.install("--require-hashes", "-r", str(LOCKS / "build.txt"))
    for source in sorted(LOCKS.glob("*.in")):
        session.run(
            "uv", "pip", "compile", "-q", "--generate-hashes", "--no-header", "--universal",
            "--python-version", "3.11", "--upgrade", "-o", str(source.with_suffix(".txt")),
            str(source),
        )  # fmt: skip
