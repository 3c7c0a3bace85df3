"""CPythons from the tar of a newer Debian root; the tar is made here."""

import io
import json
import runpy
import tarfile

import pytest

from npwheel.containers import local
from npwheel.containers.local import install_newer_cpythons
from npwheel.core.errors import ImageError

INSIDE = "/opt/python/cp315-cp315"
VARIABLES = {"prefix": "/usr", "CC": "special-gcc", "LIBDIR": "/usr/lib"}
FILES = {
    "usr/bin/python3.15": "an ELF",
    "usr/bin/python3.15-config": "not needed",
    "usr/lib/python3.15/os.py": "",
    "usr/lib/python3.15/test/big.py": "left out",
    "usr/lib/python3.15/EXTERNALLY-MANAGED": "left out",
    "usr/lib/python3.15/_sysconfigdata__linux_x.py": f"build_time_vars = {VARIABLES}\n",
    "usr/lib/python3.15/_sysconfig_vars__linux_x.json": json.dumps(VARIABLES),
    "usr/lib/x86_64-linux-gnu/libc.so.6": "newer",
    "usr/lib/x86_64-linux-gnu/perl/x.so": "not needed",
    "usr/include/python3.15/Python.h": "",
    "usr/include/python3.15/pyconfig.h": "includes another",
    "usr/include/x86_64-linux-gnu/python3.15/pyconfig.h": "the real one",
    "etc/passwd": "not needed",
}


@pytest.fixture
def part(tmp_path):
    def make(files):
        path = tmp_path / "root.tar"
        with tarfile.open(path, "w") as archive:
            for name, text in files.items():
                member = tarfile.TarInfo(f"./{name}")
                member.size, member.mode = len(text), 0o755
                archive.addfile(member, io.BytesIO(text.encode()))
        return path

    return make


def test_a_newer_cpython_is_laid_out_with_its_libraries(part, tmp_path):
    root = tmp_path / "root"
    install_newer_cpythons.install(part(FILES), root, {"3.15": INSIDE})
    prefix = root / INSIDE.lstrip("/")
    found = {str(p.relative_to(root)) for p in root.rglob("*") if p.is_file()}
    assert found == {
        "opt/newer/cpythons", "opt/newer/lib/libc.so.6",
        *(f"opt/python/cp315-cp315/bin/{name}" for name in ("python", "python3", "python3.15")),
        *(
            f"opt/python/cp315-cp315/{name}"
            for name in (
                "lib/python3.15/os.py", "include/python3.15/Python.h",
                "include/python3.15/pyconfig.h", "lib/python3.15/_sysconfigdata__linux_x.py",
                "lib/python3.15/_sysconfig_vars__linux_x.json",
            )
        ),
    }  # fmt: skip
    assert (prefix / "include/python3.15/pyconfig.h").read_text() == "the real one"
    assert (root / "opt/newer/cpythons").read_text() == f"{INSIDE}/bin/python3.15\n"
    data = runpy.run_path(str(prefix / "lib/python3.15/_sysconfigdata__linux_x.py"))
    variables = data["build_time_vars"]
    assert (variables["prefix"], variables["CC"]) == (INSIDE, "gcc")
    saved = (prefix / "lib/python3.15/_sysconfig_vars__linux_x.json").read_text()
    assert json.loads(saved) == variables


def test_a_root_without_the_cpython_is_refused(part, tmp_path):
    files = {k: v for k, v in FILES.items() if "bin/" not in k}
    with pytest.raises(ImageError, match=r"3\.15"):
        install_newer_cpythons.install(part(files), tmp_path / "root", {"3.15": INSIDE})


@pytest.mark.parametrize("arch", ["x86_64", "aarch64"])
def test_glibc_images_promise_the_newer_cpythons_and_depend_on_their_root(arch):
    recipe = local.recipes()[f"manylinux_{arch}"]
    assert recipe.newer.name == f"part_testing_pythons_{arch}"
    assert recipe.pythons[-2:] == recipe.newer.pythons == ("3.14", "3.15")
    assert recipe.newer.lock in set(recipe.inputs())
