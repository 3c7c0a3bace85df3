"""Builds the one extension module."""

import numpy
from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension("rowsum._rows", ["src/rowsum/_rows.c"], include_dirs=[numpy.get_include()])
    ]
)
