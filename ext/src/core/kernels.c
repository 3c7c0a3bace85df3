/* Instantiates kernels.inc.h for the four element types. */
#include "kernels.h"

#include <cblas.h>

/* CBLAS takes a vector with a negative increment by its lowest address, NumPy by that of
 * its first element: the distance in bytes from the one to the other. */
static stride vector_start(stride length, stride step)
{
    return step < 0 ? (length - 1) * step : 0;
}

#define REAL_DOT(dot, n, x, incx, y, incy, out) (*(out) = dot(n, x, incx, y, incy))

/* scipy-openblas prefixes every symbol, so that it never meets another BLAS in the
 * process; its cblas.h declares them so. */
#define NAME(x) float32_##x
#define BLAS(x) scipy_cblas_s##x
#define REAL float
#define IS_COMPLEX 0
#define ARG(x) (*(x))
#define DOT(n, x, incx, y, incy, out) REAL_DOT(scipy_cblas_sdot, n, x, incx, y, incy, out)
#include "kernels.inc.h"
#undef NAME
#undef BLAS
#undef REAL
#undef DOT

#define NAME(x) float64_##x
#define BLAS(x) scipy_cblas_d##x
#define REAL double
#define DOT(n, x, incx, y, incy, out) REAL_DOT(scipy_cblas_ddot, n, x, incx, y, incy, out)
#include "kernels.inc.h"
#undef NAME
#undef BLAS
#undef REAL
#undef IS_COMPLEX
#undef ARG
#undef DOT

#define NAME(x) complex64_##x
#define BLAS(x) scipy_cblas_c##x
#define REAL float
#define IS_COMPLEX 1
#define ARG(x) ((const void *)(x))
#define DOT scipy_cblas_cdotu_sub
#include "kernels.inc.h"
#undef NAME
#undef BLAS
#undef REAL
#undef DOT

#define NAME(x) complex128_##x
#define BLAS(x) scipy_cblas_z##x
#define REAL double
#define DOT scipy_cblas_zdotu_sub
#include "kernels.inc.h"
#undef NAME

#define KERNELS(type, size)                                                              \
    {                                                                                    \
        size, type##_tiny, type##_gemm, type##_matrix_vector, type##_vector_matrix,      \
            type##_vector_vector, type##_copy                                            \
    }
const kernel_set kernels[ELEMENT_TYPES] = {
    [FLOAT32] = KERNELS(float32, 4),
    [FLOAT64] = KERNELS(float64, 8),
    [COMPLEX64] = KERNELS(complex64, 8),
    [COMPLEX128] = KERNELS(complex128, 16),
};
