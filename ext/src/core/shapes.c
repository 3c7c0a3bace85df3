#include "shapes.h"

#define SIGNATURE "(n?,k),(k,m?)->(n?,m?)"

static int needs_dimensions(PyArrayObject *array, int least, const char *role, int position)
{
    if (PyArray_NDIM(array) >= least) {
        return 0;
    }
    PyErr_Format(PyExc_ValueError,
                 "matmul: %s operand %d does not have enough dimensions (has %d, gufunc core "
                 "with signature " SIGNATURE " requires %d)",
                 role, position, PyArray_NDIM(array), least);
    return -1;
}

static int must_be_equal(npy_intp found, npy_intp expected, const char *role, int position,
                         int dimension)
{
    if (found == expected) {
        return 0;
    }
    PyErr_Format(PyExc_ValueError,
                 "matmul: %s operand %d has a mismatch in its core dimension %d, with gufunc "
                 "signature " SIGNATURE " (size %zd is different from %zd)",
                 role, position, dimension, (Py_ssize_t)found, (Py_ssize_t)expected);
    return -1;
}

/* The shape as a tuple, for messages; a new reference. */
static PyObject *shape_tuple(PyArrayObject *array)
{
    return PyArray_IntTupleFromIntp(PyArray_NDIM(array), PyArray_DIMS(array));
}

static void set_broadcast_error(PyArrayObject *a, PyArrayObject *b)
{
    PyObject *a_shape = shape_tuple(a), *b_shape = shape_tuple(b);
    if (a_shape != NULL && b_shape != NULL) {
        PyErr_Format(PyExc_ValueError,
                     "matmul: operands could not be broadcast together: shapes %R and %R differ in "
                     "a dimension before the last two, and neither has 1 there",
                     a_shape, b_shape);
    }
    Py_XDECREF(a_shape);
    Py_XDECREF(b_shape);
}

static void set_out_error(PyArrayObject *out, const matmul_shape *shape)
{
    npy_intp dims[MOST_DIMS + 2];
    const int ndim = matmul_result_dims(shape, dims);
    PyObject *found = shape_tuple(out), *expected = PyArray_IntTupleFromIntp(ndim, dims);
    if (found != NULL && expected != NULL) {
        PyErr_Format(PyExc_ValueError,
                     "matmul: out has shape %R, but the operands broadcast to %R", found, expected);
    }
    Py_XDECREF(found);
    Py_XDECREF(expected);
}

/* Broadcasts `array`, less its own core dimensions, into shape->stack. */
static int broadcast_stack(PyArrayObject *array, int core_ndim, matmul_shape *shape)
{
    const int ndim = PyArray_NDIM(array) - core_ndim;
    const int missing = ndim - shape->stack_ndim;
    if (missing > 0) { /* align at the end: prepend ones */
        for (int i = shape->stack_ndim - 1; i >= 0; i--) {
            shape->stack[i + missing] = shape->stack[i];
        }
        for (int i = 0; i < missing; i++) {
            shape->stack[i] = 1;
        }
        shape->stack_ndim = ndim;
    }
    npy_intp *stack = shape->stack + (shape->stack_ndim - ndim);
    for (int i = 0; i < ndim; i++) {
        const npy_intp length = PyArray_DIM(array, i);
        if (length == stack[i] || length == 1) {
            continue;
        }
        if (stack[i] != 1) {
            return -1;
        }
        stack[i] = length;
    }
    return 0;
}

/* Inputs broadcast to out as well, but never out to them. */
static int out_fits(PyArrayObject *out, matmul_shape *shape)
{
    const int ndim = PyArray_NDIM(out) - shape->core_ndim;
    if (ndim < shape->stack_ndim || broadcast_stack(out, shape->core_ndim, shape) < 0) {
        return 0;
    }
    for (int i = 0; i < ndim; i++) {
        if (PyArray_DIM(out, i) != shape->stack[i]) {
            return 0;
        }
    }
    return 1;
}

int matmul_shape_of(PyArrayObject *a, PyArrayObject *b, PyArrayObject *out, matmul_shape *shape)
{
    if (needs_dimensions(a, 1, "Input", 0) < 0 || needs_dimensions(b, 1, "Input", 1) < 0) {
        return -1;
    }
    const int a_ndim = PyArray_NDIM(a), b_ndim = PyArray_NDIM(b);
    const int a_core = a_ndim > 1 ? 2 : 1, b_core = b_ndim > 1 ? 2 : 1;
    shape->core_ndim = a_core + b_core - 2;
    if (out != NULL && needs_dimensions(out, shape->core_ndim, "Output", 0) < 0) {
        return -1;
    }

    shape->n = shape->m = 1;
    shape->k = PyArray_DIM(a, a_ndim - 1);
    int core = 0;
    if (a_core == 2) {
        shape->n = shape->core[core++] = PyArray_DIM(a, a_ndim - 2);
    }
    if (b_core == 2) {
        shape->m = shape->core[core++] = PyArray_DIM(b, b_ndim - 1);
    }
    if (must_be_equal(PyArray_DIM(b, b_ndim - b_core), shape->k, "Input", 1, 0) < 0) {
        return -1;
    }
    for (int i = 0; out != NULL && i < core; i++) {
        const npy_intp found = PyArray_DIM(out, PyArray_NDIM(out) - core + i);
        if (must_be_equal(found, shape->core[i], "Output", 0, i) < 0) {
            return -1;
        }
    }

    shape->stack_ndim = 0;
    if (broadcast_stack(a, a_core, shape) < 0 || broadcast_stack(b, b_core, shape) < 0) {
        set_broadcast_error(a, b);
        return -1;
    }
    if (out != NULL) {
        const matmul_shape operands = *shape;
        if (!out_fits(out, shape)) {
            set_out_error(out, &operands);
            return -1;
        }
    }
    return 0;
}

void matmul_strides_of(PyArrayObject *array, enum core core, const matmul_shape *shape,
                       matmul_strides *strides)
{
    const int ndim = PyArray_NDIM(array);
    int core_ndim = 0;
    /* A dimension that the array lacks has length 1, so its stride is never used. */
    strides->core = (strides2){0, 0};
    if (core == CORE_MATRIX || core == CORE_ROW) {
        strides->core.col = PyArray_STRIDE(array, ndim - ++core_ndim);
    }
    if (core == CORE_MATRIX || core == CORE_COLUMN) {
        strides->core.row = PyArray_STRIDE(array, ndim - ++core_ndim);
    }
    const int lacks = shape->stack_ndim - (ndim - core_ndim);
    for (int i = 0; i < shape->stack_ndim; i++) {
        const int own = i - lacks;
        strides->stack[i] =
            own < 0 || PyArray_DIM(array, own) == 1 ? 0 : PyArray_STRIDE(array, own);
    }
}
