"""Real local images of this machine's architecture, made once into npwheel's cache."""

import hashlib
import io
import os
import shutil
import subprocess
from pathlib import Path

import components
import pytest

from npwheel import elf
from npwheel.containers import emulation, local
from npwheel.containers.local import Root, chroot, debian_locks, image_cache
from npwheel.core import paths

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="NOT RUN, making images needs root"),
]

ARCH = emulation.machine()
MODULE = """
#include <stdio.h>
int answer(int x) { return printf("%d", x); }
"""
ALONE = "int answer(int x) { return x + 1; }\n"  # calls nothing
CXX_MODULE = """
#include <map>
#include <stdexcept>
#include <string>
extern "C" int answer(int x) {
    std::map<std::string, int> m;
    try { m["x"] = x; if (x > 0) throw std::runtime_error("x"); } catch (const std::exception &) {}
    return m.at("x");
}
"""


class Image:
    """A made image, unpacked where it can be run."""

    def __init__(self, name: str, folder: Path) -> None:
        self.recipe = local.recipes()[name]
        missing = [program for program, _ in self.recipe.needs if not shutil.which(program)]
        if missing:
            components.skip(", ".join(missing), "the image cannot be made")
        self.made: Root = local.make(
            self.recipe, cache=paths.cache() / "images", progress=print, log=io.StringIO()
        )
        self.root = folder
        subprocess.run(["tar", "-xf", self.made.tar, "-C", folder], check=True)

    def run(self, script: str) -> list[str]:
        lines: list[str] = []
        chroot.run(self.root, ["/bin/bash", "-c", script], ARCH, io.StringIO(), lines.append)
        return lines

    def needed(self, source: str, compiler: str, suffix: str) -> set[str]:
        """What a module compiled and linked as setuptools does needs."""
        (self.root / "tmp" / f"t.{suffix}").write_text(source)
        self.run(
            f"cd /tmp && {compiler} -O3 -g -fPIC -c t.{suffix} -o t.o && "
            f"{compiler} -shared -s t.o -o t.so && rm t.o"
        )
        return set(elf.read(self.root / "tmp/t.so").needed)


@pytest.fixture(scope="module")
def manylinux(tmp_path_factory: pytest.TempPathFactory) -> Image:
    return Image(f"manylinux_{ARCH}", tmp_path_factory.mktemp("manylinux"))


@pytest.fixture(scope="module")
def musllinux(tmp_path_factory: pytest.TempPathFactory) -> Image:
    return Image(f"musllinux_{ARCH}", tmp_path_factory.mktemp("musllinux"))


@pytest.fixture(scope="module", params=["manylinux", "musllinux"])
def image(request: pytest.FixtureRequest) -> Image:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Image)
    return found


def test_tar_matches_its_recorded_hash(image: Image) -> None:
    with image.made.tar.open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == image.made.sha256
    lines = image.made.packages.read_text().splitlines()
    assert len(lines) > 10
    for line in lines:
        _, version, digest = line.split(" ")
        assert version[0].isdigit()
        assert digest.startswith(("sha256:", "Q1"))


def test_debian_packages_match_the_lock(manylinux: Image) -> None:
    recipe, made = manylinux.recipe, manylinux.made
    assert recipe.lock is not None
    locked = debian_locks.read(recipe.lock)
    found = {package.name: package for package in image_cache.packages(made)}
    deviating = {line.split(" ")[0] for line in debian_locks.image_deviations(recipe, made)}
    as_locked = (locked.keys() | found.keys()) - deviating
    for name in as_locked:
        assert found[name].digest == locked[name].digest, name
    # A mirror has newer packages, but another release or resolution differs much more.
    assert len(deviating) < len(as_locked) / 10, f"{recipe.lock.name} is out of date: nox -s pins"


def test_image_has_the_pythons_and_libc_of_its_recipe(image: Image) -> None:
    made, recipe = image.made, image.recipe
    assert tuple(made.pythons) == recipe.pythons
    promised = {r.name: r.libc_version for r in recipe.releases}
    taken = next(name for name in promised if made.release.startswith(name))
    assert made.libc_version == promised[taken]


def test_each_python_has_pip_and_build_and_this_compiler(image: Image) -> None:
    for version, python in image.made.pythons.items():
        out = image.run(
            f"{python} -m pip --version && {python} -m pip install --help > /dev/null && "
            f"{python} -m build --version && "
            f'{python} -c \'import sysconfig as s; print(s.get_config_var("CC"),'
            ' s.get_path("include"))\''
        )
        assert f"(python {version})" in out[0]
        compiler, include = out[-1].split()
        assert compiler == "gcc"
        assert (image.root / include.lstrip("/") / "Python.h").is_file()


def test_image_has_the_programs_that_cibuildwheel_requires(image: Image) -> None:
    out = image.run(
        "PATH=/opt/python/cp313-cp313/bin:$PATH; which python; which pip; which uv;"
        "/opt/python/cp39-cp39/bin/python -c 'import json';"
        "auditwheel --version; patchelf --version"
    )
    assert out[:3] == [
        "/opt/python/cp313-cp313/bin/python",
        "/opt/python/cp313-cp313/bin/pip",
        "/usr/local/bin/uv",
    ]
    assert out[3].startswith("auditwheel 6.8")
    assert out[-1].startswith("patchelf 0.")


def test_a_musl_module_needs_alpines_libc_and_nothing_else(musllinux: Image) -> None:
    libc = f"libc.musl-{ARCH}.so.1"
    assert musllinux.needed(MODULE, "cc", "c") == {libc}
    assert musllinux.needed(ALONE, "cc", "c") == {libc}  # auditwheel asks for it
    assert musllinux.needed(CXX_MODULE, "c++", "cc") == {libc}  # libc++ is inside


def test_a_glibc_module_needs_the_systems_libraries(manylinux: Image) -> None:
    assert "libc.so.6" in manylinux.needed(ALONE, "cc", "c")  # auditwheel asks for it
    assert manylinux.needed(CXX_MODULE, "c++", "cc") <= {
        "libc.so.6", "libm.so.6", "libstdc++.so.6", "libgcc_s.so.1",
    }  # fmt: skip
    fortran = "      subroutine t\n      print *, 1\n      end\n"
    assert any(n.startswith("libgfortran") for n in manylinux.needed(fortran, "gfortran", "f"))


@pytest.mark.parametrize(
    "link",
    [
        "cc -shared -fPIC -O3 -DNDEBUG -g -Wl,-soname,t.so t.c -o t.so",
        "c++ -shared -fPIC -O2 -s -march=x86-64-v2 t.o -o t.so",
        "cc -v -Wl,-v t.o -o t",  # how CMake asks for the ABI
    ],
)
def test_zig_links_with_the_runtime_in_the_image(musllinux: Image, link: str) -> None:
    """By default Zig compiles libc++ for each set of flags, which takes most of a minute."""
    made = "ls -d /opt/zig/cache/o/*/libc++.a /opt/zig/cache/o/*/libcompiler_rt.a"
    before = musllinux.run(made)
    assert len(before) >= 2
    script = "cd /tmp && echo 'int main(void) { return 0; }' > t.c && cc -O3 -fPIC -c t.c -o t.o"
    musllinux.run(f"{script} && {link}")
    assert musllinux.run(made) == before


def test_there_is_no_glibc_on_alpine(musllinux: Image) -> None:
    assert not [*musllinux.root.rglob("libc.so.6"), *musllinux.root.rglob("ld-linux*")]
