"""Twenty further public reports, the second measure; causes are from before its first run."""

from __future__ import annotations

import shutil
from pathlib import Path

from doctorlab.broken_reports import debian_12, distribution, package
from doctorlab.lab import Lab
from doctorlab.report import PublicReport
from doctorlab.scene import Setup

MESON = """project('constellation', 'c')
py = import('python').find_installation(pure: false)
py.extension_module('_part', '_part.c', subdir: 'constellation', install: true)
py.install_sources('__init__.py', subdir: 'constellation', pure: false)
"""
PART = """#include <Python.h>
static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "_part"};
PyMODINIT_FUNC PyInit__part(void) { return PyModule_Create(&def); }
"""


def installed_for_the_user(lab: Lab, at: Path) -> Setup:
    folder, setup = debian_12(lab, at, {"SUDO_USER": "openhabian", "HOME": "/root"}, "pyduofern")
    home = f"/scenes/{folder.name}/openhabian"
    users = folder.parents[1] / "etc/passwd"
    before = users.read_bytes()
    lab.closing.append(lambda: users.write_bytes(before) and None)
    lab.replace(users, before + f"openhabian:x:1777:1777::{home}:/bin/sh\n".encode())
    site = folder / "openhabian/.local/lib/python3.11/site-packages"
    site.mkdir(parents=True)
    package(site, "pyduofern", "0.34.1", "")
    return setup


def editable_without_ninja(lab: Lab, at: Path) -> Setup:
    site = lab.venv(at, pip="24.0")
    source = at / "source"
    source.mkdir()
    (source / "meson.build").write_text(MESON)
    (source / "_part.c").write_text(PART)
    (source / "__init__.py").write_text("from . import _part\n")
    (source / "pyproject.toml").write_text(
        '[build-system]\nbuild-backend = "mesonpy"\nrequires = ["meson-python", "ninja"]\n'
        '[project]\nname = "constellation"\nversion = "0.1"\n'
    )
    lab.run([lab.exe(site), "-m", "pip", "install", "-q", "-e", source])
    return Setup(lab.exe(site), at, modules=["constellation"])


def backport_of_typing(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "1.26.4")
    lab.run([*lab.pip(), "install", "-q", "--no-deps", "--target", at / "deps", "typing==3.7.4.3"])
    return Setup(lab.exe(site), at, {"PYTHONPATH": str(at / "deps")})


def layer_made_on_a_mac(lab: Lab, at: Path) -> Setup:
    site = lab.venv(at, pip="24.0")
    wheel = lab.wheel("numpy", "2.0.1", "3.11", "macos")
    shutil.copytree(lab.tree(wheel), at / "layer/python")
    return Setup(
        lab.exe(site), at,
        {"PYTHONPATH": str(at / "layer/python"), "AWS_LAMBDA_FUNCTION_NAME": "f"},
    )  # fmt: skip


def gdal_built_before_numpy(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "1.26.4")
    lab.link(lab.tree(lab.wheel("pip", "24.0")), site)
    folder = site / "osgeo"
    folder.mkdir()
    (folder / "__init__.py").write_text("from . import _gdal\n")
    (folder / "gdal_array.py").write_text("from . import _gdal_array\n")
    built = lab.extension("_gdal", PART.replace("_part", "_gdal"))
    shutil.copy(built, folder)
    names = [f"osgeo/{path.name}" for path in folder.iterdir()]
    distribution(site, "GDAL", "3.5.0", *names)
    return Setup(lab.exe(site), at, modules=["osgeo.gdal_array"])


def pandas_with_older_numpy(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "1.19.5", "3.9")
    lab.link(lab.tree(lab.wheel("pip", "24.0"), "3.9"), site)
    for name, version in (("pandas", "1.5.0"), ("pytz", "2024.1"), ("six", "1.16.0"),
                          ("python-dateutil", "2.9.0.post0")):  # fmt: skip
        lab.link(lab.tree(lab.wheel(name, version, "3.9"), "3.9"), site)
    return Setup(lab.exe(site), at, modules=["pandas"])


