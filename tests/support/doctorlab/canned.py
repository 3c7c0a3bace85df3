"""Modes that cannot be made here: only a text, or changed facts, stand for them.

`mode -> (text, words of the verdict)`. The documentation marks these modes.
"""

TEXTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "NPD016": (
        "  Preparing metadata (pyproject.toml) did not run successfully.\n"
        "ModuleNotFoundError: No module named 'distutils'\n"
        "error: metadata-generation-failed\n",
        ("build from source failed",),
    ),
    "NPD023": (
        "Looking in indexes: piwheels\n"
        "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have "
        "updated the package versions, please update the hashes.\n",
        ("hashes",),
    ),
    "NPD036": (
        "OpenBLAS warning: precompiled NUM_THREADS exceeded, adding auxiliary array for thread "
        "metadata.\n",
        ("fewer threads",),
    ),
    "NPD038": (
        "OMP: Error #15: Initializing libiomp5.so, but found libomp.so already initialized.\n",
        ("libiomp5.so", "libomp.so"),
    ),
    "NPD044": (
        "ImportError: /srv/app/numpy/_core/_multiarray_umath.so: failed to map segment from "
        "shared object: Permission denied\n",
        ("SELinux",),
    ),
    "NPD045": (
        "qemu: uncaught target signal 11 (Segmentation fault) - core dumped\n",
        ("emulated",),
    ),
    "NPD064": (
        'Traceback (most recent call last):\n  File "app.py", line 1, in <module>\n'
        '  File "PyInstaller/loader/pyimod02_importers.py", line 384, in exec_module\n'
        "ModuleNotFoundError: No module named 'numpy._core._exceptions'\n",
        ("PyInstaller", "numpy._core._exceptions"),
    ),
    "NPD065": (
        "ImportError: cannot load module more than once per process\n",
        ("second time",),
    ),
    "NPD071": (
        "ImportError: DLL load failed while importing _multiarray_umath: The specified module "
        "could not be found.\n",
        ("Windows", "_multiarray_umath"),
    ),
    "NPD077": (
        'qt.qpa.plugin: Could not load the Qt platform plugin "xcb" in '
        '"/usr/lib/python3/dist-packages/cv2/qt/plugins" even though it was found.\n',
        ("Qt", "cv2"),
    ),
    "NPD072": (
        "ImportError: dlopen(/Users/me/v/lib/python3.9/site-packages/x.so, 2): tried: 'x.so' "
        "(mach-o file, but is an incompatible architecture (have 'x86_64', need 'arm64'))\n",
        ("x86_64", "arm64"),
    ),
    "NPD052": (
        "ImportError: Error relocating /app/x.cpython-312-x86_64-linux-musl.so: "
        "__cxa_thread_atexit_impl: symbol not found\n",
        ("only glibc has",),
    ),
}
# Facts changed by hand in test_canned.py.
BY_FACTS = ("NPD015", "NPD025", "NPD046", "NPD049")
