"""Scenes rebuilt from public reports; the report is named in the description."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from doctorlab.lab import Lab
from doctorlab.roots import enter, root, stage
from doctorlab.scene import Setup, broken

APT = "python3,python3-pandas,python3-scipy,python3-matplotlib,python3-pip"
BASE = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
PLAIN = """
#include <Python.h>
static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "%(name)s"};
PyMODINIT_FUNC PyInit_%(name)s(void) { return PyModule_Create(&def); }
"""
PYTHON_2 = """
#include <Python.h>
PyMODINIT_FUNC initcv2(void) { Py_InitModule("cv2", NULL); PyString_FromString("x"); }
"""


def distribution(site: Path, name: str, version: str, *files: str, requires: str = "") -> None:
    """Metadata of an installed distribution."""
    info = site / f"{name}-{version}.dist-info"
    info.mkdir()
    lines = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"]
    if requires:
        lines.append(f"Requires-Dist: {requires}\n")
    (info / "METADATA").write_text("".join(lines))
    (info / "INSTALLER").write_text("pip\n")
    (info / "RECORD").write_text("".join(f"{file},,\n" for file in files))


def package(site: Path, name: str, version: str, body: str, requires: str = "") -> None:
    """An installed distribution with one module."""
    (site / f"{name}.py").write_text(body)
    distribution(site, name, version, f"{name}.py", requires=requires)


def debian_12(lab: Lab, at: Path, env: dict[str, str], *modules: str) -> tuple[Path, Setup]:
    """(folder inside of it, setup) of Debian 12 with apt's pandas, SciPy and matplotlib."""
    where = root(lab, "bookworm", "amd64", APT)
    folder = stage(lab, where, at)
    shutil.copy(lab.doctor, folder / "npwheel-doctor.pyz")
    inside = f"/scenes/{folder.name}"
    env = {**BASE, "HOME": inside, **{k: v.replace("@", inside) for k, v in env.items()}}
    (folder / "work").mkdir()
    start = ("sh", "-c", f'cd {inside}/work && exec "$@"', "sh")
    return folder, Setup(
        "/usr/bin/python3", at, env, prefix=[*enter(lab, where, at), *start], modules=modules,
        doctor=f"{inside}/npwheel-doctor.pyz",
    )  # fmt: skip


@broken(
    "apt-pandas-with-pip-numpy-2",
    "NPD061",
    "apt's pandas 1.5.3 and pip's NumPy 2.2.6 in ~/.local (tim-janik/imagewmark#18)",
    "hides the system's NumPy 1.24.2",
    "2.2.6",
)
def apt_pandas_with_pip_numpy_2(lab: Lab, at: Path) -> Setup:
    folder, setup = debian_12(lab, at, {})
    site = folder / ".local/lib/python3.11/site-packages"
    site.parent.mkdir(parents=True)
    shutil.copytree(lab.tree(lab.wheel("numpy", "2.2.6")), site)
    return setup


@broken(
    "apt-scipy-cut",
    "NPD030",
    "one compiled module of apt's SciPy cut short: apt repairs it, not pip",
    "_flapack",
    "damaged",
)
def apt_scipy_cut(lab: Lab, at: Path) -> Setup:
    _, setup = debian_12(lab, at, {}, "scipy.linalg")
    where = root(lab, "bookworm", "amd64", APT)
    file = next(where.glob("usr/lib/python3/dist-packages/scipy/linalg/_flapack*.so"))
    data = file.read_bytes()
    file.write_bytes(data[:4096])
    lab.closing.append(lambda: lab.replace(file, data))
    return setup


@broken(
    "libgfortran-3",
    "NPD005",
    "a wheel that needs libgfortran.so.3, on a system with .so.5 (medema-group/BiG-SCAPE#213)",
    "libgfortran.so.3",
    "libgfortran.so.5",
)
def libgfortran_3(lab: Lab, at: Path) -> Setup:
    folder, setup = debian_12(lab, at, {"PYTHONPATH": "@/site"}, "phmm")
    needing_library(lab, at, folder / "site", "phmm", "libgfortran.so.3")
    return setup