SECOND = (
    PublicReport(
        "gluap/pyduofern#29",
        "the package is in the user's ~/.local; sudo runs root's Python, which does not look there",
        ("pyduofern", "openhabian"), ("sudo",), make=installed_for_the_user,
    ),
    PublicReport(
        "mesonbuild/meson-python#600",
        "an editable installation builds itself again at import with the ninja of pip's build "
        "environment, which is gone",
        ("constellation", "editable", "ninja"), ("--no-build-isolation",),
        make=editable_without_ninja,
    ),
    PublicReport(
        "minerllabs/minerl#602",
        "the backport `typing` in a folder of packages hides Python's own typing",
        ("deps/typing.py", "typing"), ("PYTHONPATH",), make=backport_of_typing,
    ),
    PublicReport(
        "numpy/numpy#27222",
        "the layer has NumPy's wheel for macOS arm64, and the function runs on Linux",
        ("macOS",), ("numpy",), make=layer_made_on_a_mac,
    ),
    PublicReport(
        "OSGeo/gdal#5844",
        "GDAL was built while NumPy was not there, so it lacks its optional part _gdal_array",
        ("gdal 3.5.0", "_gdal_array", "built without"), ("--no-build-isolation",),
        make=gdal_built_before_numpy,
    ),
    PublicReport(
        "invoke-ai/InvokeAI#962",
        "pandas needs NumPy 1.20.3 or newer, and 1.19 is installed",
        ("pandas 1.5.0", "1.20.3", "1.19.5"), ("pip install", "numpy"),
        make=pandas_with_older_numpy,
    ),
    PublicReport(
        "pyinstaller/pyinstaller-hooks-contrib#456",
        "the application frozen by PyInstaller lacks sklearn.utils._typedefs, a hidden import",
        ("PyInstaller", "sklearn.utils._typedefs"), ("--hidden-import",), text="sklearn_frozen.txt",
    ),
    PublicReport(
        "numpy/numpy#23947",
        "/tmp, where pip builds, is mounted noexec",
        ("/tmp", "noexec"), ("TMPDIR",), text="pycocotools_noexec.txt",
    ),
    PublicReport(
        "NVIDIA-AI-IOT/nanosam#7",
        "torch was built on NumPy 1.23 and this NumPy is older (1.20), so torch runs without it",
        ("torch", "1.23"), ("numpy",), text="torch_jetson.txt",
    ),
    PublicReport(
        "ContinuumIO/anaconda-issues#720",
        "pip's packages in an Anaconda: MKL does not find the parts of itself that it loads later",
        ("MKL",), ("conda", "numpy"), text="mkl_fatal.txt",
    ),
    PublicReport(
        "tensorflow/tensorflow#62342",
        "TensorFlow's wheels need AVX, which a Celeron N4505 does not have",
        ("CPU", "tensorflow"), (), text="tensorflow_avx.txt",
    ),
    PublicReport(
        "python-poetry/install.python-poetry.org#34",
        "Homebrew replaced the Python that the virtual environment was made of",
        ("Homebrew", "python@3.10"), ("venv",), text="poetry_dyld.txt",
    ),
    PublicReport(
        "BlenderKit/Blendkit#1637",
        "this NumPy needs the Accelerate of macOS 13.3, and the system is older",
        ("macOS", "13.3"), (), text="blender_accelerate.txt",
    ),
    PublicReport(
        "thegoodhen/AprilTools#15",
        "the user's own NumPy (AppData\\Roaming) of another bitness is found by Blender's Python",
        ("AppData\\Roaming\\Python", "bit"), ("numpy",), text="blender_win193.txt",
    ),
    PublicReport(
        "qgis/QGIS#63733",
        "the user's own NumPy 2 (AppData\\Roaming) hides the NumPy 1 that QGIS brings",
        ("AppData\\Roaming\\Python", "NumPy"), ("PYTHONNOUSERSITE",), text="qgis_user_site.txt",
    ),
    PublicReport(
        "matplotlib/matplotlib#14684",
        "the system's libstdc++ is older than the compiler of the module",
        ("matplotlib", "libstdc++"), (), text="matplotlib_libstdcxx.txt",
    ),
    PublicReport(
        "h5py/h5py#2260",
        "h5py was built with another HDF5 than the libhdf5.so.310 that is loaded",
        ("h5py", "HDF5"), ("h5py",), text="h5py_hdf5.txt",
    ),
    PublicReport(
        "s-leger/archipack#158",
        "Blender's own Python finds apt's NumPy, which was built for the system's Python",
        ("/usr/lib/python3/dist-packages", "another Python"), (),
        text="blender_dist_packages.txt",
    ),
    PublicReport(
        "Comfy-Org/ComfyUI#999",
        "conda's SciPy is loaded with the system's older libstdc++ instead of conda's",
        ("GLIBCXX_3.4.26", "/usr/lib/x86_64-linux-gnu/libstdc++.so.6"), ("conda",),
        text="comfyui_conda.txt",
    ),
    PublicReport(
        "jupyter/notebook#5956",
        "the notebook's kernel.json names a Python that was removed",
        ("kernel", "/usr/local/opt/python/bin/python3.7"), ("ipykernel install",),
        text="jupyter_kernel.txt",
    ),
)  # fmt: skip
