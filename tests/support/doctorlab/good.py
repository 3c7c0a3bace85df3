"""Scenes in which nothing is wrong; the doctor must not find anything."""

from __future__ import annotations

from pathlib import Path

from doctorlab.broken_machines import emulated_arm, on_alpine
from doctorlab.lab import Lab, Missing
from doctorlab.roots import chroot, debian, system
from doctorlab.scene import Setup, healthy


@healthy("venv-2.2.6", "numpy 2.2.6 from the package index in a Python 3.11 venv")
def venv(lab: Lab, at: Path) -> Setup:
    return Setup(lab.exe(lab.numpy(at, "2.2.6")), at)


@healthy("oldest", "numpy 1.11.3, the oldest wheel there is, on Python 3.6")
def oldest(lab: Lab, at: Path) -> Setup:
    return Setup(lab.exe(lab.numpy(at, "1.11.3", python="3.6")), at)


@healthy("newest", "numpy 2.5.5 on Python 3.13")
def newest(lab: Lab, at: Path) -> Setup:
    return Setup(lab.exe(lab.numpy(at, "2.5.5", python="3.13")), at)


@healthy("with-pandas", "numpy 2.2.6 and pandas 2.2.3, which is built on it")
def with_pandas(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "2.2.6")
    for name, version in (("pandas", "2.2.3"), ("pytz", "2024.1"), ("six", "1.16.0"),
                          ("python-dateutil", "2.9.0.post0"), ("tzdata", "2024.1")):  # fmt: skip
        lab.link(lab.tree(lab.wheel(name, version, "3.11"), "3.11"), site)
    return Setup(lab.exe(site), at)


@healthy("debian", "Debian 13 with python3-numpy and libopenblas0-pthread from the system")
def debian_packages(lab: Lab, at: Path) -> Setup:
    return chroot(lab, debian(lab), at, {}, [])


@healthy("python-3.14", "the newest NumPy for Python 3.14 in Debian testing (glibc 2.43)")
def python_314(lab: Lab, at: Path) -> Setup:
    where, pythons = system(lab, "debian_testing_x86_64")
    if "3.14" not in pythons:
        raise Missing("a Debian testing with Python 3.14: it has " + ", ".join(pythons))
    tree = lab.tree(lab.wheel("numpy", "2.5.5", "3.14"))
    files = {tree / name.name: name.name for name in tree.iterdir()}
    return chroot(lab, where, at, files, [], pythons["3.14"])


@healthy("aarch64-emulated", "numpy 2.2.6 in an arm64 Debian 13 root, emulated")
def aarch64(lab: Lab, at: Path) -> Setup:
    return emulated_arm(lab, at, "2.2.6", QEMU_CPU="cortex-a72")


@healthy("alpine", "the musllinux wheel of numpy 2.2.6 in Alpine 3.23, Python 3.12")
def alpine(lab: Lab, at: Path) -> Setup:
    return on_alpine(lab, at, "musl")
