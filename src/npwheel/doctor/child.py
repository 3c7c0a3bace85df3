"""What runs inside the examined interpreter: report what it is, then import.

This file is never imported by the doctor: its text goes to `EXE -c`. It uses
built-in modules only until the import under trial is over, because the modules
next to the user's script may be the fault, and importing the real ones first
would hide it. Python 2 must be able to parse it, to report that it is too old.

argv: result file descriptor, then stages: `script:FOLDER` (first, if at all: a script lies
there), `append:FOLDER`, `insert:FOLDER`, `start:FILE`, `import:NAME` or `compute`.
Result: one line per record, a literal `("name", value)`.
"""

import posix
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional  # noqa: F401

FD = int(sys.argv[1])
STAGES = sys.argv[2:]
sys.argv[:] = ["-c"]
LIMIT = 6000
SMALLEST = [2.2250738585072014e-308]  # of the normal numbers; in a list, so that nothing is folded
# How builds of OpenBLAS name their functions: {prefix}openblas_get_config{suffix}.
AFFIXES = (("scipy_", "64_"), ("scipy_", ""), ("", "64_"), ("", ""), ("", "_64"))


def send(name, value):
    # type: (str, object) -> None
    """Write one record; the reader parses it with ast.literal_eval."""
    line = repr((name, value)).encode("ascii", "backslashreplace") + b"\n"
    while line:
        line = line[posix.write(FD, line) :]


if sys.version_info < (3, 6):
    send("old", tuple(sys.version_info[:3]))
    sys.exit(0)


def survey():
    # type: () -> Dict[str, Any]
    """What this interpreter is; costs no import of anything that is not built in."""
    import _imp

    site = sys.modules.get("site")
    flags = sys.flags
    return {
        "executable": sys.executable,
        "version": tuple(sys.version_info[:3]),
        "implementation": sys.implementation.name,
        "multiarch": getattr(sys.implementation, "_multiarch", ""),
        "prefix": sys.prefix,
        "base_prefix": getattr(sys, "base_prefix", sys.prefix),
        "path": [str(entry) for entry in sys.path],
        "suffixes": list(_imp.extension_suffixes()),
        "bits": 64 if sys.maxsize > 2**32 else 32,
        "machine": posix.uname().machine,
        "release": posix.uname().release,
        "abiflags": getattr(sys, "abiflags", ""),
        "flags": {
            n: int(getattr(flags, n, 0))
            for n in (
                "isolated",
                "ignore_environment",
                "no_user_site",
                "no_site",
                "safe_path",
                "dont_write_bytecode",
                "optimize",
            )
        },
        "user_site": getattr(site, "USER_SITE", None),
        "user_site_enabled": getattr(site, "ENABLE_USER_SITE", None),
        "builtin": list(sys.builtin_module_names),
        "stdlib": getattr(sys.modules.get("os"), "__file__", "") or "",
        "loaded": loaded(),
        "frozen": bool(getattr(sys, "frozen", False)),
        "gil_disabled": "t" in getattr(sys, "abiflags", ""),
        "uid": posix.geteuid(),
        "libc": confstr("CS_GNU_LIBC_VERSION"),
        "page": posix.sysconf("SC_PAGE_SIZE"),
        "cwd": cwd(),
    }


def loaded():
    # type: () -> Dict[str, str]
    """Name -> file of the modules that are imported by now."""
    found = {}
    modules = list(sys.modules.items())  # type: List[Any]
    for name, module in modules[:20000]:
        file = getattr(module, "__file__", None)
        if isinstance(name, str) and isinstance(file, str):
            found[name] = file
    return found


def cwd():
    # type: () -> str
    """The working directory, or nothing where it has been removed."""
    try:
        return posix.getcwd()
    except OSError:
        return ""


def confstr(name):
    # type: (str) -> str
    """A string of the C library; musl does not know the one that glibc answers."""
    try:
        return posix.confstr(name) or ""
    except (ValueError, OSError):
        return ""


def chain(error):
    # type: (Optional[BaseException]) -> List[Dict[str, Any]]
    """The exception, what it came from, and so on to the root, which comes last."""
    seen = []
    out = []  # type: List[Dict[str, Any]]
    via = ""
    while error is not None and len(out) < 40 and id(error) not in seen:
        seen.append(id(error))
        where = error.__traceback__
        frames = []
        while where is not None:
            frames.append(str(where.tb_frame.f_code.co_filename))
            if where.tb_next is None:
                break
            where = where.tb_next
        out.append(
            {
                "type": type(error).__name__,
                "text": str(error)[:LIMIT],
                "name": text(getattr(error, "name", None)),
                "path": text(getattr(error, "path", None) or getattr(error, "filename", None)),
                "file": where.tb_frame.f_code.co_filename if where else "",
                "line": where.tb_lineno if where else 0,
                "via": via,
                "frames": [f for f in frames if not f.startswith("<")][-60:],
            }
        )
        if error.__cause__ is not None:
            error, via = error.__cause__, "cause"
        else:
            error, via = error.__context__, "context"
    return out


def text(value):
    # type: (Any) -> Optional[str]
    """A string as it is; anything else as None."""
    return value if isinstance(value, str) else None


def subnormals():
    # type: () -> bool
    """Whether the CPU computes with numbers below the smallest normal one."""
    return SMALLEST[0] * 0.5 > 0.0


