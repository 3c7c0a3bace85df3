"""Asks the CPU what it can do; runs inside the examined interpreter, like child.py.

Under an emulator /proc/cpuinfo shows the host's CPU, so the CPUID instruction
itself is executed (x86-64), or the kernel's auxiliary vector is read (ARM).

argv: result file descriptor. Result: one literal line `("cpu", {...})`.
"""

import ctypes
import mmap
import os
import sys
from typing import Any, Dict  # noqa: F401

# push rbx; mov r8, rdx; mov eax, edi; xor ecx, ecx; cpuid; mov [rsi], ecx; mov [r8], edx;
# pop rbx; ret. CPUID overwrites rdx, so the third argument is kept in r8.
CPUID = bytes.fromhex("53 49 89 d0 89 f8 31 c9 0f a2 89 0e 41 89 10 5b c3".replace(" ", ""))
LEAF_1 = {"pni": 0, "ssse3": 9, "cx16": 13, "sse4_1": 19, "sse4_2": 20, "popcnt": 23}
AT_HWCAP = 16
ARM_NEON, ARM_VFPV3 = 12, 13


def x86():
    # type: () -> Dict[str, Any]
    """{flag: bool} of x86-64-v2, by CPUID."""
    page = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(CPUID)
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    ask = ctypes.CFUNCTYPE(None, ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p)(address)

    def ecx(leaf):
        # type: (int) -> int
        one, two = ctypes.c_uint(), ctypes.c_uint()
        ask(leaf, ctypes.addressof(one), ctypes.addressof(two))
        return one.value

    first = ecx(1)
    flags = {name: bool(first >> bit & 1) for name, bit in LEAF_1.items()}
    flags["lahf_lm"] = bool(ecx(0x80000001) & 1)
    return {"x86": flags}


def arm():
    # type: () -> Dict[str, Any]
    """{"neon": bool, "vfpv3": bool, "hwcap": hex} by the auxiliary vector."""
    getauxval = ctypes.CDLL(None).getauxval
    getauxval.argtypes = (ctypes.c_ulong,)
    getauxval.restype = ctypes.c_ulong
    value = getauxval(AT_HWCAP)
    return {
        "neon": bool(value >> ARM_NEON & 1),
        "vfpv3": bool(value >> ARM_VFPV3 & 1),
        "hwcap": hex(value),
    }


def main():
    # type: () -> None
    """Ask, and write the answer."""
    machine = os.uname().machine
    answer = {}  # type: Dict[str, Any]
    if machine == "x86_64" and sys.maxsize > 2**32:
        answer = x86()
    elif machine.startswith("arm"):
        answer = arm()
    os.write(int(sys.argv[1]), (repr(("cpu", answer)) + "\n").encode("ascii"))


main()
