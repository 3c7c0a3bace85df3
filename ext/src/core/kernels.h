/* The kernels of every element type, by what they compute. */
#ifndef NPWHEEL_KERNELS_H
#define NPWHEEL_KERNELS_H

#include "product.h"

/* No dimension of a product for `tiny` exceeds this. Measured: below it two loops beat
 * the overhead of a BLAS call, above it BLAS wins. */
#define TINY 6

typedef struct {
    stride itemsize;
    product_kernel *tiny;          /* any strides, C too */
    product_kernel *gemm;          /* reads the layouts only */
    product_kernel *matrix_vector; /* A's layout, strides of b.row and c.row */
    product_kernel *vector_matrix; /* B's layout, strides of a.col and c.col */
    product_kernel *vector_vector; /* strides of a.col and b.row */
    void (*copy)(char *to, const char *from, stride rows, stride cols, strides2 from_strides);
} kernel_set;

extern const kernel_set kernels[ELEMENT_TYPES];

#endif
