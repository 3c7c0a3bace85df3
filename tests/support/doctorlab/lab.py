"""The workshop: wheels, interpreters, environments and roots, each made once and then shared.

Everything that is fetched or built lies in the cache ($NPWHEEL_CACHE, or the
user's), so that a second run needs no network. Environments are made of hard
links: never write into a file of one, replace it (`Lab.replace`).
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

VERSIONS = ("3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15")
GLIBC = ("manylinux_2_28", "manylinux_2_27", "manylinux_2_17", "manylinux2014",
         "manylinux2010", "manylinux1", "manylinux_2_12", "manylinux_2_5")  # fmt: skip
PLATFORMS = {
    "x86_64": [f"{tag}_x86_64" for tag in GLIBC],
    "aarch64": [f"{tag}_aarch64" for tag in GLIBC[:4]],
    "musl": ["musllinux_1_2_x86_64", "musllinux_1_1_x86_64"],
    "musl-aarch64": ["musllinux_1_2_aarch64", "musllinux_1_1_aarch64"],
    "windows": ["win_amd64"],
    "macos": ["macosx_11_0_arm64", "macosx_14_0_arm64"],
}


class Missing(Exception):
    """Something that a scene needs is not on this machine; the message names it."""


def cache_folder() -> Path:
    """Where wheels and roots are kept between runs."""
    base = os.environ.get("NPWHEEL_CACHE") or "~/.cache/npwheel"
    folder = Path(base).expanduser() / "doctor"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def made_once(folder: Path) -> Iterator[Path | None]:
    """The folder to fill, which gets its name when it is whole; None if it is there.

    Several test processes share the cache: one makes, the others wait.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f".{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.is_dir():
            yield None
            return
        new = folder.with_name(f".{folder.name}.making")
        shutil.rmtree(new, ignore_errors=True)  # of a process that was ended
        yield new
        new.rename(folder)


@cache
def interpreters() -> dict[str, str]:
    """X.Y -> a CPython of that version that starts, from NPWHEEL_PYTHONS, PATH and pyenv."""
    places = [Path(p) for p in os.environ.get("NPWHEEL_PYTHONS", "").split(os.pathsep) if p]
    places += [Path(p) for p in os.environ.get("PATH", "").split(os.pathsep) if p]
    if shutil.which("pyenv"):
        root = subprocess.run(["pyenv", "root"], capture_output=True, text=True, check=False)
        places += sorted(Path(root.stdout.strip()).glob("versions/*/bin"))
    found: dict[str, str] = {}
    code = "import sys; print('%d.%d' % sys.version_info[:2]); print(sys.executable)"
    for version in ("2.7", *VERSIONS):
        for place in places:
            exe = place / f"python{version}"
            if not os.access(exe, os.X_OK):
                continue
            env = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
            done = subprocess.run(
                [str(exe), "-c", code], capture_output=True, text=True, check=False, env=env
            )
            lines = done.stdout.splitlines()
            if done.returncode == 0 and lines[:1] == [version]:
                found[version] = os.path.realpath(lines[1])
                break
    return found