def needing_library(lab: Lab, at: Path, site: Path, name: str, library: str) -> None:
    """An installed extension that is linked with a library of that name, which is nowhere."""
    site.mkdir()
    fake = at / "fake"
    fake.mkdir()
    (fake / "x.c").write_text("void needed(void) {}\n")
    lab.run(["gcc", "-shared", f"-Wl,-soname,{library}", "-o", fake / library, fake / "x.c"])
    source = (PLAIN % {"name": name}).replace(
        "return", "extern void needed(void); needed(); return"
    )
    built = lab.extension(name, source, flags=[str(fake / library)])
    shutil.copy(built, site / built.name)
    distribution(site, name, "1.0", built.name)


@broken(
    "libGL",
    "NPD005",
    "a wheel that needs libGL.so.1, in a Debian without it",
    "libGL.so.1",
    "not installed",
)
def libgl(lab: Lab, at: Path) -> Setup:
    folder, setup = debian_12(lab, at, {"PYTHONPATH": "@/site"}, "glmod")
    needing_library(lab, at, folder / "site", "glmod", "libGL.so.1")
    return setup


@broken(
    "ros-python-2",
    "NPD062",
    "ROS puts Python 2.7's cv2.so on PYTHONPATH (DavidFernandezChaves/Detectron2_ros#2)",
    "Python 2.7",
    "PYTHONPATH",
)
def ros_python_2(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "1.26.4")
    ros = at / "opt/ros/melodic/lib/python2.7/dist-packages"
    ros.mkdir(parents=True)
    include = lab.run(
        [lab.python("2.7"), "-c", "import sysconfig; print(sysconfig.get_paths()['include'])"]
    )
    (at / "cv2.c").write_text(PYTHON_2)
    lab.run(["gcc", "-shared", "-fPIC", "-w", "-I", include.stdout.strip(), "-o", ros / "cv2.so",
             at / "cv2.c"])  # fmt: skip
    package(site, "cv2", "4.9.0", "import numpy\n")
    return Setup(lab.exe(site), at, {"PYTHONPATH": str(ros)}, modules=["cv2"])


@broken(
    "pythonpath-into-a-package",
    "NPD008",
    "PYTHONPATH leads into a package that has an own _ctypes (MPSLab-ASU/dMazeRunner#1)",
    "_ctypes",
    "PYTHONPATH",
)
def pythonpath_into_a_package(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "1.26.4")
    inner = at / "tvm/python/tvm/_ctypes"
    inner.mkdir(parents=True)
    (inner / "__init__.py").write_text("")
    (inner.parent / "__init__.py").write_text("")
    package(site, "sound", "1.0", "import ctypes\n")
    return Setup(lab.exe(site), at, {"PYTHONPATH": str(inner.parent)}, modules=["sound"])


@broken(
    "no-pkg-resources",
    "NPD057",
    "a package imports pkg_resources, which new setuptools lacks (bbc/audio-offset-finder#48)",
    "imports pkg_resources",
    "setuptools 82",
)
def no_pkg_resources(lab: Lab, at: Path) -> Setup:
    site = lab.venv(at, pip="24.0")
    distribution(site, "setuptools", "82.0.1", "setuptools/__init__.py")
    (site / "setuptools").mkdir()
    (site / "setuptools/__init__.py").write_text("")
    package(site, "audio_offset_finder", "0.5.3", "import pkg_resources\n")
    return Setup(lab.exe(site), at, modules=["audio_offset_finder"])


@broken(
    "cache-not-writable",
    "NPD063",
    "numba may not write its cache: a home that is not writable (librosa/librosa#1156)",
    "numba cannot write its cache",
)
def cache_not_writable(lab: Lab, at: Path) -> Setup:
    folder, setup = debian_12(lab, at, {"PYTHONPATH": "@/site"}, "resonance")
    site = folder / "site"
    for name, version in (("numpy", "1.26.4"), ("numba", "0.60.0"), ("llvmlite", "0.43.0")):
        shutil.copytree(lab.tree(lab.wheel(name, version)), site, dirs_exist_ok=True)
    body = "import numba\n@numba.njit(cache=True)\ndef f(x):\n    return x\n"
    package(site, "resonance", "1.0", body)
    user = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")
    env = {**setup.env, "HOME": "/nonexistent"}
    return replace(setup, prefix=[*setup.prefix, *user], env=env)


