"""Fifteen fresh public reports, the third measure; causes are from before its first run."""

from __future__ import annotations

import shutil
from pathlib import Path

from doctorlab.lab import Lab
from doctorlab.report import PublicReport
from doctorlab.scene import Setup


def own_bottleneck(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "2.2.6")
    for name, version in (("pandas", "2.2.3"), ("pytz", "2024.1"), ("six", "1.16.0"),
                          ("python-dateutil", "2.9.0.post0"), ("tzdata", "2024.1")):  # fmt: skip
        lab.link(lab.tree(lab.wheel(name, version, "3.11"), "3.11"), site)
    (at / "bottleneck.py").write_text("print('my analysis')\n")
    return Setup(lab.exe(site), at, modules=["pandas"])


def stripped_library(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "1.21.2", "3.9")
    lab.link(lab.tree(lab.wheel("pip", "24.0"), "3.9"), site)
    library = next((site / "numpy.libs").glob("libgfortran-*"))
    lab.replace(library, library.read_bytes())
    lab.run([lab.tool("strip"), library])
    return Setup(lab.exe(site), at)


def packages_of_the_builder(lab: Lab, at: Path) -> Setup:
    site = lab.venv(at, pip="24.0")
    shutil.copytree(lab.tree(lab.wheel("numpy", "1.26.4", "3.12")), at / "pack")
    (at / "run.py").write_text('import sys\nsys.path.append("./pack")\nimport numpy as np\n')
    return Setup(lab.exe(site), at, modules=["run.py"])


THIRD = (
    PublicReport(
        "pandas-dev/pandas#31151",
        "the user's own bottleneck.py is taken for the optional package of that name",
        ("bottleneck.py",), ("mv", "bottleneck.py"), make=own_bottleneck,
    ),
    PublicReport(
        "numpy/numpy#20101",
        "the libgfortran of NumPy's wheel was changed by strip",
        ("libgfortran-2e0d59d6",), ("pip install", "--force-reinstall", "numpy==1.21.2"),
        make=stripped_library,
    ),
    PublicReport(
        "numpy/numpy#28762",
        "the script puts a folder on sys.path whose packages are for another Python",
        ("pack", "3.12"), ("numpy",), make=packages_of_the_builder,
    ),
    PublicReport(
        "railwayapp/nixpacks#304",
        "the system library libz.so.1 is not found",
        ("libz.so.1",), ("zlib",), text="nixpacks_libz.txt",
    ),
    PublicReport(
        "a-h-b/binny#35",
        "the libgfortran.so.5 of the conda environment is damaged",
        ("libgfortran.so.5", "damaged"), ("conda", "libgfortran"), text="binny_gfortran.txt",
    ),
    PublicReport(
        "wkentaro/labelme#842",
        "OpenCV's Qt plugins are loaded into the program's own Qt",
        ("Qt", "cv2"), ("opencv-python-headless",), text="labelme_xcb.txt",
    ),
    PublicReport(
        "emilianavt/OpenSeeFace#72",
        "there is no display for Qt",
        ("display",), ("headless",), text="openseeface_display.txt",
    ),
    PublicReport(
        "scikit-learn/scikit-learn#28362",
        "no room in the static TLS block for libgomp, which is loaded late",
        ("libgomp", "static TLS"), ("LD_PRELOAD",), text="sklearn_jetson_tls.txt",
    ),
    PublicReport(
        "numba/numba#8460",
        "llvmlite is loaded with another LLVM (the system's) than the one it was built with",
        ("libllvmlite.so", "LLVM"), ("llvmlite",), text="numba_llvm.txt",
    ),
    PublicReport(
        "streamlit/streamlit#9383",
        "pickle, which is Python's own module, stands in the requirements",
        ("pickle", "Python's own"), ("requirements",), text="streamlit_pickle.txt",
    ),
    PublicReport(
        "streamlit/streamlit#15326",
        "the pinned numpy 1.26.4 has no wheel for Python 3.14",
        ("numpy 1.26.4", "3.14"), ("numpy",), text="streamlit_python314.txt",
    ),
    PublicReport(
        "sca075/mqtt_vacuum_camera#390",
        "/tmp, where packages are built, is mounted noexec (musl)",
        ("/tmp", "noexec"), ("TMPDIR",), text="vacuum_musl_noexec.txt",
    ),
    PublicReport(
        "thonny/thonny#2371",
        "the user's own keyword.py hides Python's module",
        ("keyword.py", "hides"), ("rename",), text="thonny_keyword.txt",
    ),
    PublicReport(
        "streamlit/streamlit#2531",
        "the pickle was made with another release of pycaret than the one that reads it",
        ("pycaret", "pickle"), ("pycaret",), text="pycaret_pickle.txt",
    ),
    PublicReport(
        "scikit-learn/scikit-learn#14485",
        "too many libraries with static TLS (old glibc); what is imported first matters",
        ("static TLS",), ("import",), text="sklearn_torch_tls.txt",
    ),
)  # fmt: skip
