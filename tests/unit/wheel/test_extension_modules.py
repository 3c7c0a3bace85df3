"""Which files of a wheel are extension modules; the shared objects are compiled here."""

import shutil
import subprocess
import sys
import zipfile

import pytest

from npwheel import elf
from npwheel.audit.collect_facts import collect_facts
from npwheel.prove import wheel_contents
from npwheel.sbom import binary_claims
from npwheel.wheel import extension_modules, open_wheel

SUFFIX = "cpython-311-x86_64-linux-gnu.so"
NAME = "pkg-1-cp311-cp311-manylinux_2_17_x86_64.whl"
SIZE = "PyInitU_gre_6ka8i"  # "größe" in punycode, "-" as "_"


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """shared(*symbols) -> a shared object that exports functions of these names."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("NOT RUN: no C compiler (apt: gcc)")
    folder = tmp_path_factory.mktemp("shared")

    def build(*symbols, source=""):
        code = folder / "a.c"
        code.write_text(source + "".join(f"int {s}(void) {{ return 1; }}\n" for s in symbols))
        target = folder / "a.so"
        subprocess.run([compiler, "-shared", "-fPIC", "-o", target, code], check=True)
        return target.read_bytes()

    return build


@pytest.fixture
def wheel(tmp_path):
    def build(members):
        path = tmp_path / NAME
        with zipfile.ZipFile(path, "w") as archive:
            info = "Metadata-Version: 2.1\nName: pkg\nVersion: 1\n"
            archive.writestr("pkg-1.dist-info/METADATA", info)
            for name, content in members.items():
                archive.writestr(name, content)
        return path

    return build


@pytest.mark.parametrize(
    ("path", "symbol", "name"),
    [
        (f"pkg/a.{SUFFIX}", "PyInit_a", "pkg.a"),
        ("pkg/a.abi3.so", "PyModExport_a", "pkg.a"),
        ("pkg/a.abi3t.so", "PyModExport_a", "pkg.a"),
        (f"größe.{SUFFIX}", SIZE, "größe"),
        ("größe.abi3.so", SIZE.replace("PyInit", "PyModExport"), "größe"),
        (f"pkg/sub/__init__.{SUFFIX}", "PyInit_sub", "pkg.sub"),
        (f"pkg/sub/__init__.{SUFFIX}", "PyInit___init__", "pkg.sub"),
        (f"pkg-1.data/platlib/pkg/a.{SUFFIX}", "PyInit_a", "pkg.a"),
        (f"pkg-1.data/purelib/a.{SUFFIX}", "PyInit_a", "a"),
        ("pkg/libother.so", "PyInit_a", None),
        ("pkg/a.so.1", "PyInit_a", None),
        ("pkg.libs/a.so", "PyInit_a", None),
        ("pkg/a.so", "APyInit_a", None),
    ],
)
def test_module_is_found_by_its_hook(shared, wheel, path, symbol, name):
    file = wheel({path: shared(symbol)})
    found = wheel_contents.read(file)
    assert found.modules == ((name,) if name else ())
    assert bool(found.libraries) == (name is None)
    # SBOM and audit read the same facts: a module is never listed as a library.
    hooked = not symbol.startswith("A")
    assert bool(binary_claims.read(file).libraries) != hooked
    with open_wheel(file) as source:
        (module,) = collect_facts(source, lambda *_: None).modules
    assert module.is_extension == hooked


def test_undefined_hook_is_not_a_module(shared):
    source = "int PyInit_a(void); int f(void) { return PyInit_a(); }\n"
    found = elf.read(shared(source=source))
    assert "PyInit_a" in found.undefined
    assert extension_modules.hooks(found) == ()


def test_hooks_agree_with_all_symbols(shared):
    found = elf.read(shared("PyInit_a", "PyModExport_a", SIZE, "PyInitial", "other"))
    hooks = extension_modules.hooks(found)
    assert {hook.symbol for hook in hooks} == {"PyInit_a", "PyModExport_a", SIZE}
    assert {hook.name for hook in hooks} == {"a", "größe"}
    assert all(hook.address for hook in hooks)


def test_modules_of_this_python_are_found():
    import _ctypes

    (hook,) = extension_modules.hooks(elf.read(_ctypes.__file__))
    assert (hook.symbol, hook.kind) == ("PyInit__ctypes", "init")


@pytest.mark.parametrize(
    ("members", "packages"),
    [
        (["pkg/__init__.py", "pkg/sub/__init__.py", "one.py"], ("one", "pkg")),
        (["space/a/b/__init__.py", "space/c.py"], ("space.a.b",)),
        (["space/c.py"], ("space.c",)),
        (["setup.py", "conftest.py", "pkg/__init__.py"], ("pkg",)),
        (["pkg/__init__.pyc"], ("pkg",)),
        (["pkg-1.data/purelib/pkg/__init__.py"], ("pkg",)),
        (["pkg-1.data/scripts/run.py", "pkg-1.data/data/x/__init__.py"], ()),
        (["a-b/__init__.py", "pkg/data.txt"], ()),
        ([f"pkg/__init__.{SUFFIX}"], ("pkg",)),
    ],
)
def test_top_level_packages(wheel, members, packages):
    assert wheel_contents.read(wheel(dict.fromkeys(members, ""))).packages == packages


def test_damaged_module_is_listed_as_imported(wheel):
    found = wheel_contents.read(wheel({f"pkg/a.{SUFFIX}": b"\x7fELF" + bytes(100)}))
    assert found.modules == ("pkg.a",)


MODULE = """
#define Py_LIMITED_API 0x03090000
#include <Python.h>
static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "x", 0, 0, 0, 0, 0, 0, 0};
PyMODINIT_FUNC %s(void) { return PyModuleDef_Init(&def); }
"""


@pytest.mark.parametrize(
    ("path", "symbol", "name"),
    [
        (f"grüße/größe.{'abi3.so'}", SIZE, "grüße.größe"),
        ("pkg/sub/__init__.abi3.so", "PyInit_sub", "pkg.sub"),
    ],
)
def test_python_imports_the_found_modules(tmp_path, path, symbol, name):
    import sysconfig

    compiler, include = shutil.which("cc"), sysconfig.get_path("include")
    code = tmp_path / "a.c"
    code.write_text(MODULE % symbol)
    file = tmp_path / "site" / path
    file.parent.mkdir(parents=True)
    command = [compiler or "cc", "-shared", "-fPIC", f"-I{include}", "-o", file, code]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    if built.returncode:
        pytest.skip(
            f"NOT RUN: no Python.h for this Python (apt: python3-dev): {built.stderr[-80:]}"
        )
    found = extension_modules.hooks(elf.read(file))
    assert extension_modules.import_name(path, found) == name
    command = [sys.executable, "-c", f"import {name}"]
    done = subprocess.run(command, cwd=tmp_path / "site", check=False, capture_output=True)
    assert done.returncode == 0, done.stderr
