"""The first fifteen public reports, which were rebuilt once the doctor's design was finished.

Their causes were written down before the doctor saw any of them; what it
answered then is kept in docs/doctor-cases.md.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from doctorlab.broken_reports import PLAIN, debian_12, needing_library, package
from doctorlab.lab import Lab
from doctorlab.report import PublicReport
from doctorlab.scene import Setup


def numbers_beside_script(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "1.26.4")
    (at / "numbers.py").write_text("Integral = 777\n")
    (at / "bug.py").write_text("import numpy\nimport numbers\n")
    return Setup(lab.exe(site), at, modules=["bug.py"])


def script_named_pandas(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "2.2.6")
    for name, version in (("pandas", "2.2.3"), ("pytz", "2024.1"), ("six", "1.16.0"),
                          ("python-dateutil", "2.9.0.post0"), ("tzdata", "2024.1")):  # fmt: skip
        lab.link(lab.tree(lab.wheel(name, version, "3.11"), "3.11"), site)
    (at / "pandas.py").write_text("import pandas as pd\ndf = pd.DataFrame()\n")
    return Setup(lab.exe(site), at, modules=["pandas"])


def numpy_of_python_2(lab: Lab, at: Path) -> Setup:
    site = lab.venv(at, pip="24.0")
    old = at / "spack/py-numpy/lib/python2.7/site-packages"
    shutil.copytree(lab.tree(lab.wheel("numpy", "1.16.6", "2.7", "x86_64-cp27")), old)
    return Setup(lab.exe(site), at, {"PYTHONPATH": str(old)})


def simps_of_scipy(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "2.2.6")
    lab.link(lab.tree(lab.wheel("scipy", "1.15.3"), "3.11"), site)
    package(site, "pymoskito", "0.3.0", "from scipy.integrate import simps\n", "scipy")
    return Setup(lab.exe(site), at, modules=["pymoskito"])


def numba_with_newer_numpy(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "2.2.6")
    for name, version in (("numba", "0.61.0"), ("llvmlite", "0.44.0")):
        lab.link(lab.tree(lab.wheel(name, version), "3.11"), site)
    return Setup(lab.exe(site), at)


def distutils_on_312(lab: Lab, at: Path) -> Setup:
    site = lab.venv(at, "3.12", pip="24.0")
    package(site, "netml", "0.2.1", "from distutils.version import LooseVersion\n", "numpy")
    return Setup(lab.exe(site), at, modules=["netml"])


def numpy_in_usr_local(lab: Lab, at: Path) -> Setup:
    folder, setup = debian_12(lab, at, {})
    root = folder.parents[1]
    place = root / "usr/local/lib/python3.11/dist-packages"
    place.mkdir(parents=True, exist_ok=True)
    for name in ("numpy", "numpy.libs", "numpy-1.26.4.dist-info"):
        shutil.copytree(lab.tree(lab.wheel("numpy", "1.26.4")) / name, place / name)
        lab.closing.append(lambda path=place / name: shutil.rmtree(path))  # type: ignore[misc]
    source = (PLAIN % {"name": "_umath_linalg"}).replace(
        "return", "extern void zgelsd_(void); zgelsd_(); return"
    )
    built = lab.extension("_umath_linalg", source)
    old = next((place / "numpy/linalg").glob("_umath_linalg*.so"))
    lab.replace(old, built.read_bytes())
    return setup


def opencv_with_numpy_2(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "2.2.6")
    lab.link(lab.tree(lab.wheel("opencv-python-headless", "4.9.0.80")), site)
    return Setup(lab.exe(site), at, modules=["cv2"])


def library_of_nobody(lab: Lab, at: Path) -> Setup:
    folder, setup = debian_12(lab, at, {"PYTHONPATH": "@/site"}, "cycurl")
    needing_library(lab, at, folder / "site", "cycurl", "libcurl-impersonate.so.4")
    return setup


FIRST = (
    PublicReport(
        "numpy/numpy#20609",
        "numbers.py beside the script is imported instead of Python's own module numbers",
        ("numbers.py", "hides", "numbers"), ("mv", "numbers.py"), make=numbers_beside_script,
    ),
    PublicReport(
        "pandas-dev/pandas#9979",
        "the user's own pandas.py is imported instead of the installed pandas",
        ("pandas.py", "hides"), ("mv", "pandas.py"), make=script_named_pandas,
    ),
    PublicReport(
        "spack/spack#10498",
        "PYTHONPATH brings the NumPy of Python 2.7 to a Python 3",
        ("2.7", "PYTHONPATH"), ("unset PYTHONPATH",), make=numpy_of_python_2,
    ),
    PublicReport(
        "cklb/pymoskito#88",
        "pymoskito asks for scipy.integrate.simps, which SciPy 1.14 removed",
        ("pymoskito", "simps", "scipy"), ("pip install", "pymoskito"), make=simps_of_scipy,
    ),
    PublicReport(
        "numba/numba#10033",
        "numba 0.61.0 needs NumPy 2.1 or older (its own requirement), 2.2 is installed",
        ("numba 0.61.0", "2.2"), ("numpy", "<2.2"), make=numba_with_newer_numpy,
    ),
    PublicReport(
        "noise-lab/netml#33",
        "netml imports distutils, which Python 3.12 removed; setuptools brings one",
        ("netml", "distutils", "3.12"), ("pip install", "setuptools"), make=distutils_on_312,
    ),
    PublicReport(
        "numpy/numpy#8697",
        "a NumPy in /usr/local that was built without LAPACK hides the one of apt",
        ("/usr/local/lib/python3.11/dist-packages", "zgelsd_"), ("pip uninstall", "numpy"),
        make=numpy_in_usr_local,
    ),
    PublicReport(
        "opencv/opencv#25772",
        "OpenCV was built on NumPy 1.x and runs with NumPy 2",
        ("opencv-python-headless 4.9.0.80", "NumPy 1.x"),
        ("pip install", "opencv-python-headless"), make=opencv_with_numpy_2,
    ),
    PublicReport(
        "synodriver/cycurl#17",
        "the wheel lacks a library that it needs, and no system packages that library",
        ("libcurl-impersonate.so.4",), ("--upgrade cycurl",), make=library_of_nobody,
    ),
    PublicReport(
        "kha-white/mokuro#38",
        "comic_text_detector uses np.int, which NumPy 1.24 removed",
        ("comic_text_detector", "np.int", "1.24"), ("numpy<1.24",), text="mokuro.txt",
    ),
    PublicReport(
        "theislab/scib#332",
        "R's library is for x86_64, and the Python runs as arm64",
        ("x86_64", "arm64"), (), text="scib.txt",
    ),
    PublicReport(
        "scipy/scipy#10326",
        "SciPy's DLLs are not found in Anaconda on Windows: pip's and conda's packages are mixed",
        ("Windows", "DLL", "conda"), ("conda",), text="scipy_windows.txt",
    ),
    PublicReport(
        "whittlem/pycryptobot#329",
        "numpy 1.20.3 is compiled on a 64-bit Pi for lack of Python's headers (no wheel was taken)",
        ("numpy 1.20.3", "headers"), ("install",), text="pycryptobot.txt",
    ),
    PublicReport(
        "natecdr/tuttut#18",
        "the pinned numpy 1.23.4 has no wheel for Python 3.12 and cannot be built there",
        ("numpy 1.23.4", "3.12"), ("pip install",), text="tuttut.txt",
    ),
    PublicReport(
        "pybind/cmake_example#8",
        "conda's libstdc++ is older than the compiler that built the module",
        ("GLIBCXX_3.4.22", "libstdc++.so.6"), ("conda install", "libstdcxx"),
        text="cmake_example.txt",
    ),
)  # fmt: skip