class Lab:
    """Makes what scenes are built from."""

    def __init__(self, doctor: Path, scratch: Path) -> None:
        self.doctor = doctor  # the .pyz under test
        self.scratch = scratch
        self.cache = cache_folder()
        self.refused: dict[str, str] = {}  # homes that cannot be made, and why
        self.closing: list[Callable[[], None]] = []  # called when the scene is over

    def close(self) -> None:
        """Undo what a scene left behind outside of its folder."""
        while self.closing:
            self.closing.pop()()

    # --- tools

    def tool(self, name: str) -> str:
        """A program on PATH, or Missing."""
        beside = Path(sys.executable).parent / name
        found = str(beside) if beside.exists() else shutil.which(name)
        if not found:
            raise Missing(f"the program {name}")
        return found

    def python(self, version: str) -> str:
        """An interpreter of that version, or Missing."""
        if version not in interpreters():
            raise Missing(f"Python {version} (on PATH, in NPWHEEL_PYTHONS or by pyenv)")
        return interpreters()[version]

    def root_user(self) -> None:
        """Missing unless we are root."""
        if os.geteuid() != 0:
            raise Missing("root")

    @staticmethod
    def run(command: Sequence[str | Path], **options: object) -> subprocess.CompletedProcess[str]:
        """Run a tool; its output is in the error if it fails."""
        words = [str(word) for word in command]
        done = subprocess.run(
            words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
            **options,  # type: ignore[call-overload]
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{' '.join(words)} failed with {done.returncode}:\n{done.stdout}")
        return done

    # --- wheels

    def wheel(self, name: str, version: str, python: str = "3.11", kind: str = "x86_64") -> Path:
        """A wheel of the package index, downloaded once by pip."""
        folder = self.cache / "wheels" / f"{name}-{version}-{python}-{kind}"
        with made_once(folder) as new:
            if new:
                command = [*self.pip(), "download", "-q", "--no-deps", "--only-binary=:all:"]
                command += ["--python-version", python, "--implementation", "cp", "-d", str(new)]
                for platform in PLATFORMS[kind.removesuffix("-cp27")]:
                    command += ["--platform", platform]
                if kind.endswith("-cp27"):
                    command += ["--abi", "cp27mu"]
                self.run([*command, f"{name}=={version}"])
        return next(folder.glob("*.whl"))

    @staticmethod
    @cache
    def pip() -> list[str]:
        """A pip that works: of these tests' Python, else of any other."""
        for exe in [sys.executable, *sorted(interpreters().values(), reverse=True)]:
            command = [exe, "-m", "pip"]
            if (
                subprocess.run([*command, "--version"], capture_output=True, check=False).returncode
                == 0
            ):
                return command
        raise Missing("pip for any Python")

    def tree(self, wheel: Path, python: str | None = None) -> Path:
        """The unpacked wheel, with bytecode of `python` if one is given."""
        folder = self.cache / "trees" / f"{wheel.parent.name}+{python or 'none'}"
        with made_once(folder) as new:
            if new:
                with zipfile.ZipFile(wheel) as archive:
                    archive.extractall(new)
                if python:
                    self.run([self.python(python), "-m", "compileall", "-q", new, "-x", "tests"])
        return folder

    @staticmethod
    def link(source: Path, target: Path) -> None:
        """Copy a folder by hard links, over what is there."""
        shutil.copytree(source, target, copy_function=link_over, symlinks=True, dirs_exist_ok=True)

    # --- environments

    def venv(self, at: Path, python: str = "3.11", pip: str = "") -> Path:
        """An empty virtual environment; returns its site-packages."""
        exe = self.python(python)
        self.run([exe, "-m", "venv", "--without-pip", at / "venv"])
        site = at / "venv" / "lib" / f"python{python}" / "site-packages"
        if pip:
            self.link(self.tree(self.wheel("pip", pip, python)), site)
        return site

    def numpy(
        self, at: Path, version: str, python: str = "3.11", kind: str = "x86_64", of: str = ""
    ) -> Path:
        """An environment of `python` with that NumPy, whose wheel is for Python `of`."""
        site = self.venv(at, python)
        wheel = self.wheel("numpy", version, of or python, kind)
        fits = kind == "x86_64" and not of
        self.link(self.tree(wheel, python if fits else None), site)
        return site

    def exe(self, site: Path) -> str:
        """The interpreter of the environment with that site-packages."""
        return str(site.parents[2] / "bin" / "python")

    @staticmethod
    def replace(path: Path, data: bytes) -> None:
        """New contents for a file that may be a hard link."""
        path.unlink(missing_ok=True)
        path.write_bytes(data)

    def needing(self, core: Path, library: str) -> None:
        """NumPy's core asks for that library, and no longer for the OpenBLAS in its wheel."""

        def renamed(match: re.Match[bytes]) -> bytes:
            return library.encode().ljust(len(match[0]), b"\0")

        # In the table of strings, to which DT_NEEDED points; auditwheel put a hash there.
        bundled = rb"lib[\w.]*openblas[\w.]*-[\w.-]+\.so(?=\0)"
        data, count = re.subn(bundled, renamed, core.read_bytes())
        assert count == 1
        self.replace(core, data)

    # --- extensions

    def suffix(self, python: str) -> str:
        """EXT_SUFFIX of a Python."""
        code = "import sysconfig; print(sysconfig.get_config_var('EXT_SUFFIX'))"
        return self.run([self.python(python), "-c", code]).stdout.strip()

    def extension(
        self,
        name: str,
        source: str,
        headers: Path | None = None,
        python: str = "3.11",
        flags: Sequence[str] = (),
    ) -> Path:
        """Compile a one-file extension against a Python and a NumPy tree; built once."""
        include = self.run(
            [self.python(python), "-c", "import sysconfig; print(sysconfig.get_paths()['include'])"]
        ).stdout.strip()
        folder = self.scratch / "extensions" / re.sub(r"\W", "-", f"{name}-{python}") / "out"
        folder.mkdir(parents=True, exist_ok=True)  # holds the module alone
        target = folder / (name + self.suffix(python))
        if target.exists():
            return target
        cplusplus = "iostream" in source
        file = folder.parent / f"{name}.{'cc' if cplusplus else 'c'}"
        file.write_text(source)
        words = [self.tool("g++" if cplusplus else "gcc"), "-shared", "-fPIC", "-O1", "-w"]
        words += ["-I", include]
        if headers is not None:
            core = "_core" if (headers / "numpy/_core/include").is_dir() else "core"
            words += ["-I", str(headers / "numpy" / core / "include")]
        self.run([*words, str(file), "-o", str(target), *flags])
        return target


def link_over(source: str, target: str) -> str:
    """A hard link, or a copy across file systems; replaces what is there."""
    Path(target).unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target
