"""The text and the files of a small project that uses NumPy's C-API."""

PYPROJECT = """\
[build-system]
requires = ["setuptools", "numpy>=2.0"]
build-backend = "setuptools.build_meta"

[project]
name = "thing"
version = "1"
requires-python = ">=3.10"
dependencies = ["numpy"]
"""
SOURCES = {"src/thing/__init__.py": "", "src/thing/a.c": "#include <numpy/arrayobject.h>\n"}
