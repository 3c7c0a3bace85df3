"""`--read FILE`: what a text states about another machine, and nothing of this one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from doctorlab.report import TEXTS
from doctorlab.reports import REPORTS

from npwheel.doctor import commandline, saved_text, text_session

SITE = "/home/me/v/lib/python3.11/site-packages"


def traceback(last: str, *files: str) -> str:
    """A traceback through these files."""
    frames = "".join(f'  File "{file}", line 1, in <module>\n    import x\n' for file in files)
    return f"Traceback (most recent call last):\n{frames}{last}\n"


def in_package(last: str, package: str = "pandas") -> str:
    """A traceback from a program through an installed package."""
    return traceback(last, "/home/me/run.py", f"{SITE}/{package}/__init__.py")


BASELINE = (
    "RuntimeError: NumPy was built with baseline optimizations: \n(X86_V2) but your machine "
    "doesn't support:\n(X86_V2)."
)
API = (
    "RuntimeError: module compiled against API version 0xf but this version of numpy is 0xd\n"
    + traceback("ImportError: numpy.core.multiarray failed to import", f"{SITE}/cv2/__init__.py")
)
# text, mode, words of the verdict, a part of the first fix
CASES: list[tuple[str, str, tuple[str, ...], str]] = [
    (in_package("ValueError: numpy.dtype size changed, may indicate binary incompatibility. "
                "Expected 96 from C header, got 88 from PyObject"),
     "NPD002", ("pandas", "NumPy 1.x"), "pandas>=2.2.2"),
    (API, "NPD003", ("opencv-python", "1.22"), "numpy>=1.22,<2"),
    (in_package("ImportError: libGL.so.1: cannot open shared object file: No such file or "
                "directory",
                "cv2"), "NPD005", ("libGL.so.1",), "libgl1"),
    (in_package("OSError: libcudart.so.11.0: cannot open shared object file: No such file or "
                "directory", "torch"), "NPD005", ("libcudart.so.11.0",), "CUDA"),
    (traceback("ImportError: Error loading shared library libgfortran.so.5: No such file or "
               "directory (needed by /usr/lib/python3.12/site-packages/x.so)"),
     "NPD005", ("libgfortran.so.5",), "apk add so:libgfortran.so.5"),
    ("ImportError: No module named 'numpy.core._multiarray_umath'\nThe Python version is: "
     "Python3.9 "
     'from "/usr/bin/python3"\n_multiarray_umath.cpython-311-x86_64-linux-gnu.so',
     "NPD006", ("Python 3.9", "3.11"), "--force-reinstall"),
    ("START RequestId: 1\n[ERROR] Runtime.ImportModuleError: Unable to import module "
     "'lambda_function': \nNo module named 'numpy.core._multiarray_umath'\n/var/task/numpy",
     "NPD006", ("Lambda",), "manylinux2014_x86_64"),
    (traceback("ImportError: cannot import name 'SystemRandom' from 'random' (/home/me/random.py)",
               f"{SITE}/numpy/random/__init__.py", "/usr/lib/python3.11/secrets.py"),
     "NPD008", ("/home/me/random.py", "random"), "rename"),
    (traceback("AttributeError: partially initialized module 'numpy' has no attribute "
               "'array' (most "
               "likely due to a circular import)", "C:\\Users\\me\\numpy.py"),
     "NPD008", ("numpy.py",), "rename"),
    ("AttributeError: module 'random' has no attribute 'x' (consider renaming '/home/me/random.py' "
     "since it has the same name as the standard library module named 'random' and prevents "
     "importing that standard library module)", "NPD008", ("/home/me/random.py",), "rename"),
    (traceback(BASELINE), "NPD011", ("X86_V2",), "numpy<2.4"),
    ("Illegal instruction (core dumped)", "NPD012", ("CPU",), "older CPU"),
    ("OpenBLAS blas_thread_init: pthread_create failed for thread 1 of 8: Operation not permitted",
     "NPD013", ("Operation not permitted",), "OPENBLAS_NUM_THREADS=1"),
    (traceback("ImportError: Error loading shared library ld-linux-x86-64.so.2: No such file or "
               f"directory (needed by {SITE}/numpy/core/x.so)"), "NPD014", ("glibc", "musl"),
     "--no-cache-dir"),
    ("ERROR: Could not find a version that satisfies the requirement numpy==1.19.5 (from versions: "
     "1.21.2, 1.26.4)\nERROR: No matching distribution found for numpy==1.19.5",
     "NPD016", ("numpy",), "--upgrade pip"),
    ("Building wheel for pycocotools (setup.py) ... error\n  error: Microsoft Visual C++ 14.0 or "
     "greater is required.\n  ERROR: Failed building wheel for pycocotools",
     "NPD016", ("pycocotools", "C++"), "--only-binary"),
    ("Getting requirements to build wheel did not run successfully.\nModuleNotFoundError: "
     "No module "
     "named 'pkg_resources'\nERROR: Failed to build 'imgaug' when getting requirements",
     "NPD016", ("pkg_resources",), "setuptools<81"),
    (traceback("ImportError: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.34' not found "
               f"(required by {SITE}/scipy/x.so)"), "NPD019", ("2.34", "scipy"), "scipy"),
    (traceback("ModuleNotFoundError: No module named 'yaml'", "/home/me/run.py"),
     "NPD021", ("yaml",), "pyyaml"),
    (traceback("ModuleNotFoundError: No module named 'inhouse_tools'", "/home/me/run.py"),
     "NPD021", ("inhouse_tools",), "documentation"),
    ("error: externally-managed-environment", "NPD022", ("operating system",), "venv"),
    (traceback("ImportError: /x/numpy/core/_multiarray_umath.so: ELF load command alignment not "
               "page-aligned"), "NPD026", ("pages",), "kernel8.img"),
    (traceback("OSError: /opt/lib/libctranslate2.so: cannot enable executable stack as "
               "shared object "
               "requires: Invalid argument"), "NPD027", ("executable stack",), "patchelf"),
    (traceback(f"ImportError: {SITE}/scipy/linalg/_flapack.so: file too short"),
     "NPD030", ("_flapack.so",), "scipy"),
    (traceback("ImportError: libscipy_openblas64_-99b71e71.so: cannot open shared object file: No "
               "such file or directory"), "NPD032", ("libscipy_openblas64_",), "numpy"),
    (traceback("ImportError: /x/fused.cpython-310-x86_64-linux-gnu.so: undefined symbol: "
               "_ZN2at4_ops5zeros4callEN3c108ArrayRefINS2_6SymIntEEE"),
     "NPD037", ("PyTorch",), ""),
    (traceback("ImportError: /usr/lib/aarch64-linux-gnu/libgomp.so.1: cannot allocate memory in "
               "static TLS block"), "NPD040", ("libgomp.so.1",), "LD_PRELOAD"),
    (traceback("ImportError: bad magic number in 'random': b'\\x03\\xf3\\r\\n'"),
     "NPD054", ("random",), "random.pyc"),
    (traceback("ModuleNotFoundError: No module named '_ctypes'", "/home/user/.pyenv/lib/ctypes.py"),
     "NPD056", ("_ctypes",), "build Python again"),
    (in_package("ModuleNotFoundError: No module named 'pkg_resources'", "librosa"),
     "NPD057", ("librosa", "pkg_resources"), "setuptools<81"),
    (in_package("ImportError: cannot import name 'Iterable' from 'collections' "
                "(/usr/lib/python3.11/collections/__init__.py)", "networkx"),
     "NPD057", ("networkx", "Python 3.10"), "--upgrade networkx"),
    (in_package("AttributeError: `np.float_` was removed in the NumPy 2.0 release. Use "
                "`np.float64` "
                "instead.", "chromadb"), "NPD059", ("chromadb", "np.float_"), "numpy<2"),
    (traceback("AttributeError: module 'numpy' has no attribute 'bool'.", "/home/me/train.py",
               f"{SITE}/numpy/__init__.py"), "NPD059", ("/home/me/train.py", "np.bool"), "bool"),
    (in_package("AttributeError: module 'numpy' has no attribute 'trapezoid'"),
     "NPD059", ("came with NumPy 2.0",), "numpy>=2.0"),
    (in_package("ImportError: cannot import name 'url_quote' from 'werkzeug.urls' "
                f"({SITE}/werkzeug/urls.py)", "flask"),
     "NPD060", ("flask", "url_quote", "werkzeug"), "flask werkzeug"),
    (traceback("ImportError: dynamic module does not define module export function (PyInit_cv2)",
               "/home/me/node.py") + "PYTHONPATH=/opt/ros/melodic/lib/python2.7/dist-packages",
     "NPD062", ("cv2",), "unset PYTHONPATH"),
    (in_package("RuntimeError: cannot cache function '__shear_dense': no locator available "
                "for file "
                "'/usr/local/lib/python3.7/site-packages/librosa/util/utils.py'", "librosa"),
     "NPD063", ("numba",), "NUMBA_CACHE_DIR"),
    (traceback("ModuleNotFoundError: No module named 'numpy._core._exceptions'", "app.py",
               "PyInstaller/loader/pyimod02_importers.py"), "NPD064",
     ("PyInstaller", "numpy._core._exceptions"), "--hidden-import"),
    (traceback("ImportError: cannot load module more than once per process",
               "/opt/spyder/spyder_kernels/customize/umr.py", f"{SITE}/numpy/__init__.py"),
     "NPD065", ("second time",), "Spyder"),
    (traceback("ImportError: module numpy.core._multiarray_umath does not support loading in "
               "subinterpreters"), "NPD065", ("sub-interpreter",), "main interpreter"),
    (traceback("ModuleNotFoundError: No module named 'numpy._core'", "/home/me/test.py",
               f"{SITE}/torch/serialization.py"), "NPD066", ("NumPy 2",), "numpy>=2"),
    ("UserWarning: The value of the smallest subnormal for <class 'numpy.float64'> type is zero.",
     "NPD068", ("ffast-math",), "upgrade"),
    (traceback("ImportError: DLL load failed while importing _multiarray_umath: The "
               "specified module "
               "could not be found.", "C:\\Python39\\Lib\\site-packages\\numpy\\core\\__init__.py"),
     "NPD071", ("Windows", "_multiarray_umath"), "Visual C++"),
    (traceback("ImportError: DLL load failed: %1 is not a valid Win32 application."),
     "NPD071", ("bitness",), "--force-reinstall"),
    (traceback("ImportError: dlopen(/Users/me/v/lib/python3.9/site-packages/numpy/core/x.so, 2): "
               "tried: 'x' (mach-o file, but is an incompatible architecture (have 'arm64', need "
               "'x86_64'))"), "NPD072", ("arm64", "x86_64"), "numpy"),
    (traceback("ImportError: dlopen(/Users/me/x.so, 2): Library not loaded: "
               "/opt/homebrew/opt/openblas/lib/libopenblas.0.dylib\n  Referenced from: "
               "/Users/me/x.so"),
     "NPD072", ("libopenblas.0.dylib",), "brew"),
    (in_package("ImportError: cannot import name 'Self' from 'typing' "
                "(/usr/lib/python3.10/typing.py)", "modern").replace("3.11", "3.10"),
     "NPD074", ("modern", "typing.Self", "3.11"), "3.11"),
    (in_package("SyntaxError: Missing parentheses in call to 'print'. Did you mean print(...)?",
                "ancient"), "NPD074", ("ancient", "Python 2"), "Python 3"),
    (in_package("ModuleNotFoundError: No module named 'numpy.distutils'", "f90wrap")
     .replace("3.11", "3.12"), "NPD059", ("f90wrap", "3.12"), "f90wrap"),
    (in_package("ImportError: Numba needs NumPy 2.2 or less. Got NumPy 2.3.", "numba"),
     "NPD055", ("2.2", "2.3"), "numpy<2.3"),
    ("ERROR: pip's dependency resolver does not currently take into account all packages.\n"
     "tensorflow 2.15.0 requires numpy<2.0.0,>=1.23.5, but you have numpy 2.1.0 which is "
     "incompatible.", "NPD055", ("tensorflow 2.15.0", "numpy 2.1.0"), "tensorflow"),
    (in_package("RuntimeError: Numpy is not available", "torch"), "NPD001",
     ("PyTorch", "another release"), "warning"),
    ("numpy 2.1.0 is installed\n" + in_package("RuntimeError: Numpy is not available", "torch"),
     "NPD001", ("torch", "NumPy 1.x"), "numpy<2"),
    ("UserWarning: Failed to initialize NumPy: module compiled against API version 0xf but this "
     "version of numpy is 0xe (Triggered internally at x.cpp:68.)\n"
     + traceback("RuntimeError: Numpy is not available", "/home/me/run.py"),
     "NPD003", ("torch", "NumPy 1.22", "0xe"), "numpy>=1.22"),
    ("$ python -c 'import polars'\nIllegal instruction\n", "NPD012", ("polars",), "polars"),
    (traceback(f"ImportError: {SITE}/rmm/x.so: undefined symbol: cudaGetDriverEntryPointByVersion"),
     "NPD037", ("CUDA", "cudaGetDriverEntryPointByVersion"), "rmm"),
    (traceback(f"ImportError: {SITE}/k/x.so: undefined symbol: _ZNSt15__exception_ptr13exceptionE"),
     "NPD037", ("libstdc++", "older"), "libstdc++"),
    (traceback("ImportError: /tmp/_MEI8pJT8L/numpy/core/x.so: failed to map segment from shared "
               "object"), "NPD028", ("/tmp", "noexec", "one-file"), "TMPDIR"),
    ("dyld[1]: Library not loaded: @executable_path/../.Python\n  Referenced from: "
     "/Users/me/Envs/site/bin/python2.7\n  Reason: image not found", "NPD067",
     ("/Users/me/Envs/site", "gone"), "venv"),
    ("bash: /srv/old/venv/bin/flask: /srv/new/venv/bin/python3: bad interpreter: No such file or "
     "directory", "NPD067", ("gone",), "venv"),
    (traceback("ImportError: dlopen(/Users/me/v/lib/python3.12/site-packages/scipy/x.so, 0x2): "
               "Symbol not found: (_dgesdd$NEWLAPACK$ILP64)"), "NPD072", ("13.3",), "macOS"),
    (traceback("ImportError: dlopen(/Users/me/v/lib/python3.12/site-packages/a/x.so, 0x2): "
               "Symbol not found: (_aligned_alloc)\n  Referenced from: '/x.so'\n  Expected in: "
               "'/usr/lib/libSystem.B.dylib'"), "NPD072",
     ("newer macOS", "/usr/lib/libSystem.B.dylib"), "macOS"),
    (traceback("ValueError: numpy.dtype size changed, may indicate binary incompatibility. "
               "Expected 96 from C header, got 88 from PyObject",
               "/usr/share/freecad/Mod/x/Init.py", "/opt/FreeCAD/usr/lib/python3.11/x.py",
               "/home/me/.local/lib/python3.11/site-packages/pandas/__init__.py"),
     "NPD075", ("/home/me/.local/lib/python3.11/site-packages", "FreeCAD"), "PYTHONNOUSERSITE"),
    (traceback("ImportError: re-building the surveyor meson-python editable wheel package failed",
               f"{SITE}/_surveyor_editable_loader.py"),
     "NPD076", ("surveyor", "again"), "--no-build-isolation"),
    (traceback(f"OSError: {SITE}/gmsh/lib/libgmsh.so: undefined symbol: _ZN4llvm4PassD2Ev, version "
               "LLVM_14", f"{SITE}/gmsh/__init__.py"), "NPD037", ("LLVM", "libgmsh.so"), "gmsh"),
    ("export LD_LIBRARY_PATH=/opt/hdf5/lib\n" + traceback(
        f"ImportError: {SITE}/netCDF4/x.so: undefined symbol: H5Pset_fapl_ros3")
     + "libhdf5.so.103 => /opt/hdf5/lib/libhdf5.so.103 (0x0)\n", "NPD037",
     ("HDF5", "LD_LIBRARY_PATH"), "unset LD_LIBRARY_PATH"),
    (traceback("ImportError: cannot import name 'Callable' from 'collections' (/usr/lib/python3.12/"
               "collections/__init__.py)", "/usr/bin/pip3",
               "/usr/lib/python3/dist-packages/pip/_vendor/html5lib/_trie/py.py"),
     "NPD018", ("pip",), "ensurepip"),
    ("<ipython-input-9-abc> in <module>\n----> 1 import scipy\n\n"
     "~/env/lib/python3.11/site-packages/numpy/lib/format.py in <module>\n"
     "ImportError: cannot import name 'set_module' from 'numpy.core.overrides' (x.py)", "NPD004",
     ("replaced", "kernel"), "restart"),
    ("RuntimeError: can't start new thread", "NPD013", ("limit",), "ulimit"),
    (traceback("ImportError: libpython3.9.so.1.0: cannot open shared object file: No such file or "
               "directory"), "NPD005", ("libpython3.9.so.1.0",), "--enable-shared"),
    ("In [1]: import torch\nIn [2]: import pyarrow\nSegmentation fault (core dumped)", "NPD000",
     ("pyarrow", "after torch"), ""),
    ("ModuleNotFoundError: No module named 'numpy.core._multiarray_umath'\n" + in_package(
        "AttributeError: module 'numexpr' has no attribute 'evaluate'", "tables"), "NPD006",
     ("numexpr", "newer NumPy"), "numexpr"),
    (in_package("ValueError: numpy.ufunc has the wrong size, try recompiling. Expected 192, "
                "got 216", "bottleneck"), "NPD002", ("another NumPy",), "bottleneck"),
    ("ERROR: Could not install packages due to an OSError: [WinError 32] The process cannot access "
     "the file because it is being used by another process: 'c:\\\\v\\\\cv2\\\\cv2.pyd'",
     "NPD071", ("cv2.pyd", "in use"), "close"),
    (in_package("AttributeError: module 'fiona._shim' has no attribute '__pyx_capi__'", "fiona"),
     "NPD031", ("fiona", "different releases"), "fiona"),
    (traceback("OSError: Could not load shared object file: libfoo.dll", f"{SITE}/foo/ffi.py"),
     "NPD071", ("libfoo.dll", "foo"), "Redistributable"),
    (traceback("ImportError: /usr/lib64/libstdc++.so.6: version `CXXABI_1.3.11' not found "
               f"(required by {SITE}/open3d/x.so)"), "NPD020",
     ("CXXABI_1.3.11", "system"), "older release"),
    ("Debian GNU/Linux 9.13\nERROR: Could not find a version that satisfies the requirement "
     "torch==2.6 (from versions: 1.9.0)\nERROR: No matching distribution found for torch==2.6",
     "NPD016", ("torch", "Debian GNU/Linux 9.13"), "torch"),
    ("qt.qpa.plugin: Could not find the Qt platform plugin \"xcb\" in \"\"\nAborted", "NPD077",
     ("xcb",), "QT_DEBUG_PLUGINS"),
    ("ERROR: Could not find a version that satisfies the requirement asyncore (from versions: "
     "none)\nERROR: No matching distribution found for asyncore", "NPD016", ("Python's own",),
     "requirements"),
    ("  x No solution found when resolving dependencies:\n  Because skleran was not found in the "
     "package registry and you require skleran, we can conclude that", "NPD016", ("skleran",),
     "name"),
    (traceback("ImportError: Error loading shared library /srv/app/x.so: Operation not permitted",
               "/srv/app/run.py"), "NPD028", ("/srv/app/x.so", "noexec"), "TMPDIR"),
    (traceback("AttributeError: Can't get attribute 'Encoder' on <module 'category_encoders.utils' "
               "from '/x.py'>", "/home/me/run.py", "/usr/lib/python3.11/pickle.py"),
     "NPD066", ("category_encoders.utils.Encoder",), "category"),
    (traceback("ModuleNotFoundError: No module named 'preprocess'", "/home/me/serve.py",
               "/usr/lib/python3.11/pickle.py"), "NPD066", ("preprocess", "not here"), "sys.path"),
    (traceback("ImportError: /opt/conda/envs/a/lib/libicui18n.so.73: file too short",
               "/home/me/run.py"), "NPD030", ("libicui18n.so.73",), "libicui18n"),
    (in_package("ImportError: numpy.core.multiarray failed to import", "cv2"), "NPD003",
     ("opencv-python", "another release"), "numpy opencv-python"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "mode", "words", "fix"), CASES, ids=range(len(CASES)))
def test_kind_of_text(text: str, mode: str, words: tuple[str, ...], fix: str) -> None:
    verdict = text_session.judge(text).verdict
    assert verdict.mode == mode, verdict.sentence
    assert verdict.sentence.startswith("The text says")
    for word in words:
        assert word in verdict.sentence
    assert fix in (verdict.fix.command if verdict.fix else "")


def test_unknown_text_gets_the_whole_exception() -> None:
    text = in_package("ValueError: the moon\nis not full", "lunar")
    verdict = text_session.judge(text).verdict
    assert verdict.mode == "NPD000"
    assert "ValueError: the moon is not full" in verdict.sentence
    assert "lunar" in verdict.sentence


def test_the_root_of_a_chain_counts() -> None:
    text = (
        in_package("ImportError: libgfortran.so.5: cannot open shared object file: No such file or "
                   "directory")
        + "\nDuring handling of the above exception, another exception occurred:\n\n"
        + in_package("ImportError: Error importing numpy: you should not try to import numpy from "
                     "its source directory")
    )  # fmt: skip
    assert text_session.judge(text).verdict.mode == "NPD005"


def test_text_without_an_error_is_not_called_fine() -> None:
    assert text_session.judge("all is well\n").verdict.state == "not all could be checked"


@pytest.mark.parametrize("prefix", ["E   ", "web_1  | ", "2024-05-01T10:11:12.345Z ", "  "])
def test_prefixes_of_tools(prefix: str) -> None:
    text = in_package("ModuleNotFoundError: No module named 'yaml'")
    noisy = "".join(prefix + line + "\n" for line in text.splitlines())
    assert text_session.judge(noisy).verdict.mode == "NPD021"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_of_consoles(encoding: str) -> None:
    data = "\x1b[31mModuleNotFoundError: No module named 'yaml'\x1b[0m\r\n".encode(encoding)
    text = commandline.decoded(data)
    assert text_session.judge(text).verdict.mode == "NPD021"


def test_nothing_of_this_machine(tmp_path: Path) -> None:
    """No path, version or interpreter of it, and nothing is run."""
    file = tmp_path / "text"
    file.write_text(in_package("ModuleNotFoundError: No module named 'yaml'"))
    start = [sys.executable, "-m", "npwheel.doctor", "--read", str(file)]
    done = subprocess.run([*start, "--json"], capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)
    assert done.returncode == 1
    assert found["examined"] == "a text"
    assert found["facts"]["python"]["executable"] == ""
    assert found["facts"]["machine"]["arch"] == ""
    assert sys.executable not in done.stdout
    refused = subprocess.run(
        [*start, "--fix", "--yes"], capture_output=True, text=True, check=False
    )
    assert refused.returncode == 2


def test_versions_that_a_text_states() -> None:
    saved = saved_text.read(
        'The Python version is: Python3.9 from "x"\nnumpy==2.0.2 pandas-1.5.3\n'
    )
    assert (saved.python, saved.numpy, saved.named("pandas")) == ("3.9", "2.0.2", "pandas 1.5.3")


@pytest.mark.parametrize("report", [r for r in REPORTS if r.text], ids=lambda r: r.thread)
def test_public_report(report) -> None:  # type: ignore[no-untyped-def]
    text = (TEXTS / report.text).read_text()
    verdict = text_session.judge(text).verdict
    for word in report.first_line:
        assert word in verdict.sentence
    for word in report.command:
        assert verdict.fix is not None
        assert word in verdict.fix.command


@pytest.mark.parametrize("text", ["File " * 20000, "(" * 50000, "No module named '" + "a." * 30000,
                                  "x.so: " * 20000, "Traceback (most recent call "
                                                    "last):\n" * 5000])  # fmt: skip
def test_hostile_text_is_read_in_time(text: str) -> None:
    subprocess.run([sys.executable, "-m", "npwheel.doctor", "--read", "-"], input=text, text=True,
                   capture_output=True, timeout=60, check=False)  # fmt: skip
