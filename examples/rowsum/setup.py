"""Builds the one extension module: for the stable ABI, which free-threaded Pythons lack."""

import sysconfig

import numpy
from setuptools import Extension, setup

stable = not sysconfig.get_config_var("Py_GIL_DISABLED")
macros = [("NPY_TARGET_VERSION", "NPY_1_23_API_VERSION")]  # the oldest NumPy that may load it
macros += [("Py_LIMITED_API", "0x030B0000")] if stable else []  # CPython 3.11

setup(
    ext_modules=[
        Extension(
            "rowsum._rows",
            ["src/rowsum/_rows.c"],
            include_dirs=[numpy.get_include()],
            define_macros=macros,
            py_limited_api=stable,
        )
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}} if stable else {},
)
