"""Roots of other systems, and how a scene runs in one."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from doctorlab.lab import Lab, Missing, made_once
from doctorlab.scene import Setup
from npwheel.containers.local import make, recipes
from npwheel.core import paths
from npwheel.core.errors import NpwheelError


def root(lab: Lab, suite: str, arch: str, include: str = "python3") -> Path:
    """A Debian root of this machine's architecture or i386, made once by debootstrap."""
    lab.root_user()
    name = f"{suite}-{arch}-{include.replace(',', '+')}"
    where = lab.cache / "roots" / name
    with made_once(where) as new:
        if new:
            first = [lab.tool("debootstrap"), "--foreign", "--variant=minbase"]
            first += [f"--include={include}", f"--arch={arch}", suite, str(new)]
            bootstrap(first, name)
            # A root that is thrown away when anything fails need not be synced to the disk.
            fast = new / "etc/dpkg/dpkg.cfg.d/fast"
            fast.parent.mkdir(parents=True, exist_ok=True)
            fast.write_text("force-unsafe-io\npath-exclude=/usr/share/doc/*\n")
            second = ["/debootstrap/debootstrap", "--second-stage"]
            bootstrap([*enter(lab, new, lab.scratch), *second], name)
            shutil.rmtree(new / "var/cache/apt", ignore_errors=True)
    return where


def bootstrap(command: Sequence[str], name: str) -> None:
    """One stage of debootstrap, or Missing."""
    env = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/usr/bin:/sbin:/bin"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    if done.returncode:
        raise Missing(f"the Debian root {name}: debootstrap said {done.stdout[-300:]}")


def system(lab: Lab, name: str) -> tuple[Path, dict[str, str]]:
    """(root, version -> its Python) of one of the project's own systems."""
    lab.root_user()
    if name in lab.refused:
        raise Missing(lab.refused[name])
    log = lab.scratch / f"{name}.log"
    try:
        with log.open("w") as file:
            made = make(
                recipes()[f"system_{name}"],
                cache=paths.cache() / "images",
                progress=lambda text: None,
                log=file,
            )
    except NpwheelError as error:
        lab.refused[name] = f"the system {name}: {' '.join(str(error).split())}"
        raise Missing(lab.refused[name]) from error
    where = lab.cache / "roots" / f"{name}-{made.sha256[:12]}"
    with made_once(where) as new:
        if new:
            new.mkdir()
            lab.run(["tar", "-xpf", made.tar, "-C", new])
    return where, dict(made.pythons)


def debian(lab: Lab) -> Path:
    """Debian 13 with its own NumPy and OpenBLAS; a NumPy on PYTHONPATH comes before it."""
    return root(lab, "trixie", "amd64", "python3,python3-numpy,libopenblas0-pthread")


def enter(lab: Lab, where: Path, at: Path) -> list[str]:
    """The prefix that runs a command in a root, with a /proc that goes away with it."""
    chroot = lab.tool("chroot")
    script = at / "enter"
    lines = (
        "#!/bin/sh",
        "set -e",
        f"mkdir -p {where}/proc {where}/dev",
        f"mount -t proc proc {where}/proc",
        f"mount --rbind /dev {where}/dev",
        f'exec {chroot} {where} "$@"',
    )
    script.write_text("\n".join(lines) + "\n")
    script.chmod(0o755)
    return [lab.tool("unshare"), "-m", str(script)]


def stage(lab: Lab, where: Path, at: Path) -> Path:
    """An empty folder of this scene in a root, which goes when the scene is over."""
    folder = where / "scenes" / f"{at.name}-{os.getpid()}"  # roots are shared by processes
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    lab.closing.append(lambda: shutil.rmtree(folder, ignore_errors=True))
    return folder


def chroot(
    lab: Lab,
    where: Path,
    at: Path,
    files: Mapping[Path, str],
    modules: Sequence[str],
    python: str = "/usr/bin/python3",
) -> Setup:
    """The root's own Python, with files on its PYTHONPATH, runs the doctor."""
    folder = stage(lab, where, at)
    for source, name in files.items():
        if source.is_dir():
            shutil.copytree(source, folder / name, symlinks=True)
        else:
            shutil.copy(source, folder / name)
    shutil.copy(lab.doctor, folder / "npwheel-doctor.pyz")
    inside = f"/scenes/{folder.name}"
    env = {"PYTHONPATH": inside, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
    return Setup(
        python, at, env, prefix=enter(lab, where, at), modules=modules,
        doctor=f"{inside}/npwheel-doctor.pyz",
    )  # fmt: skip
