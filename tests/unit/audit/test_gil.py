"""What a module for free-threaded Pythons declares of the GIL, in files of real compilers.

The structures have the layout of CPython 3.14t's headers, so no such Python is needed.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import components
import pytest
from rule_wheels import findings, make

FREE = "cp314-cp314t-manylinux_2_17_{arch}"
NAME = "pkg/mod.cpython-314t-{arch}-linux-gnu.so"
DEFINITION = """
#include <stdint.h>
typedef struct {{ int id; void *value; }} Slot;
typedef struct {{
    char head[32]; void *init; intptr_t index; void *copy;
    const char *name, *doc; intptr_t size; void *methods; Slot *slots; void *more[3];
}} Def;
extern void *PyModuleDef_Init(Def *), *PyModule_Create2(Def *, int);
extern int PyUnstable_Module_SetGIL(void *, void *);
static int run(void *module) {{ return module == 0; }}
{slots}
static Def def = {{ .name = "mod", .size = -1, .slots = {array} }};
void *PyInit_mod(void) {{ {body} }}
"""
EXPORTED = """
#include <stdint.h>
typedef struct {{ uint16_t id, flags; uint32_t pad; uint64_t value; }} Slot;
static Slot slots[] = {{ {{4, 0, 0, {value}}}, {{0, 0, 0, 0}} }};
Slot *PyModExport_mod(void) {{ return slots; }}
"""
TWO_PHASE = "return PyModuleDef_Init(&def);"
ONE_PHASE = "return PyModule_Create2(&def, 1013);"
AT_RUN_TIME = """void *m = PyModule_Create2(&def, 1013);
    PyUnstable_Module_SetGIL(m, (void *)1); return m;"""


def slots(*records: str) -> dict[str, str]:
    rows = ", ".join(["{2, run}", *records, "{0, 0}"])
    return {"slots": f"static Slot slots[] = {{ {rows} }};", "array": "slots"}


NONE = {"slots": "", "array": "0"}
CASES = {
    "declared": (DEFINITION.format(**slots("{4, (void *)1}"), body=TWO_PHASE), False),
    "used": (DEFINITION.format(**slots("{4, (void *)0}"), body=TWO_PHASE), True),
    "no slot": (DEFINITION.format(**slots(), body=TWO_PHASE), True),
    "declared, in one phase too": (
        DEFINITION.format(**slots("{4, (void *)1}"), body=ONE_PHASE), False,
    ),
    "one phase": (DEFINITION.format(**NONE, body=ONE_PHASE), True),
    "at run time": (DEFINITION.format(**NONE, body=AT_RUN_TIME), False),
    "written by code": (
        DEFINITION.format(
            slots="static Slot slots[4];", array="slots",
            body="slots[0].id = 4; slots[0].value = (void *)1; return PyModuleDef_Init(&def);",
        ), False,
    ),
    "exported, declared": (EXPORTED.format(value=1), False),
    "exported, used": (EXPORTED.format(value=0), True),
}  # fmt: skip


def compiled(folder: Path, source: str, compiler: str) -> bytes:
    (folder / "mod.c").write_text(source)
    command = [compiler, "-O2", "-fPIC", "-shared", "-o", str(folder / "mod.so")]
    subprocess.run([*command, str(folder / "mod.c")], check=True)
    return (folder / "mod.so").read_bytes()


@pytest.mark.parametrize("component", ["c-compiler", "aarch64-compiler"])
@pytest.mark.parametrize("case", CASES)
def test_305_module_that_enables_the_gil(tmp_path, case: str, component: str) -> None:
    compiler = components.require(component)
    arch = "aarch64" if "aarch64" in compiler else "x86_64"
    source, enables = CASES[case]
    module = compiled(tmp_path, source, compiler)
    wheel = make(tmp_path, {NAME.format(arch=arch): module}, FREE.format(arch=arch))
    assert [f.severity for f in findings(wheel, "NPA305")] == ["warning"] * enables


def test_305_concerns_free_threaded_tags_only(tmp_path) -> None:
    source, _ = CASES["used"]
    module = compiled(tmp_path, source, components.require("c-compiler"))
    tag = "cp314-cp314-manylinux_2_17_x86_64"
    wheel = make(tmp_path, {"pkg/mod.cpython-314-x86_64-linux-gnu.so": module}, tag)
    assert findings(wheel, "NPA305") == []
