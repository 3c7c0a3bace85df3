"""Matrix products through NumPy's C-API and OpenBLAS, in one abi3 wheel per platform.

``python -m npwheel_probe`` proves that the module works where it is installed.
"""

from __future__ import annotations

try:
    from npwheel_probe._core import matmul
except ImportError as error:
    # Three causes are usual, and none is told apart by its type: NumPy is missing, NumPy is
    # older than the C-API asked for, or libscipy_openblas is not there (a wheel that was
    # built but not repaired). The original message names which.
    raise ImportError(
        f"npwheel_probe cannot load its C module: {error}. It needs NumPy 1.19.3 or newer and "
        "the OpenBLAS that its repaired wheels bring; `npwheel doctor` tells what is wrong."
    ) from error
from npwheel_probe._info import ApiInfo, BlasInfo, api_info, blas_info

__all__ = ["ApiInfo", "BlasInfo", "__version__", "api_info", "blas_info", "matmul"]
__version__ = "0.1.0"
