"""What this machine is and what it limits: libc, CPU, memory, threads, mounts.

Everything is read from files and may be missing (no /proc, no /sys): a fact
that cannot be read is empty or None, never a guess.
"""

import glob
import os
import re
import subprocess
from typing import Any, Dict, FrozenSet, List, Mapping, NamedTuple, Optional, Tuple

LIMIT = 1 << 20


class Limit(NamedTuple):
    """A limit, and where it is set."""

    value: float
    where: str
    hard: bool = False  # whether its user may not raise it again


class Machine(NamedTuple):
    """Facts of the machine as the examined interpreter sees it."""

    arch: str  # of the kernel as that interpreter sees it: x86_64, aarch64, armv7l …
    bits: int  # of the interpreter: 32 or 64
    libc: str  # glibc, musl or ""
    libc_version: str
    os_id: str  # ID of os-release: debian, alpine …
    os_like: str
    os_name: str
    page: int  # bytes
    cpu_flags: FrozenSet[str]  # as the kernel lists them (the host's, under an emulator)
    cpus: int  # CPUs that this process may use
    quota: Optional[Limit]  # CPUs' worth of time
    processes: Optional[Limit]  # how many processes and threads the user may have
    cgroup_pids: Optional[Limit]
    address_space: Optional[Limit]  # bytes
    memory: int  # bytes of the machine, 0 if not known
    seccomp: bool
    emulated: str  # why we believe that the CPU is emulated, or ""
    model: str  # of the board, e.g. Raspberry Pi 5
    selinux: bool  # enforcing
    uid: int
    env: Mapping[str, str]


def slurp(path: str) -> str:
    """A small file's text; empty if it cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read(LIMIT).decode("utf-8", "replace").strip("\0\n ")
    except OSError:
        return ""


def read(survey: Mapping[str, Any], interp: str, env: Mapping[str, str]) -> Machine:
    """The facts, for an interpreter that reported `survey` and whose loader is `interp`."""
    libc, libc_version = c_library(str(survey.get("libc", "")), interp)
    system = os_release()
    cpuinfo = slurp("/proc/cpuinfo")
    arch = str(survey.get("machine", ""))
    return Machine(
        arch=arch,
        bits=int(survey.get("bits", 0)),
        libc=libc,
        libc_version=libc_version,
        os_id=system.get("ID", ""),
        os_like=system.get("ID_LIKE", ""),
        os_name=system.get("PRETTY_NAME", system.get("NAME", "")) + windows_kernel(),
        page=int(survey.get("page", 0)),
        cpu_flags=cpu_flags(cpuinfo),
        cpus=usable_cpus(),
        quota=cpu_quota(),
        processes=rlimit("RLIMIT_NPROC", "ulimit -u"),
        cgroup_pids=pids_limit(),
        address_space=rlimit("RLIMIT_AS", "ulimit -v"),
        memory=1024 * number(r"MemTotal:\s+(\d+)", slurp("/proc/meminfo")),
        seccomp=number(r"Seccomp:\s+(\d)", slurp("/proc/self/status")) > 0,
        emulated=emulator(arch, cpuinfo),
        model=slurp("/proc/device-tree/model"),
        selinux=slurp("/sys/fs/selinux/enforce") == "1",
        uid=int(survey.get("uid", 0)),
        env=env,
    )


def windows_kernel() -> str:
    """` (WSL)` where Linux runs inside of Windows."""
    return " (WSL)" if "microsoft" in slurp("/proc/sys/kernel/osrelease").lower() else ""


def number(pattern: str, text: str) -> int:
    """The first group of the pattern as a number, 0 without a match."""
    match = re.search(pattern, text)
    return int(match.group(1)) if match else 0


def c_library(confstr: str, interp: str) -> Tuple[str, str]:
    """(glibc | musl | "", version) from what the library reports and the loader's name."""
    if confstr.startswith("glibc "):
        return "glibc", confstr[6:]
    # A static musl interpreter has no loader; then the system's loader is asked.
    loaders = [interp] if "ld-musl-" in interp else sorted(glob.glob("/lib/ld-musl-*.so.1"))
    if not loaders:
        return ("glibc", "") if "ld-linux" in interp else ("", "")
    try:
        done = subprocess.run(
            [loaders[0]], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=10, check=False
        )
        match = re.search(rb"Version ([\d.]+)", done.stderr)
    except (OSError, subprocess.SubprocessError):
        match = None
    return "musl", match.group(1).decode() if match else ""


