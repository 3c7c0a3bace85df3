"""What a maintainer is told to do about a build that failed."""

import pytest

from npwheel.build.causes import next_step
from npwheel.containers.images import ImageSpec

LOCAL = ImageSpec("localhost/x:1", "local", "2.31", ("3.9",), "k")
OFFICIAL = ImageSpec("example.org/x:1", "official", "2.28", None, "k")


@pytest.mark.parametrize(
    ("cause", "step", "image", "words"),
    [
        ("sh: yum: not found", "before-all", LOCAL, "localhost/x:1 only stands in for it"),
        ("sh: yum: not found", "before-all", OFFICIAL, ""),
        ("a.c:1:10: fatal error: numpy/arrayobject.h: No such file", "building", LOCAL,
         "name numpy>=2.0 in [build-system] requires"),
        ("a.c:1:10: fatal error: hdf.h: No such file or directory", "building", OFFICIAL,
         "where hdf.h is of a library that the project does not bring, let before-all"),
        ("CMake Error in Fetch.cmake:55: Failed to clone repository: 'x'", "building", LOCAL,
         "fetches what the project does not bring"),
        ("ModuleNotFoundError: No module named 'Cython.Build'", "building", LOCAL,
         "name the project that has Cython.Build in [build-system] requires"),
        ("CMake Error in CMakeLists.txt:3: Could NOT find BLAS (missing: x)", "building", LOCAL,
         "docs/openblas.md"),
        ('meson.build:1:0: ERROR: Dependency "fftw3" not found, tried pkgconfig', "building",
         LOCAL, "let before-all of [tool.cibuildwheel] install what is missing"),
        ("error: Failed to build `numpy==1.23.2`", "building", LOCAL,
         "the build asks for numpy==1.23.2, which has no wheel here: numpy>=2.0"),
        ("ImportError: Error loading shared library libffi.so.8: No such file or directory "
         "(needed by /opt/python/cp311-cp311/lib/x.so)", "before-build", LOCAL,
         "localhost/x:1 has no libffi for its CPython"),
        ("import a._c: ImportError: Error loading shared library libffi.so.8: No such file or "
         "directory (needed by /opt/python/cp313-cp313/lib/x.so) (exit code 1)", "proof", LOCAL,
         "localhost/x:1 has no libffi for its CPython"),
        ("a.c:3:1: error: expected ';'", "building", LOCAL, ""),
    ],
)  # fmt: skip
def test_the_next_step(cause, step, image, words):
    found = next_step(cause, step, image)
    assert words in found
    assert bool(found) == bool(words)
