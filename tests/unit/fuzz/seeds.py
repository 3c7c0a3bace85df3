"""Writes the first inputs of each target: small files that reach the readers' code.

`python tests/fuzz/seeds.py`; what fuzzing found beside them is kept too.
"""

from __future__ import annotations

import importlib
import io
import struct
import sys
import warnings
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "support"))

from elf_builder import Shared  # noqa: E402

OLD = b"module compiled against API version 0x%x but this version of numpy is 0x%x\0"
NEW = b"module was compiled against NumPy C-API version 0x%x (NumPy 1.23) but the running\0"
SIZE = b"%.200s.%.200s size changed, may indicate binary incompatibility. Expected %zd\0"
NAMES = b"numpy\0dtype\0ndarray\0ufunc\0_ARRAY_API\0__pyx_capi__\0"


def x86_64(text: int, constant: int) -> bytes:
    """lea rsi, [rip+text]; mov edx, constant; call."""
    lea = b"\x48\x8d\x35" + struct.pack("<i", text - (Shared.CODE + 7))
    return lea + b"\xba" + struct.pack("<I", constant) + b"\xe8\0\0\0\0"


def aarch64(text: int, constant: int) -> bytes:
    """adrp x1; add x1; mov w2, constant; bl."""
    pages = (text >> 12) - (Shared.CODE >> 12)
    adrp = 0x90000001 | (pages & 3) << 29 | (pages >> 2 & 0x7FFFF) << 5
    add = 0x91000021 | (text & 0xFFF) << 10
    return struct.pack("<IIII", adrp, add, 0x52800002 | constant << 5, 0x94000000)


def elves() -> dict[str, bytes]:
    """Name -> file."""
    made = {}
    for machine, code in (("x86_64", x86_64), ("aarch64", aarch64)):
        common = {"machine": machine, "needed": ["libc.so.6"], "defined": ["PyInit_x"],
                  "verneed": {"libc.so.6": ["GLIBC_2.17"]}}  # fmt: skip
        made[f"{machine}-old"] = Shared(
            **common, code=code(Shared.DATA, 0xD), data=OLD + NAMES
        ).build()
        made[f"{machine}-new"] = Shared(
            **common, code=code(Shared.DATA, 0x10), data=NEW + NAMES
        ).build()
        made[f"{machine}-sizes"] = Shared(
            **common, code=code(Shared.DATA, 96), data=b"dtype\0" + SIZE + NAMES
        ).build()
    sections = struct.pack("<IIQQQQIIQQ", 0, 1, 6, Shared.CODE, 0x300, 1, 0, 0, 1, 0)
    lying = bytearray(made["x86_64-old"] + sections * 3)
    struct.pack_into("<Q", lying, 40, len(lying) - 3 * len(sections))
    struct.pack_into("<HHH", lying, 58, len(sections), 3, 2)
    made["x86_64-sections"] = bytes(lying)
    made["i686"] = Shared(machine="i686", code=b"\x8d\x83\0\0\0\0\x6a\x0d", data=OLD).build()
    made["s390x"] = Shared(machine="s390x", data=OLD, soname="x").build()
    return made


def wheels() -> dict[str, bytes]:
    """Name -> wheel file: sound ones, and one for each trick that archives play."""
    info = "pkg-1.0.dist-info"
    about = (
        "Metadata-Version: 2.1\nName: pkg\nVersion: 1.0\nRequires-Dist: numpy>=1.20; extra=='x'\n"
    )
    texts = {
        f"{info}/METADATA": about + "Requires-Python: >=3.9\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nTag: cp311-cp311-manylinux_2_17_x86_64\n",
        f"{info}/RECORD": f"{info}/METADATA,,\npkg/mod.so,,\n",
    }
    made = {}
    for kind in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA):
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w", kind) as archive:
            for name, text in texts.items():
                archive.writestr(name, text)
            archive.writestr("pkg/mod.so", elves()["x86_64-old"])
            archive.writestr("pkg.libs/libopenblas-0.so", elves()["aarch64-new"])
            archive.writestr("../out", "x")
        made[f"method-{kind}"] = content.getvalue()
    link = io.BytesIO()
    with zipfile.ZipFile(link, "w") as archive:
        entry = zipfile.ZipInfo("pkg/link.so")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
        with warnings.catch_warnings(action="ignore"):
            archive.writestr("pkg/link.so", b"\x7fELF" * 20)
    made["link-and-duplicate"] = link.getvalue()
    # A member that claims to be smaller than what it unpacks to, by each method.
    for method in (8, 12, 14):
        small = bytearray(made["method-8"])
        at = small.rfind(b"PK\1\2", 0, small.rfind(b"pkg/mod.so"))
        struct.pack_into("<H", small, at + 10, method)
        struct.pack_into("<I", small, at + 24, 100)
        made[f"claims-{method}"] = bytes(small)
    made["comment"] = made["method-0"][:-2] + struct.pack("<H", 4) + b"PK\5\6"
    return made


def split(target: str) -> dict[str, bytes]:
    """Name -> input: the pieces of a target, one after the other and all at once."""
    module = importlib.import_module(f"{target}_target")
    pieces = module.PROJECTS if target == "sdists" else module.PIECES
    made = {f"{number:02}": module.SPLIT.join(pieces[number:]) for number in range(len(pieces))}
    return made | ({"archive": module.archive(pieces[:3])} if target == "sdists" else {})


if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    made = {"elf": elves(), "wheel": wheels()}
    made |= {target: split(target) for target in ("sdists", "environments")}
    for target, inputs in made.items():
        folder = HERE / "corpus" / target
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in inputs.items():
            (folder / name).write_bytes(content)
