"""Fifteen fresh public reports, the fourth measure; causes are from before its first run."""

from __future__ import annotations

from pathlib import Path

from doctorlab.broken_reports import needing_library, package
from doctorlab.lab import Lab
from doctorlab.report import PublicReport
from doctorlab.scene import Setup


def needs_shared_python(lab: Lab, at: Path) -> Setup:
    site = lab.venv(at, pip="24.0")
    needing_library(lab, at, at / "made", "pyrfa", "libpython3.12.so.1.0")
    lab.link(at / "made", site)
    return Setup(lab.exe(site), at, modules=["pyrfa"])


def own_copy_module(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "2.2.6")
    for name, version in (("pandas", "2.2.3"), ("pytz", "2024.1"), ("six", "1.16.0"),
                          ("python-dateutil", "2.9.0.post0"), ("tzdata", "2024.1")):  # fmt: skip
        lab.link(lab.tree(lab.wheel(name, version, "3.11"), "3.11"), site)
    (at / "copy.py").write_text("print('copying')\n")
    return Setup(lab.exe(site), at, modules=["pandas"])


def venv_without_the_users_packages(lab: Lab, at: Path) -> Setup:
    site = lab.venv(at, pip="24.0")
    user = at / "home/.local/lib/python3.11/site-packages"
    user.mkdir(parents=True)
    package(user, "modern_robotics", "1.1.1", "")
    env = {"HOME": str(at / "home"), "VIRTUAL_ENV": str(at / "venv")}
    return Setup(lab.exe(site), at, env, modules=["modern_robotics"])


FOURTH = (
    PublicReport(
        "infiniflow/ragflow#4466",
        "LD_LIBRARY_PATH brings an older libnvJitLink than the one of torch's own packages",
        ("CUDA", "/usr/local/cuda-12.1/lib64/libnvJitLink.so.12"), ("LD_LIBRARY_PATH",),
        text="ragflow_cuda.txt",
    ),
    PublicReport(
        "pypa/packaging-problems#763",
        "pip itself is older than the Python that replaced the environment's",
        ("pip", "distutils"), ("ensurepip",), text="pip_distutils.txt",
    ),
    PublicReport(
        "deadsnakes/issues#262",
        "the pip of apt, which is for the system's Python, is run with Python 3.12",
        ("pip", "3.12"), ("ensurepip",), text="pip_of_apt.txt",
    ),
    PublicReport(
        "qubvel/transformers-notebooks#5",
        "NumPy was replaced while the notebook's kernel had it loaded",
        ("NumPy was replaced", "kernel"), ("restart",), text="colab_center.txt",
    ),
    PublicReport(
        "ZhengPeng7/BiRefNet#202",
        "NumPy was replaced while the notebook's kernel had it loaded",
        ("NumPy was replaced", "kernel"), ("restart",), text="colab_mtrand.txt",
    ),
    PublicReport(
        "devcartel/pyrfa#56",
        "the extension is linked with libpython, and this Python was built without a shared one",
        ("libpython3.12.so.1.0",), ("--enable-shared",), make=needs_shared_python,
    ),
    PublicReport(
        "pandas-dev/pandas#35827",
        "the user's own copy.py hides Python's module",
        ("copy.py", "hides"), ("mv", "copy.py"), make=own_copy_module,
    ),
    PublicReport(
        "numpy/numpy#24136",
        "the script is called numpy.py",
        ("numpy.py", "hides"), ("rename",), text="numpy_script.txt",
    ),
    PublicReport(
        "MIC-DKFZ/nnUNet#1343",
        "the limit on processes leaves no room for OpenBLAS's threads",
        ("thread", "limit"), ("OPENBLAS_NUM_THREADS",), text="nnunet_nproc.txt",
    ),
    PublicReport(
        "openmaptiles/openmaptiles#1719",
        "an old Docker refuses the call with which a newer C library starts threads",
        ("thread",), ("Docker",), text="openmaptiles_thread.txt",
    ),
    PublicReport(
        "keithrozario/Klayers#141",
        "the layer is for Python 3.8 and the function runs on 3.7",
        ("Python 3.7", "Lambda"), ("--python-version 3.7",), text="klayers_37.txt",
    ),
    PublicReport(
        "apache/arrow#4472",
        "pyarrow and TensorFlow do not go together in one process; TensorFlow's import crashes",
        ("segmentation fault", "tensorflow"), (), text="arrow_tensorflow.txt",
    ),
    PublicReport(
        "3ct0s/dystopia-c2#63",
        "the application frozen by PyInstaller lacks OpenCV's compiled module",
        ("PyInstaller", "cv2"), ("PyInstaller",), text="cv2_frozen.txt",
    ),
    PublicReport(
        "alpacahq/pylivetrader#73",
        "bottleneck was built for a newer NumPy than the installed one",
        ("bottleneck", "NumPy"), ("numpy",), text="pylivetrader_bottleneck.txt",
    ),
    PublicReport(
        "Interbotix/interbotix_ros_manipulators#151",
        "the package is in the user's own folder, where a virtual environment does not look",
        ("modern_robotics", "virtual environment"), ("pip install", "modern"),
        make=venv_without_the_users_packages,
    ),
)  # fmt: skip
