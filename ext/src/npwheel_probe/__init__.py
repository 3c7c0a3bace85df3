"""x."""
from npwheel_probe._core import api_info, blas_info, matmul
