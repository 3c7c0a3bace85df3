"""What lies on the examined interpreter's sys.path: distributions and copies of a package.

`importlib.metadata` is neither on Python 3.6 nor able to look at another
interpreter, so the few facts that are needed are read from the files. Every
file may be missing, unreadable or nonsense.
"""

import os
import re
import stat
import zipfile
from typing import Iterator, List, NamedTuple, Optional, Sequence, Tuple
from urllib.parse import unquote

RECORD_LIMIT = 32 << 20
MODULE_LIMIT = 1 << 30  # bytes; larger modules are not looked into
MODULE_SUFFIXES = (".so", ".pyd", ".dylib")


class Distribution(NamedTuple):
    """One installed distribution, by its metadata folder."""

    name: str  # normalised: lower case, runs of -_. as one -
    version: str
    place: str  # the sys.path entry
    folder: str  # the .dist-info or .egg-info


class Row(NamedTuple):
    """One line of RECORD; size in bytes or None."""

    path: str  # absolute
    size: Optional[int]
    sha256: str = ""  # as RECORD has it: base64 for URLs, without padding


class Copy(NamedTuple):
    """One place on sys.path from which a package may be imported."""

    place: str  # the sys.path entry, absolute
    kind: str  # package, module, extension, namespace or zip
    file: str  # what would be imported; the folder of a namespace


def normal(name: str) -> str:
    """A distribution name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def listing(folder: str) -> List[str]:
    """The names in a folder, sorted; none if it cannot be listed."""
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def is_file(path: str) -> bool:
    """A regular file: a FIFO named like a module must not be opened."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except OSError:
        return False


def head(path: str, limit: int = 1 << 20) -> bytes:
    """The first bytes of a regular file, none if it cannot be read."""
    if not is_file(path):
        return b""
    try:
        with open(path, "rb") as file:
            return file.read(limit)
    except OSError:
        return b""


def distributions(path: Sequence[str]) -> List[Distribution]:
    """All distributions on a sys.path, in its order; shadowed ones too."""
    found = []
    for place in dict.fromkeys(path):
        for name in listing(place):
            match = re.match(r"^([^-]+)-(v?\d[^-]*?)(?:-py[\d.]+[^/]*)?\.(?:dist|egg)-info$", name)
            folder = os.path.join(place, name)
            # An egg's may be a single file, in the system's folders above all.
            if match and (name.endswith(".egg-info") or os.path.isdir(folder)):
                found.append(Distribution(normal(match.group(1)), match.group(2), place, folder))
    return found


def record(dist: Distribution) -> List[Row]:
    """The lines of RECORD (or of an egg's list); empty if there is none to read.

    RECORD is a CSV file, but a path with a quote or a comma never occurs in
    what is looked at here, so that a damaged file costs nothing.
    """
    rows = []
    for name in ("RECORD", "installed-files.txt"):
        base = dist.place if name == "RECORD" else dist.folder
        for line in head(os.path.join(dist.folder, name), RECORD_LIMIT).splitlines():
            words = line.decode("utf-8", "surrogateescape").rsplit(",", 2)
            if "\0" in words[0] or not words[0]:
                continue
            size = int(words[2]) if len(words) == 3 and words[2].isdecimal() else None
            given = words[1][7:] if len(words) == 3 and words[1].startswith("sha256=") else ""
            rows.append(Row(os.path.normpath(os.path.join(base, words[0])), size, given))
        if rows:
            break
    return rows


def metadata(dist: Distribution, field: str) -> List[str]:
    """The values of a header of METADATA or PKG-INFO."""
    for name in ("METADATA", "PKG-INFO"):
        text = head(os.path.join(dist.folder, name)).decode("utf-8", "replace")
        if text:
            headers = re.split(r"\r?\n\r?\n", text, maxsplit=1)[0]
            return re.findall(r"^" + re.escape(field) + r":\s*(.*?)\s*$", headers, re.MULTILINE)
    return []


def wheel_tags(dist: Distribution) -> List[str]:
    """The tags of the wheel that it was installed from; empty if not from a wheel."""
    text = head(os.path.join(dist.folder, "WHEEL")).decode("utf-8", "replace")
    return re.findall(r"^Tag:\s*(\S+)", text, re.MULTILINE)


def installer(dist: Distribution) -> str:
    """pip, uv, conda, debian … or empty."""
    return head(os.path.join(dist.folder, "INSTALLER"), 200).decode("utf-8", "replace").strip()


