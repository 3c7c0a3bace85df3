"""How the dynamic loader sees a file: what it needs, from where, and what is wrong with it.

Answers only what the loader would do with files as they are; the ELF facts come
from `npwheel.elf`. What cannot be read is empty, and `damage` gives the reason.
"""

import glob
import os
import re
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence, Set, Tuple

from npwheel import elf
from npwheel.doctor import installed
from npwheel.doctor.python_environment import PythonEnvironment

HARD, SOFT = 0x400, 0x200  # e_flags of 32-bit ARM


class Object(NamedTuple):
    """What the loader reads of one file."""

    machine: str
    bits: int
    flags: int
    interp: str
    needed: Sequence[str]
    rpath: Sequence[str]
    runpath: Sequence[str]
    versions: Sequence[str]  # all symbol versions that it needs
    align: int


_memo: Dict[Tuple[str, float, int], Optional[Object]] = {}


def facts(path: str) -> Optional[Object]:
    """The facts of an ELF file, None if it is none or is damaged."""
    try:
        state = os.stat(path)
    except OSError:
        return None
    key = (path, state.st_mtime, state.st_size)
    if key not in _memo:
        try:
            file = elf.read(path)
            versions = [name for names in file.verneed.values() for name in names]
            _memo[key] = Object(
                file.machine, file.bits, file.flags, file.interp, file.needed,
                file.rpath, file.runpath, versions, file.min_align,
            )  # fmt: skip
        except (elf.ElfError, OSError):
            _memo[key] = None
    found: Optional[Object] = _memo[key]
    return found


def interpreter_of(exe: str) -> str:
    """The loader (PT_INTERP) of a program, empty if static or unreadable."""
    found = facts(os.path.realpath(exe))
    return found.interp if found else ""


def machine_of(path: str) -> str:
    """x86_64, aarch64 …; empty if it is not an ELF file."""
    found = facts(os.path.realpath(path))
    return found.machine if found else ""


def float_abi(path: str) -> str:
    """`hard-float` or `soft-float` for 32-bit ARM, else empty."""
    found = facts(os.path.realpath(path))
    if found is None or found.machine != "arm":
        return ""
    return "hard-float" if found.flags & HARD else "soft-float" if found.flags & SOFT else ""


def needed(path: str) -> List[str]:
    """DT_NEEDED."""
    found = facts(path)
    return list(found.needed) if found else []


def alignment(path: str) -> int:
    """The smallest alignment of its load segments in bytes, 0 if unknown."""
    found = facts(path)
    return found.align if found else 0


def highest_version(path: str, prefix: str) -> str:
    """The highest version need of that family, e.g. GLIBC_2.34; empty if none."""
    found = facts(path)
    mine = [v for v in (found.versions if found else ()) if re.match(prefix + r"_\d", v)]
    return max(mine, key=numbers) if mine else ""


def numbers(text: str) -> Tuple[int, ...]:
    """All numbers of a text, for comparing versions."""
    return tuple(int(n) for n in re.findall(r"\d+", text))


def size(path: str) -> int:
    """Bytes, or 0 if it is not there."""
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def damage(path: str) -> str:  # noqa: PLR0911  (one return a reason)
    """Why a compiled file cannot be loaded as it is; empty if it is whole or not there."""
    if not os.path.lexists(path) or not os.access(path, os.R_OK):
        return ""
    if not os.path.exists(path):
        return "a symbolic link to nothing"
    if not installed.is_file(path):
        return "not a regular file"
    start = installed.head(path, 128)
    if not start:
        return "it is empty"
    if start.startswith(b"version https://git-lfs"):
        return "it is a Git LFS pointer, not the file"
    if start[:4] != b"\x7fELF":
        return "it is not an ELF file (it begins with {!r})".format(start[:8])
    try:
        found = elf.read(path)
        if found.truncated:
            return "it is cut short: {} bytes of at least {}".format(size(path), found.max_end)
        found.needed  # noqa: B018  (reads the dynamic section)
    except (elf.ElfError, OSError) as error:
        return str(error).splitlines()[0]
    return ""


