"""Fifteen fresh public reports, the fifth measure; causes are from before its first run."""

from __future__ import annotations

from pathlib import Path

from doctorlab.lab import Lab
from doctorlab.report import PublicReport
from doctorlab.scene import Setup


def repository_of_numpy(lab: Lab, at: Path) -> Setup:
    site = lab.venv(at, pip="24.0")
    project = at / "numpy"
    (project / "numpy").mkdir(parents=True)
    for name in ("setup.py", "README.md", "pyproject.toml", "numpy/__init__.py"):
        (project / name).write_text("")
    return Setup(lab.exe(site), at)


FIFTH = (
    PublicReport(
        "segment-any-text/wtpsplit#56",
        "nnsplit's wheel needs glibc 2.27, and CentOS 7 has 2.17",
        ("2.27", "nnsplit"), (), text="nnsplit_glibc.txt",
    ),
    PublicReport(
        "microsoft/onnxruntime#1001",
        "the system's libstdc++ is too old; the package turns that into a warning",
        ("GLIBCXX_3.4.20", "libstdc++"), (), text="onnxruntime_warning.txt",
    ),
    PublicReport(
        "microsoft/onnxruntime#24338",
        "wheels from 1.17 on need a newer glibc than CentOS 7 has",
        ("onnxruntime", "CentOS"), (), text="onnxruntime_centos.txt",
    ),
    PublicReport(
        "atlanhq/camelot#256",
        "pip cannot replace a module of NumPy that a running program has loaded (Windows)",
        ("multiarray", "in use"), ("close",), text="camelot_winerror5.txt",
    ),
    PublicReport(
        "data-exchange/dxchange#109",
        "an old h5py uses np.typeDict, which NumPy 1.24 removed",
        ("h5py", "typeDict"), ("h5py",), text="dxchange_typedict.txt",
    ),
    PublicReport(
        "Illumina/interop#307",
        "interop uses np.object, which NumPy 1.24 removed",
        ("interop", "np.object", "1.24"), (), text="interop_object.txt",
    ),
    PublicReport(
        "theAIGuysCode/yolov3_deepsort#28",
        "compiled parts of h5py are of different releases (pip over conda)",
        ("h5py",), ("h5py",), text="h5py_reduce.txt",
    ),
    PublicReport(
        "spyder-ide/spyder#6907",
        "the user's own random.py hides Python's module",
        ("random.py", "hides"), ("rename",), text="spyder_random.txt",
    ),
    PublicReport(
        "conda/conda#2491",
        "DLLs of a conda environment are mixed or not found after an upgrade",
        ("DLL", "conda"), ("conda",), text="conda_scipy_dll.txt",
    ),
    PublicReport(
        "numba/llvmlite#650",
        "llvmlite's DLL, or one that it needs, is not loaded on Windows; conda's build works",
        ("llvmlite.dll",), ("llvmlite",), text="llvmlite_dll.txt",
    ),
    PublicReport(
        "numba/llvmlite#165",
        "the libstdc++ that is loaded is older than the compiler of libllvmlite.so",
        ("libllvmlite.so", "libstdc++"), (), text="llvmlite_libstdcxx.txt",
    ),
    PublicReport(
        "pyinstaller/pyinstaller#3870",
        "/tmp, where the one-file application unpacks itself, is mounted noexec",
        ("noexec",), ("TMPDIR",), text="pyinstaller_noexec.txt",
    ),
    PublicReport(
        "jd/pifpaf#176",
        "pkg_resources comes with setuptools, which new environments do not have",
        ("pifpaf", "pkg_resources"), ("setuptools",), text="pifpaf_distutils.txt",
    ),
    PublicReport(
        "ilastik/ilastik#1311",
        "pandas was built on another NumPy than the installed one (old wording)",
        ("pandas", "NumPy"), ("pandas",), text="ilastik_size.txt",
    ),
    PublicReport(
        "3b1b/manim#368",
        "the folder of NumPy's repository is taken for NumPy, which is not installed",
        ("numpy", "folder"), ("pip install", "numpy"), make=repository_of_numpy,
    ),
)  # fmt: skip
