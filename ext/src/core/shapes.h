/* The shape rules of numpy.matmul: (n?,k),(k,m?)->(n?,m?), stacks broadcast. */
#ifndef NPWHEEL_SHAPES_H
#define NPWHEEL_SHAPES_H

#include "probe.h"
#include "product.h"

/* NumPy 2 allows 64 dimensions, NumPy 1 allowed 32; NPY_MAXDIMS is whichever the headers
 * say, so it is no safe length for an array in a module that runs on both. */
#define MOST_DIMS 64

typedef struct {
    npy_intp n, k, m;             /* of each product; 1 for what a vector lacks */
    int stack_ndim;               /* dimensions that are looped over */
    npy_intp stack[MOST_DIMS];    /* their lengths */
    int core_ndim;                /* 0, 1 or 2: the result's own dimensions */
    npy_intp core[2];
} matmul_shape;

/* Writes the dimensions of the whole result to `dims`; returns how many there are. */
static inline int matmul_result_dims(const matmul_shape *shape, npy_intp dims[MOST_DIMS + 2])
{
    int ndim = 0;
    for (; ndim < shape->stack_ndim; ndim++) {
        dims[ndim] = shape->stack[ndim];
    }
    for (int i = 0; i < shape->core_ndim; i++) {
        dims[ndim++] = shape->core[i];
    }
    return ndim;
}

/* Fills `shape`; out may be NULL. Returns 0, or -1 with ValueError set. */
int matmul_shape_of(PyArrayObject *a, PyArrayObject *b, PyArrayObject *out, matmul_shape *shape);

/* An array as a stack of matrices: strides in bytes, 0 where it is broadcast. */
typedef struct {
    strides2 core;
    npy_intp stack[MOST_DIMS];
} matmul_strides;

/* Which of its last two dimensions an operand has. */
enum core { CORE_MATRIX, CORE_ROW, CORE_COLUMN, CORE_SCALAR };

void matmul_strides_of(PyArrayObject *array, enum core core, const matmul_shape *shape,
                       matmul_strides *strides);

#endif