def bring(name):
    # type: (str) -> bool
    """Import name, and report how that went."""
    import time

    start = time.time()
    before = subnormals()
    try:
        __import__(name)
    except BaseException as error:  # KeyboardInterrupt too: OpenBLAS raises SIGINT on itself
        try:
            send("loaded", loaded())
            send("raised", {"module": name, "chain": chain(error)})
        except Exception as second:
            send(
                "raised",
                {
                    "module": name,
                    "chain": [
                        {
                            "type": type(error).__name__,
                            "text": repr(second),
                            "name": None,
                            "path": None,
                            "file": "",
                            "line": 0,
                            "via": "",
                        }
                    ],
                },
            )
        return False
    if before and not subnormals():
        send("flushed", name)
    module = sys.modules.get(name)
    send(
        "imported",
        {
            "module": name,
            "seconds": time.time() - start,
            "file": text(getattr(module, "__file__", None)),
            "version": text(getattr(module, "__version__", None)),
            "folders": [str(p) for p in list(getattr(module, "__path__", []))[:20]],
            "gil": bool(getattr(sys, "_is_gil_enabled", bool)()),
        },
    )
    return True


def libraries():
    # type: () -> List[str]
    """Shared objects mapped into this process, by path; empty without /proc."""
    found = []
    try:
        with open("/proc/self/maps") as maps:
            for line in maps:
                path = line.rstrip("\n").partition("/")[2]
                if ".so" in path and "/" + path not in found:
                    found.append("/" + path)
    except (OSError, ValueError):
        pass
    return found


def threads():
    # type: () -> int
    """Threads of this process, or 0 where /proc does not show them."""
    try:
        return len(posix.listdir("/proc/self/task"))
    except OSError:
        return 0


def openblas(path):
    # type: (str) -> Dict[str, Any]
    """Ask a loaded OpenBLAS about itself: {config, core, threads}; {} if it is none."""
    import ctypes

    answers = {}  # type: Dict[str, Any]
    try:
        library = ctypes.CDLL(path, mode=4)  # RTLD_NOLOAD: never load a second one
    except OSError:
        return answers
    for key, name, kind in (
        ("config", "openblas_get_config", ctypes.c_char_p),
        ("core", "openblas_get_corename", ctypes.c_char_p),
        ("threads", "openblas_get_num_threads", ctypes.c_int),
    ):
        for prefix, suffix in AFFIXES:
            function = getattr(library, prefix + name + suffix, None)
            if function is not None:
                function.restype = kind
                value = function()
                answers[key] = value.decode() if isinstance(value, bytes) else value
                break
    return answers


def numerics():
    # type: () -> Dict[str, Any]
    """What the imported NumPy is linked with."""
    mapped = libraries()
    blas = [
        p
        for p in mapped
        if any(
            w in p.rpartition("/")[2].lower()
            for w in ("blas", "mkl_rt", "blis", "libflame", "atlas")
        )
    ]
    umath = sys.modules.get("numpy._core._multiarray_umath") or sys.modules.get(
        "numpy.core._multiarray_umath"
    )
    facts = {  # type: Dict[str, Any]
        "libraries": mapped,
        "blas": blas,
        "threads": threads(),
        "openblas": {},
        "baseline": list(getattr(umath, "__cpu_baseline__", [])),
        "features": {str(k): bool(v) for k, v in getattr(umath, "__cpu_features__", {}).items()},
        "umath": text(getattr(umath, "__file__", None)),
    }
    try:
        for path in blas:
            answer = openblas(path)
            if answer:
                facts["openblas"][path] = answer
    except Exception as error:
        facts["openblas_error"] = repr(error)
    return facts


def compute(numpy):
    # type: (Any) -> List[Any]
    """Products of whole numbers in floating point (BLAS) against integers (no BLAS).

    Every sum is below 2**24, so float32 must be exact too. Returns the cases
    that were wrong as (dtype, n, expected, found).
    """
    wrong = []
    for n in (2, 5, 33, 130):
        i = numpy.arange(n * n, dtype="int64").reshape(n, n)
        a, b = (i * 7 + 3) % 19 - 9, (i * 5 + 1) % 17 - 8
        exact = numpy.matmul(a, b)
        for dtype in ("float64", "float32"):
            with numpy.errstate(all="ignore"):
                got = numpy.matmul(a.astype(dtype), b.astype(dtype))
            bad = numpy.argwhere(~(got == exact))
            if len(bad):
                at = tuple(int(k) for k in bad[0])
                wrong.append((dtype, n, repr(int(exact[at])), repr(float(got[at]))))
    return wrong


def start(file):
    # type: (str) -> None
    """Run a file as the start of Python does: a .pth, or a sitecustomize (-S left them out)."""
    import site

    folder, _, name = file.rpartition("/")
    if name.endswith(".pth"):
        site.addpackage(folder, name, set())
    else:
        sys.path.insert(0, folder)
        try:
            __import__(name.partition(".")[0])
        except Exception as error:  # as site does; SystemExit ends the interpreter
            sys.stderr.write(repr(error) + "\n")


def main():
    # type: () -> None
    """Do the stages in turn; what was sent stays sent if a later one kills us."""
    if STAGES and STAGES[0].startswith("script:") and sys.path[:1] == [""]:
        sys.path[0] = STAGES[0].partition(":")[2]  # as Python does for a script
    for stage in STAGES:  # and what the script itself adds
        kind, _, place = stage.partition(":")
        if kind in ("append", "insert"):
            sys.path.insert(0 if kind == "insert" else len(sys.path), place)
    send("survey", survey())
    for stage in STAGES:
        kind, _, name = stage.partition(":")
        if kind == "start":
            start(name)
        elif kind == "import":
            send("stage", "importing " + name)
            if not bring(name):
                sys.stderr.flush()
                return
        elif stage == "compute":
            numpy = sys.modules["numpy"]
            if not hasattr(numpy, "arange"):
                send("empty", True)
                continue
            send("stage", "computing")
            try:
                send("numerics", numerics())
                send("wrong", compute(numpy))
            except Exception as error:
                send("raised", {"module": "numpy", "chain": chain(error)})
    send("done", True)


main()