def bundled(library: str) -> bool:
    """Whether a wheel brings that library along: auditwheel puts a hash into its name."""
    return re.match(r"lib.*-[0-9a-f]{8}\b.*\.so|libscipy_openblas", library) is not None


def bundled_files(environment: PythonEnvironment) -> List[str]:
    """The libraries in `numpy.libs`."""
    folder = environment.numpy_folder + ".libs"
    return [os.path.join(folder, n) for n in installed.listing(folder) if ".so" in n]


def missing(path: str, environment: PythonEnvironment) -> List[Tuple[str, str]]:
    """(library, needed by) for all that the loader would not find, from `path` downwards."""
    return [(name, by) for name, by, file in walk(path, [], environment, set()) if not file]


def resolved(path: str, environment: PythonEnvironment) -> List[str]:
    """The files that the loader takes for what `path` needs, directly or not."""
    return [file for _, _, file in walk(path, [], environment, set()) if file]


def walk(
    path: str, above: List[str], environment: PythonEnvironment, seen: Set[str]
) -> Iterator[Tuple[str, str, str]]:
    """(library, needed by, file or empty), depth first.

    DT_RPATH is inherited from the loaders above, DT_RUNPATH is not.
    """
    found = facts(path)
    if found is None or len(seen) > 300:
        return
    own = folders_of(found, path)
    rpath = above if found.runpath else own + above
    for name in found.needed:
        if name in seen or name.startswith(("ld-linux", "ld-musl", "libc.musl", "linux-vdso")):
            continue
        seen.add(name)
        places = (own if found.runpath else rpath) + system_folders(environment)
        file = next((p for p in (os.path.join(f, name) for f in places) if fits(p, found)), "")
        if file:
            yield name, path, file
            for row in walk(file, rpath, environment, seen):
                yield row
        elif name != "libc.so.6" or environment.machine.libc == "glibc":
            yield name, path, ""


def fits(path: str, of: Object) -> bool:
    """Whether the file exists for the same machine; the loader skips others."""
    found = facts(os.path.realpath(path))
    return found is not None and (found.machine, found.bits) == (of.machine, of.bits)


def folders_of(found: Object, path: str) -> List[str]:
    """RUNPATH or RPATH with $ORIGIN put in."""
    origin = os.path.dirname(os.path.realpath(path))
    entries = found.runpath or found.rpath
    return [
        re.sub(r"\$(?:ORIGIN|\{ORIGIN\})", lambda _: origin, entry) for entry in entries if entry
    ]


def system_folders(environment: PythonEnvironment) -> List[str]:
    """LD_LIBRARY_PATH, the interpreter's own lib, what ld.so is configured for, the defaults."""
    env = [p for p in environment.machine.env.get("LD_LIBRARY_PATH", "").split(":") if p]
    own = [
        os.path.join(environment.prefix, "lib"),
        os.path.join(str(environment.survey.get("base_prefix")), "lib"),
    ]
    return env + own + list(environment.once("folders", configured))


def configured() -> List[str]:
    """Folders of ld.so.conf (glibc) or ld-musl-*.path, then the built-in ones."""
    found: List[str] = []
    pending = ["/etc/ld.so.conf"]
    while pending and len(found) < 500:
        for line in installed.head(pending.pop(0)).decode("utf-8", "replace").splitlines():
            words = line.partition("#")[0].split()
            if len(words) == 2 and words[0] == "include":
                pending += sorted(glob.glob(os.path.join("/etc", words[1])))
            elif len(words) == 1:
                found.append(words[0])
    for path in glob.glob("/etc/ld-musl-*.path"):
        found += re.split(r"[:\n]", installed.head(path).decode("utf-8", "replace"))
    machine = os.uname().machine
    found += ["/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib"]
    for triplet in (machine + "-linux-gnu", "i386-linux-gnu", "arm-linux-gnueabihf"):
        found += ["/lib/" + triplet, "/usr/lib/" + triplet]
    return [folder for folder in found if folder]