def copies(name: str, path: Sequence[str], cwd: str) -> List[Copy]:
    """Every place from which `import name` could be answered, the winner first.

    A folder without __init__.py answers only if nothing else does.
    """
    regular, namespaces = [], []
    for entry in dict.fromkeys(path):
        place = os.path.join(cwd, entry) if cwd else entry
        base = os.path.join(place, name)
        if is_file(os.path.join(base, "__init__.py")):
            regular.append(Copy(place, "package", os.path.join(base, "__init__.py")))
        elif is_file(place):
            if in_zip(place, name + "/__init__.py"):
                regular.append(Copy(place, "zip", place + "/" + name + "/__init__.py"))
        else:
            single = [n for n in listing(place) if n.startswith(name + ".")]
            own = [n for n in single if n == name + ".py" or n.endswith(".so")]
            # Python passes over folders, FIFOs and links to nothing of such a name.
            own = [n for n in own if is_file(os.path.join(place, n))]
            if own:
                kind = "module" if name + ".py" in own else "extension"
                regular.append(Copy(place, kind, os.path.join(place, own[0])))
            elif os.path.isdir(base):
                namespaces.append(Copy(place, "namespace", base))
    return regular + namespaces


def in_zip(path: str, name: str) -> bool:
    """Whether a zip file has that member."""
    try:
        with zipfile.ZipFile(path) as archive:
            return name in archive.NameToInfo
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        return False


def modules(folder: str, limit: int = 20000) -> List[str]:
    """Compiled modules under a folder, whatever platform they are for.

    Symbolic links to folders are not followed; at most `limit` names are seen.
    """
    found, seen = [], 0
    for top, folders, names in os.walk(folder):
        folders.sort()
        seen += len(names)
        found += [os.path.join(top, n) for n in sorted(names) if n.endswith(MODULE_SUFFIXES)]
        if seen > limit:
            break
    return found


def tag_of(path: str) -> str:
    """The tag in a module's file name: `cpython-39-x86_64-linux-gnu`, `abi3` or empty."""
    match = re.match(r"^[^.]+\.(.+)\.(?:so|pyd|dylib)$", os.path.basename(path))
    return match.group(1) if match else ""


def owner(path: str, dists: Sequence[Distribution]) -> Optional[Distribution]:
    """The distribution whose RECORD lists that file."""
    for dist in dists:
        if path.startswith(dist.place.rstrip("/") + "/") and any(
            row.path == path for row in record(dist)
        ):
            return dist
    return None


def uses_numpy(path: str) -> bool:
    """Whether a compiled module requires NumPy's C-API (it names the capsule and where it is)."""
    import mmap

    if not is_file(path):
        return False
    try:
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            state = os.fstat(file.fileno())
            # A file with holes is not a module, and reading holes costs as much as reading data.
            holes = state.st_blocks * 512 < state.st_size // 2
            if holes or state.st_size > MODULE_LIMIT or data[:4] != b"\x7fELF":
                return False
            return data.find(b"_ARRAY_API\0") >= 0 and (
                data.find(b"numpy.core._multiarray_umath") >= 0
                or data.find(b"numpy._core._multiarray_umath") >= 0
                or data.find(b"numpy.core.multiarray") >= 0
            )
    except (OSError, ValueError):
        return False


def capi_users(dists: Sequence[Distribution]) -> Iterator[Tuple[Distribution, List[str]]]:
    """Distributions other than NumPy with modules that use its C-API, and those modules.

    The `place` of an editable installation is the folder of its project.
    """
    seen = set()
    for dist in dists:
        if dist.name == "numpy" or dist.name in seen:
            continue
        seen.add(dist.name)
        for root, paths in candidates(dist):
            found = [p for p in paths if ".libs/" not in p and uses_numpy(p)]
            if found:
                yield dist._replace(place=root), found


def candidates(dist: Distribution) -> Iterator[Tuple[str, List[str]]]:
    """(entry of sys.path, compiled files) of a distribution, with or without a RECORD."""
    rows = [row.path for row in record(dist)]
    files = [path for path in rows if path.endswith(".so")]
    project = editable(dist)
    if project:
        for root in (os.path.join(project, "src"), project):
            if os.path.isdir(root):
                yield root, [path for top in tops(dist, root) for path in modules(top, 5000)]
    elif files or rows:
        yield dist.place, files
    else:
        yield dist.place, [path for top in tops(dist, dist.place) for path in modules(top)]


def editable(dist: Distribution) -> str:
    """The project's folder of an editable installation; empty if it is none."""
    text = head(os.path.join(dist.folder, "direct_url.json")).decode("utf-8", "replace")
    match = re.search(r'"url":\s*"file://([^"]+)"', text)
    return unquote(match.group(1)) if match and re.search(r'"editable":\s*true', text) else ""


def tops(dist: Distribution, root: str) -> List[str]:
    """The package folders of a distribution, by top_level.txt or by its name."""
    text = head(os.path.join(dist.folder, "top_level.txt")).decode("utf-8", "replace")
    names = text.split() or [dist.name.replace("-", "_"), dist.name]
    found = [os.path.join(root, name) for name in dict.fromkeys(names)]
    return [path for path in found if os.path.isdir(path)]