@broken(
    "old-h5py",
    "NPD059",
    "h5py 2.10.0 uses np.typeDict (rwth-i6/returnn#1807)",
    "h5py 2.10.0 uses np.typeDict",
    "NumPy 1.24 removed",
)
def old_h5py(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "1.24.4", python="3.8")
    for name, version in (("h5py", "2.10.0"), ("six", "1.16.0")):
        lab.link(lab.tree(lab.wheel(name, version, "3.8"), "3.8"), site)
    return Setup(lab.exe(site), at, modules=["h5py"])


@broken(
    "np-float",
    "NPD059",
    "a package of no known newer release uses np.float with NumPy 1.26",
    "np.float",
    "1.24",
)
def np_float(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "1.26.4")
    package(site, "oldnet", "0.3", "import numpy as np\nD = np.float\n", "numpy>=1.17")
    return Setup(lab.exe(site), at, modules=["oldnet"])


@broken(
    "python-2-pyc",
    "NPD008",
    "a stray random.pyc of Python 2 (cydonia999/Tiny_Faces_in_Tensorflow#14)",
    "random.pyc",
    "bytecode of another Python",
)
def python_2_pyc(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "1.26.4")
    (at / "random.py").write_text("x = 1\n")
    lab.run([lab.python("2.7"), "-m", "py_compile", at / "random.py"])
    (at / "random.py").unlink()
    return Setup(lab.exe(site), at)


@broken(
    "random-beside-the-script",
    "NPD008",
    "random.py beside the script, not in the current folder (unifyai/ivy#1042)",
    "random.py",
    "hides",
)
def random_beside_the_script(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "1.26.4")
    scripts = at / "tools"
    scripts.mkdir()
    (scripts / "random.py").write_text("x = 1\n")
    (scripts / "run.py").write_text("import numpy as np\nprint(np.ones(3))\n")
    return Setup(lab.exe(site), at, modules=["tools/run.py"])


@broken(
    "random-in-a-folder-of-scripts",
    "NPD008",
    "the same, with nothing said about the script: a warning",
    "tools/random.py",
    state="warning",
)
def random_in_a_folder_of_scripts(lab: Lab, at: Path) -> Setup:
    setup = random_beside_the_script(lab, at)
    return Setup(setup.python, at)


@broken(
    "base-python-moved",
    "NPD067",
    "a venv of Python 3.11 whose base is Python 3.12 now",
    "Python 3.11",
    "3.12",
)
def base_python_moved(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "1.26.4")
    exe = Path(lab.exe(site))
    exe.unlink()
    exe.symlink_to(lab.python("3.12"))
    config = exe.parents[1] / "pyvenv.cfg"
    text = config.read_text().splitlines()
    home = f"home = {Path(lab.python('3.12')).parent}"
    config.write_text("\n".join(home if line.startswith("home") else line for line in text) + "\n")
    return Setup(str(exe), at)


@broken(
    "fast-math",
    "NPD068",
    "an extension that is linked with -ffast-math: subnormal numbers are zero",
    "fastmath",
    "subnormal",
    state="warning",
)
def fast_math(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "2.2.6")
    source = PLAIN % {"name": "fastmath"} + (
        'const char *a = "numpy._core._multiarray_umath", *b = "_ARRAY_API";\n'
    )
    built = lab.extension("fastmath", source, flags=["-ffast-math"])
    shutil.copy(built, site / built.name)
    distribution(site, "fastmath", "1.0", built.name)
    return Setup(lab.exe(site), at)


@broken(
    "two-opencvs",
    "NPD070",
    "opencv-python and opencv-python-headless installed over each other",
    "opencv-python 4.5.1",
    "opencv-python-headless 4.9.0",
)
def two_opencvs(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "1.26.4")
    (site / "cv2").mkdir()
    (site / "cv2/__init__.py").write_text("from cv2.cv2 import *\n")
    for name, version in (("opencv_python", "4.5.1"), ("opencv_python_headless", "4.9.0")):
        distribution(site, name, version, "cv2/__init__.py")
    return Setup(lab.exe(site), at, modules=["cv2"])


