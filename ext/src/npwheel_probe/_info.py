"""What the module was built with and what it runs on."""

from __future__ import annotations

from typing import TypedDict

import numpy as np

from npwheel_probe import _core


class BlasInfo(TypedDict):
    """The BLAS that matmul calls."""

    library: str
    version: str
    core: str  # the CPU whose kernels are in use, as OpenBLAS names it
    threads: int  # how many it would use now
    file: str | None  # the shared library, as the dynamic loader found it
    config: str  # OpenBLAS's own line about its build


class ApiInfo(TypedDict):
    """NumPy's C-API, at build time and now; API versions are integers such as 0xd."""

    header_release: str  # NumPy whose headers were compiled in
    header_api: int
    target_release: str  # first NumPy with the target's API version
    target_api: int  # lowest API version on which the module loads (NPY_TARGET_VERSION)
    running_release: str
    running_api: int
    running_abi: int  # 0x1000009 on NumPy 1, 0x2000000 on NumPy 2


def blas_info() -> BlasInfo:
    """Tell which BLAS is loaded, and how it sees this CPU."""
    raw = _core.blas_info()
    # "OpenBLAS 0.3.31.188.0 DYNAMIC_ARCH ...": get_config has no part for the version alone.
    version = raw["config"].split()[1]
    return {
        "library": raw["library"],
        "version": version,
        "core": raw["core"],
        "threads": raw["threads"],
        "file": raw["file"],
        "config": raw["config"].strip(),
    }


def api_info() -> ApiInfo:
    """Tell which NumPy C-API was built against, and which one runs."""
    raw = _core.api_info()
    return {
        "header_release": raw["header_release"],
        "header_api": raw["header_api"],
        "target_release": raw["target_release"],
        "target_api": raw["target_api"],
        "running_release": np.__version__,
        "running_api": raw["running_api"],
        "running_abi": raw["running_abi"],
    }
