"""The C module; its sources are in ext/src/core."""

from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

_Element = np.float32 | np.float64 | np.complex64 | np.complex128

@overload
def matmul(a: ArrayLike, b: ArrayLike, out: None = None) -> Any: ...
@overload
def matmul(a: ArrayLike, b: ArrayLike, out: NDArray[_Element]) -> NDArray[_Element]: ...
def blas_info() -> dict[str, Any]: ...
def api_info() -> dict[str, Any]: ...