@broken(
    "mismatch",
    "NPD060",
    "a package uses a name that another one no longer has",
    "plotter 1.0 uses old_name of toolbox",
    "toolbox 3.0",
)
def mismatch(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "1.26.4")
    package(site, "toolbox", "3.0", "new_name = 1\n")
    package(site, "plotter", "1.0", "from toolbox import old_name\n", "toolbox")
    return Setup(lab.exe(site), at, modules=["plotter"])


@broken(
    "works-without-pythonpath",
    "NPD069",
    "a module of the user's on PYTHONPATH that breaks a package in a way of its own",
    "it works without PYTHONPATH",
    "ZeroDivisionError: division by zero",
)
def works_without_pythonpath(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "1.26.4")
    package(site, "helpers", "1.0", "x = 1\n")
    package(site, "engine", "1.0", "import helpers\nhelpers.x\n")
    (at / "mine").mkdir()
    (at / "mine/helpers.py").write_text("1 / 0\n")
    return Setup(lab.exe(site), at, {"PYTHONPATH": str(at / "mine")}, modules=["engine"])


@broken(
    "unknown-error",
    "NPD000",
    "an error that no mode knows: the whole exception and whose file it is",
    "ValueError: the moon is not full",
    "odd 1.0",
)
def unknown_error(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "1.26.4")
    package(site, "odd", "1.0", "raise ValueError('the moon\\nis not full')\n")
    return Setup(lab.exe(site), at, modules=["odd"])


@broken(
    "pickle-of-numpy-2",
    "NPD066",
    "a module that loads a pickle of NumPy 2 under NumPy 1.24 (4DVLab/DexGrasp-Anything#7)",
    "pickled with NumPy 2",
)
def pickle_of_numpy_2(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "1.24.4", python="3.8")
    data = b"\x80\x02cnumpy._core.multiarray\n_reconstruct\n."
    (site / "weights.pkl").write_bytes(data)
    package(site, "grasp", "1.0", "import os, pickle\n"
            "pickle.load(open(os.path.join(os.path.dirname(__file__), 'weights.pkl'), "
            "'rb'))\n")  # fmt: skip
    return Setup(lab.exe(site), at, modules=["grasp"])


@broken(
    "metadata-gone",
    "NPD073",
    "a package whose dist-info folder is gone, and code that requires its version",
    "the metadata of tool is missing",
    "user 1.0 requires it",
)
def metadata_gone(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "1.26.4")
    package(site, "tool", "2.0", "x = 1\n")
    shutil.rmtree(site / "tool-2.0.dist-info")
    package(site, "user", "1.0", "import importlib.metadata as m\nm.version('tool')\n", "tool")
    return Setup(lab.exe(site), at, modules=["user"])


@broken(
    "tomllib-on-3.9",
    "NPD074",
    "a package that imports tomllib, on Python 3.9",
    "config 1.0 uses tomllib",
    "Python 3.11",
)
def tomllib_on_39(lab: Lab, at: Path) -> Setup:
    site = lab.venv(at, "3.9")
    package(site, "config", "1.0", "import tomllib\n")
    return Setup(lab.exe(site), at, modules=["config"])


@broken(
    "match-on-3.9",
    "NPD074",
    "a package with a match statement, on Python 3.9, that requires 3.10",
    "parser-of-ours 2.0 requires Python >=3.10",
    "Python 3.9",
)
def match_on_39(lab: Lab, at: Path) -> Setup:
    site = lab.venv(at, "3.9")
    package(site, "parser_of_ours", "2.0", "match 1:\n    case 1:\n        pass\n")
    metadata = site / "parser_of_ours-2.0.dist-info/METADATA"
    metadata.write_text(metadata.read_text() + "Requires-Python: >=3.10\n")
    return Setup(lab.exe(site), at, modules=["parser_of_ours"])