def os_release() -> Dict[str, str]:
    """os-release(5) as a mapping."""
    text = slurp("/etc/os-release") or slurp("/usr/lib/os-release")
    pairs = re.findall(r"^([A-Z_]+)=[\"']?([^\"'\n]*)", text, re.MULTILINE)
    return dict(pairs)


def cpu_flags(cpuinfo: str) -> FrozenSet[str]:
    """The flags of the first CPU (x86) or its features (ARM)."""
    match = re.search(r"^(?:flags|Features)\s*:\s*(.*)$", cpuinfo, re.MULTILINE)
    return frozenset(match.group(1).split()) if match else frozenset()


def emulator(arch: str, cpuinfo: str) -> str:
    """Why the CPU must be emulated: qemu-user shows the host's /proc/cpuinfo."""
    x86 = re.search(r"^vendor_id\s*:.*(AMD|Intel|Hygon|Centaur|Zhaoxin)", cpuinfo, re.MULTILINE)
    arm = re.search(r"^CPU implementer\s*:", cpuinfo, re.MULTILINE)
    if x86 and arch.startswith(("aarch64", "arm")):
        return "the kernel reports {} but /proc/cpuinfo describes an x86 CPU".format(arch)
    if arm and arch in ("x86_64", "i686"):
        return "the kernel reports {} but /proc/cpuinfo describes an ARM CPU".format(arch)
    return ""


def usable_cpus() -> int:
    """How many CPUs this process may run on."""
    try:
        return len(os.sched_getaffinity(0))
    except (AttributeError, OSError):
        return os.cpu_count() or 1


def own_cgroups() -> List[Tuple[str, str]]:
    """(controllers, path) of this process, v1 and v2."""
    lines = [line.split(":", 2) for line in slurp("/proc/self/cgroup").splitlines()]
    return [(parts[1], parts[2]) for parts in lines if len(parts) == 3]


def cgroup_files(controller: str, name: str) -> List[str]:
    """Where the file of that controller may lie, this process's own group upwards."""
    found = []
    for controllers, path in own_cgroups():
        if controllers and controller not in controllers.split(","):
            continue
        tops = ["/sys/fs/cgroup/" + controller, "/sys/fs/cgroup/" + controllers]
        for top in tops if controllers else ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"]:
            at = path
            while True:
                found.append(os.path.normpath(top + "/" + at + "/" + name))
                if at in ("/", ""):
                    break
                at = os.path.dirname(at)
    return found


def cpu_quota() -> Optional[Limit]:
    """CPU time that the cgroup allows, in CPUs; None if it is not limited."""
    limits = []
    for path in cgroup_files("cpu", "cpu.max"):
        words = slurp(path).split()
        if len(words) == 2 and words[0].isdigit() and int(words[1]):
            limits.append(Limit(int(words[0]) / int(words[1]), path))
    for path in cgroup_files("cpu", "cpu.cfs_quota_us"):
        quota = slurp(path)
        period = slurp(os.path.join(os.path.dirname(path), "cpu.cfs_period_us"))
        if quota.isdigit() and period.isdigit() and int(period):
            limits.append(Limit(int(quota) / int(period), path))
    return min(limits) if limits else None


def pids_limit() -> Optional[Limit]:
    """How many tasks the cgroup allows; None if it is not limited."""
    limits = []
    for path in cgroup_files("pids", "pids.max"):
        value = slurp(path)
        if value.isdigit():
            limits.append(Limit(int(value), path))
    return min(limits) if limits else None


def rlimit(name: str, where: str) -> Optional[Limit]:
    """A soft resource limit, None if there is none."""
    import resource

    soft, hard = resource.getrlimit(getattr(resource, name))
    none = resource.RLIM_INFINITY
    return None if soft == none else Limit(soft, where, hard != none)


def mount_of(path: str) -> Tuple[str, str]:
    """(mount point, options) of the file system of a path; empty without /proc."""
    best = ("", "")
    real = os.path.realpath(path)
    for line in slurp("/proc/self/mounts").splitlines():
        words = line.split()
        if len(words) < 4:
            continue
        point = words[1].encode().decode("unicode_escape")
        inside = real == point or real.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best[0]):
            best = (point, words[3])
    return best
