"""Run a command under limits: `python limits.py KEY=VALUE … -- COMMAND …` (standard library).

uid=N          become that user
nproc=N        RLIMIT_NPROC
address=N      RLIMIT_AS in MiB, soft alone (`ulimit -S -v`)
clone3=eperm   a seccomp filter that answers EPERM to clone3, as old Docker does (x86-64)
cgroup=DIR     write our process id into DIR/cgroup.procs
"""

import ctypes
import os
import resource
import struct
import sys

CLONE3, X86_64 = 435, 0xC000003E
LOAD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, EPERM = 0x7FFF0000, 0x00050001


def refuse_clone3():
    """Install the filter (seccomp(2), classic BPF)."""
    steps = [
        (LOAD, 0, 0, 4),
        (JUMP_EQUAL, 0, 3, X86_64),
        (LOAD, 0, 0, 0),
        (JUMP_EQUAL, 0, 1, CLONE3),
        (RETURN, 0, 0, EPERM),
        (RETURN, 0, 0, ALLOW),
    ]
    code = b"".join(struct.pack("HBBI", *step) for step in steps)
    buffer = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(buffer))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    if prctl(38, 1, 0, 0, 0) or prctl(22, 2, ctypes.c_char_p(program), 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def main():
    """Set the limits in a useful order, then exec."""
    at = sys.argv.index("--")
    options = dict(word.split("=", 1) for word in sys.argv[1:at])
    if "cgroup" in options:
        with open(options["cgroup"] + "/cgroup.procs", "w") as file:
            file.write(str(os.getpid()))
    if "uid" in options:
        os.setgroups([])
        os.setresgid(*[int(options["uid"])] * 3)
        os.setresuid(*[int(options["uid"])] * 3)
    if "address" in options:
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (int(options["address"]) << 20, hard))
    if "clone3" in options:
        refuse_clone3()
    if "nproc" in options:
        resource.setrlimit(resource.RLIMIT_NPROC, (int(options["nproc"]),) * 2)
    os.execvp(sys.argv[at + 1], sys.argv[at + 1 :])


main()
