import os

import numpy
from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension(
            "tiny_capi",
            ["tiny_capi.c"],
            include_dirs=[numpy.get_include()],
            py_limited_api=True,
            define_macros=[
                ("Py_LIMITED_API", "0x03090000"),
                ("NPY_TARGET_VERSION", os.environ.get("TINY_TARGET", "NPY_1_19_API_VERSION")),
                ("NPY_NO_DEPRECATED_API", "NPY_1_19_API_VERSION"),
            ],
        )
    ],
    options={"bdist_wheel": {"py_limited_api": "cp39"}},
)
