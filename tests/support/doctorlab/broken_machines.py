"""Scenes where the files are right and the machine, its limits or its settings are not."""

from __future__ import annotations

import os
import shutil
import stat
from dataclasses import replace
from pathlib import Path

from doctorlab.lab import Lab, Missing
from doctorlab.roots import chroot, debian, enter, root, stage, system
from doctorlab.scene import Setup, broken

LIMITS = Path(__file__).with_name("limits.py")


def limited(lab: Lab, *options: str) -> list[str]:
    """The prefix that sets limits; it needs a Python that any user may run."""
    if not os.access("/usr/bin/python3", os.X_OK):
        raise Missing("/usr/bin/python3")
    shutil.copy(LIMITS, lab.scratch / "limits.py")
    lab.scratch.chmod(0o755)
    return ["/usr/bin/python3", "-I", str(lab.scratch / "limits.py"), *options, "--"]


def qemu(lab: Lab, at: Path, cpu: str, exe: str, program: str = "qemu-x86_64-static",
         options: str = "") -> str:  # fmt: skip
    """A script that runs an interpreter on an emulated CPU."""
    script = at / "python-emulated"
    script.write_text(f'#!/bin/sh\nexec {lab.tool(program)} -cpu {cpu} {options} {exe} "$@"\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return str(script)


def emulated_x86(name: str, cpu: str, how: str, *words: str) -> None:
    """Register a scene of numpy 2.4.6 on an old x86 CPU."""

    @broken(name, "NPD011", how, *words)
    def make(lab: Lab, at: Path) -> Setup:
        site = lab.numpy(at, "2.4.6")
        return Setup(qemu(lab, at, cpu, lab.exe(site)), at, outside=True, limit=60)


emulated_x86("nehalem-no-popcnt", "Nehalem,-popcnt", "numpy 2.4.6 under qemu -cpu Nehalem,-popcnt",
             "X86_V2")  # fmt: skip
emulated_x86("kvm64", "kvm64", "numpy 2.4.6 under qemu -cpu kvm64 (Proxmox' old default): SIGILL",
             "SSSE3", "x86-64-v2")  # fmt: skip
emulated_x86("core2duo", "core2duo", "numpy 2.4.6 under qemu -cpu core2duo: SIGILL", "POPCNT")


@broken(
    "forced-core",
    "NPD041",
    "OPENBLAS_CORETYPE=SkylakeX under qemu -cpu Haswell: SIGILL",
    "OPENBLAS_CORETYPE=SkylakeX",
)
def forced_core(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "2.2.6")
    return Setup(qemu(lab, at, "Haswell", lab.exe(site)), at, {"OPENBLAS_CORETYPE": "SkylakeX"},
                 outside=True, limit=60)  # fmt: skip


@broken(
    "disabled-baseline",
    "NPD041",
    "NPY_DISABLE_CPU_FEATURES=X86_V2 with numpy 2.4.6",
    "NPY_DISABLE_CPU_FEATURES",
)
def disabled_baseline(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "2.4.6")
    return Setup(lab.exe(site), at, {"NPY_DISABLE_CPU_FEATURES": "X86_V2"})


def readable(lab: Lab, at: Path) -> tuple[Path, Path]:
    """(root, folder in it): NumPy in the Debian 13 root, which any user may read."""
    where, _ = system(lab, "debian_13_x86_64")
    folder = stage(lab, where, at)
    lab.link(lab.tree(lab.wheel("numpy", "2.5.5", "3.13"), "3.13"), folder)
    shutil.copy(lab.doctor, folder / "npwheel-doctor.pyz")
    shutil.copy(LIMITS, folder / "limits.py")
    for parent in (lab.cache / "roots", where, folder.parent, folder):
        parent.chmod(0o755)
    return where, folder


def as_user(lab: Lab, at: Path, *options: str) -> Setup:
    """Debian's Python 3.13 with numpy 2.5.5, under limits, in a root, as a user of its own."""
    lab.root_user()
    where, folder = readable(lab, at)
    inside = f"/scenes/{folder.name}"
    uid = 61000 + os.getpid() % 3000  # RLIMIT_NPROC counts what other test processes run
    prefix = [*enter(lab, where, at), "/usr/bin/python3", "-I", f"{inside}/limits.py", f"uid={uid}"]
    env = {"PYTHONPATH": inside, "PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}
    return Setup("/usr/bin/python3", at, env, prefix=[*prefix, *options, "--"],
                 doctor=f"{inside}/npwheel-doctor.pyz")  # fmt: skip


@broken(
    "no-threads",
    "NPD013",
    "RLIMIT_NPROC of 2 for a user of its own: the child starts, its BLAS thread does not",
    "threads",
    "limit",
)
def no_threads(lab: Lab, at: Path) -> Setup:
    if (os.cpu_count() or 1) < 2:
        raise Missing("two CPUs: with one, OpenBLAS starts no thread")
    return as_user(lab, at, "nproc=2")


@broken("no-processes", "NPD013", "RLIMIT_NPROC of 1: not even a child can be started", "process")
def no_processes(lab: Lab, at: Path) -> Setup:
    return as_user(lab, at, "nproc=1")


@broken(
    "clone3-refused",
    "NPD013",
    "a seccomp filter that answers EPERM to clone3, numpy 2.4.6",
    "seccomp",
)
def clone3(lab: Lab, at: Path) -> Setup:
    if os.uname().machine != "x86_64" or (os.cpu_count() or 1) < 2:
        raise Missing("an x86-64 machine with two CPUs")
    site = lab.numpy(at, "2.4.6")
    return Setup(lab.exe(site), at, prefix=limited(lab, "clone3=eperm"))


@broken("address-space", "NPD017", "ulimit -S -v of 90 MiB, numpy 2.4.6", "address space")
def address_space(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "2.4.6")
    return Setup(lab.exe(site), at, prefix=limited(lab, "address=90"))


@broken(
    "unreadable-libs",
    "NPD029",
    "chmod 700 on numpy.libs of root, run as another user",
    "may not read",
    "numpy.libs",
)
def unreadable(lab: Lab, at: Path) -> Setup:
    setup = as_user(lab, at)
    (inside_root(lab, "debian_13_x86_64", setup) / "numpy.libs").chmod(0o700)
    return setup


def inside_root(lab: Lab, name: str, setup: Setup) -> Path:
    """The scene's folder, as it is seen from outside of the home."""
    return system(lab, name)[0] / setup.env["PYTHONPATH"].lstrip("/")


def mounted(lab: Lab, at: Path, options: str, after: str) -> list[str]:
    """The prefix that runs in a mount namespace with a tmpfs on `at/mount`."""
    lab.root_user()
    (at / "mount").mkdir()
    script = at / "mounted"
    script.write_text(
        f'#!/bin/sh\nset -e\nmount -t tmpfs -o {options} tmpfs {at}/mount\n{after}\nexec "$@"\n'
    )
    script.chmod(0o755)
    return [lab.tool("unshare"), "-m", str(script)]


@broken("noexec", "NPD028", "site-packages on a tmpfs mounted noexec", "noexec")
def noexec(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "2.2.6")
    after = f"cp -r {site}/. {at}/mount/\nmount --bind {at}/mount {site}\n"
    after += f"mount -o remount,bind,noexec {site}"
    return Setup(lab.exe(site), at, prefix=mounted(lab, at, "noexec", after))


@broken("disk-full", "NPD053", "TMPDIR on a tmpfs with 8 MiB", "nearly full", state="warning")
def disk_full(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "2.2.6")
    return Setup(lab.exe(site), at, {"TMPDIR": str(at / "mount")},
                 prefix=mounted(lab, at, "size=8m", ""))  # fmt: skip


@broken(
    "cpu-quota",
    "NPD035",
    "a cgroup with one CPU's worth of time, OpenBLAS with two threads",
    "slow",
    "threads",
    state="warning",
)
def cpu_quota(lab: Lab, at: Path) -> Setup:
    lab.root_user()
    if (os.cpu_count() or 1) < 2:
        raise Missing("two CPUs")
    site = lab.numpy(at, "2.2.6")
    group = Path("/sys/fs/cgroup/cpu") / f"npwheel-{os.getpid()}"
    if not group.parent.is_dir():
        group = Path("/sys/fs/cgroup") / f"npwheel-{os.getpid()}"
    try:
        group.mkdir(exist_ok=True)
        if (group / "cpu.cfs_quota_us").exists():
            (group / "cpu.cfs_quota_us").write_text("100000")
        else:
            (group / "cpu.max").write_text("100000 100000")
    except OSError as error:
        raise Missing(f"a cgroup with a CPU controller that may be written: {error}") from error
    lab.closing.append(group.rmdir)
    return Setup(lab.exe(site), at, prefix=limited(lab, f"cgroup={group}"))


FAKE_BLAS = """
void scipy_cblas_dgemm64_() {}
void scipy_cblas_sgemm64_() {}
void scipy_cblas_dsyrk64_() {}
void scipy_cblas_ssyrk64_() {}
void scipy_cblas_dgemv64_() {}
void scipy_cblas_sgemv64_() {}
"""


@broken("foreign-blas", "NPD039", "a library in LD_PRELOAD whose gemm does nothing", "LD_PRELOAD")
def foreign_blas(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "2.2.6")
    (at / "fake.c").write_text(FAKE_BLAS)
    lab.run([lab.tool("gcc"), "-shared", "-fPIC", "-w", at / "fake.c", "-o", at / "libfake.so"])
    return Setup(lab.exe(site), at, {"LD_PRELOAD": str(at / "libfake.so")})


def binfmt(lab: Lab) -> None:
    """Missing unless this kernel starts aarch64 programs by itself."""
    state = Path("/proc/sys/fs/binfmt_misc/qemu-aarch64")
    if not state.exists() or "enabled" not in state.read_text():
        raise Missing("binfmt_misc with qemu-aarch64 (npwheel build --setup registers it)")


def emulated_arm(lab: Lab, at: Path, version: str, **env: str) -> Setup:
    """Debian 13 for arm64, emulated, with a NumPy of the package index."""
    binfmt(lab)
    where, _ = system(lab, "debian_13_aarch64")
    tree = lab.tree(lab.wheel("numpy", version, "3.13", "aarch64"))
    files = {tree / name.name: name.name for name in tree.iterdir()}
    setup = chroot(lab, where, at, files, [])
    return Setup(
        setup.python, at, {**setup.env, **env}, setup.prefix, doctor=setup.doctor, limit=120
    )


@broken(
    "armv9sme",
    "NPD039",
    "numpy 2.5.5 for aarch64 under qemu -cpu max: OpenBLAS takes its armv9sme kernels",
    "armv9sme",
)
def armv9sme(lab: Lab, at: Path) -> Setup:
    return emulated_arm(lab, at, "2.5.5", QEMU_CPU="max")


def page_wrapper(lab: Lab, at: Path, pages: int) -> Setup:
    """An aarch64 module aligned for 4 KiB pages, on a kernel with larger ones."""
    where, _ = system(lab, "debian_13_aarch64")
    folder = stage(lab, where, at)
    tree = lab.tree(lab.wheel("numpy", "2.2.6", "3.13", "aarch64"))
    lab.link(tree, folder)
    core = next(folder.rglob("_multiarray_umath.*.so"))
    lab.replace(core, aligned_for_4k(core.read_bytes()))
    exe = f"-L {where} {where}/usr/bin/python3"
    script = qemu(lab, at, "cortex-a72", exe, "qemu-aarch64-static", f"-p {pages}")
    env = {"PYTHONPATH": str(folder), "PYTHONHOME": ""}
    return Setup(script, at, env, outside=True, limit=120)


def aligned_for_4k(data: bytes) -> bytes:
    """An ELF64 file as a linker with max-page-size=4096 would have made it.

    All segments but the first move by one page of 4 KiB, so that offset and
    address no longer agree modulo larger pages. Section headers are dropped.
    """
    head = bytearray(data[:4096])
    start, count = int.from_bytes(data[32:40], "little"), int.from_bytes(data[56:58], "little")
    headers = [start + 56 * index for index in range(count)]
    loads = [at for at in headers if int.from_bytes(data[at : at + 4], "little") == 1]
    cut = int.from_bytes(data[loads[1] + 8 : loads[1] + 16], "little") & ~4095
    for at in headers:
        offset = int.from_bytes(data[at + 8 : at + 16], "little")
        if offset >= cut:
            head[at + 8 : at + 16] = (offset + 4096).to_bytes(8, "little")
        if at in loads:
            head[at + 48 : at + 56] = (4096).to_bytes(8, "little")
    head[40:48] = bytes(8)
    head[58:64] = bytes(6)
    return bytes(head) + data[4096:cut] + bytes(4096) + data[cut:]


@broken(
    "pages-of-64k",
    "NPD026",
    "a core module aligned for 4 KiB pages, under qemu with 64 KiB pages",
    "4 KiB",
    "64 KiB",
)
def pages(lab: Lab, at: Path) -> Setup:
    return page_wrapper(lab, at, 65536)


def on_alpine(lab: Lab, at: Path, kind: str, rename: bool = False) -> Setup:
    """A bare Alpine with CPython 3.12 and numpy 2.2.6 of that kind."""
    where, pythons = system(lab, "alpine_x86_64")
    tree = lab.tree(lab.wheel("numpy", "2.2.6", "3.12", kind))
    files = {tree / name.name: name.name for name in tree.iterdir()}
    setup = chroot(lab, where, at, files, [], pythons["3.12"])
    if rename:
        for path in list(inside_root(lab, "alpine_x86_64", setup).rglob("*linux-gnu.so")):
            path.rename(path.with_name(path.name.replace("linux-gnu", "linux-musl")))
    return setup


@broken(
    "manylinux-on-alpine",
    "NPD014",
    "the manylinux wheel of numpy 2.2.6 in Alpine 3.23",
    "glibc",
    "musl",
)
def manylinux_on_alpine(lab: Lab, at: Path) -> Setup:
    return on_alpine(lab, at, "x86_64")


@broken(
    "manylinux-on-alpine-renamed",
    "NPD014",
    "the same, modules renamed to the musl tag",
    "glibc",
    "musl",
)
def manylinux_renamed(lab: Lab, at: Path) -> Setup:
    return on_alpine(lab, at, "x86_64", rename=True)


@broken(
    "alpine-libs-deleted",
    "NPD032",
    "the musllinux wheel of numpy 2.2.6 in Alpine 3.23 without numpy.libs",
    "missing",
)
def alpine_libs_deleted(lab: Lab, at: Path) -> Setup:
    setup = on_alpine(lab, at, "musl")
    shutil.rmtree(inside_root(lab, "alpine_x86_64", setup) / "numpy.libs")
    return setup


@broken(
    "32-bit", "NPD024", "a 32-bit Debian 12 root on a 64-bit kernel, nothing installed", "32-bit"
)
def thirty_two(lab: Lab, at: Path) -> Setup:
    if os.uname().machine != "x86_64":
        raise Missing("an x86-64 kernel that runs i386 programs")
    return chroot(lab, root(lab, "bookworm", "i386"), at, {}, [])


@broken(
    "reference-blas",
    "NPD042",
    "Debian 13's python3-numpy with the reference libblas3 chosen",
    "reference BLAS",
    state="warning",
)
def reference_blas(lab: Lab, at: Path) -> Setup:
    setup = chroot(lab, debian(lab), at, {}, [])
    folders = ("/usr/lib/x86_64-linux-gnu/blas", "/usr/lib/x86_64-linux-gnu/lapack")
    return replace(setup, env={**setup.env, "LD_LIBRARY_PATH": ":".join(folders)})


@broken(
    "stale-process",
    "NPD004",
    "numpy replaced on the disk while the calling process has it loaded",
    "was replaced",
)
def stale(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "2.2.6")
    again = lab.tree(lab.wheel("numpy", "2.2.6"), "3.11")
    script = at / "kernel.py"
    script.write_text(
        "import os, shutil, subprocess, sys, numpy\n"
        f"shutil.rmtree({str(site / 'numpy')!r})\n"
        f"shutil.copytree({str(again / 'numpy')!r}, {str(site / 'numpy')!r})\n"
        "sys.exit(subprocess.call(sys.argv[1:]))\n"
    )
    return Setup(lab.exe(site), at, prefix=[lab.exe(site), str(script)])
