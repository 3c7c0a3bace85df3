/* matmul(a, b, out=None): from Python objects to products, and back. */
#include "probe.h"

#include <stdint.h>

#include "product.h"
#include "shapes.h"

/* Below this many multiplications, letting other threads run costs more than the product. */
#define WORTH_RELEASING_THE_GIL 4096

static const int typenum_of[ELEMENT_TYPES] = {NPY_FLOAT, NPY_DOUBLE, NPY_CFLOAT, NPY_CDOUBLE};

/* The element type of an array, or -1 with TypeError set. `role` names it in the message. */
static int element_of(PyArrayObject *array, const char *role)
{
    switch (PyArray_TYPE(array)) {
        case NPY_FLOAT:
            return FLOAT32;
        case NPY_DOUBLE:
            return FLOAT64;
        case NPY_CFLOAT:
            return COMPLEX64;
        case NPY_CDOUBLE:
            return COMPLEX128;
        default:
            PyErr_Format(PyExc_TypeError,
                         "matmul: %s has dtype %S; supported are float32, float64, complex64 and "
                         "complex128. Convert it first, with .astype('float64') for example",
                         role, PyArray_DESCR(array));
            return -1;
    }
}

/* numpy.result_type of two of the four: bit 0 of the enumeration is double precision and
 * bit 1 is complex, so each is kept by "or". */
static enum element common_element(enum element x, enum element y)
{
    return (enum element)(x | y);
}

/* What numpy calls casting='same_kind': within the four only complex to real is not. */
static int may_cast(enum element from, enum element to)
{
    return (from & COMPLEX64) == 0 || (to & COMPLEX64) != 0;
}

/* Takes most calls past PyArg_Parse...: at n = 4 parsing would take a third of the time.
 * (METH_FASTCALL would be better still, but is not in the limited API of Python 3.9.)
 * The references are borrowed. */
static int parse_arguments(PyObject *args, PyObject *kwargs, PyObject **a, PyObject **b,
                           PyObject **out)
{
    static char *names[] = {"a", "b", "out", NULL};
    const Py_ssize_t given = PyTuple_Size(args);
    *out = NULL;
    if (kwargs == NULL && (given == 2 || given == 3)) {
        *a = PyTuple_GetItem(args, 0);
        *b = PyTuple_GetItem(args, 1);
        if (given == 3) {
            *out = PyTuple_GetItem(args, 2);
        }
    }
    else if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO|O:matmul", names, a, b, out)) {
        return -1;
    }
    if (*out == Py_None) {
        *out = NULL;
    }
    if (*out != NULL && !PyArray_Check(*out)) {
        PyErr_Format(PyExc_TypeError, "matmul: out must be a numpy.ndarray or None, not %R",
                     (PyObject *)Py_TYPE(*out));
        return -1;
    }
    return 0;
}

/* A new reference to `object` as an array of any dtype. */
static PyArrayObject *as_array(PyObject *object)
{
    if (PyArray_Check(object)) {
        Py_INCREF(object);
        return (PyArrayObject *)object;
    }
    return (PyArrayObject *)PyArray_FROM_O(object);
}

static int is_native(PyArrayObject *array, enum element type)
{
    return PyArray_TYPE(array) == typenum_of[type] && PyArray_ISBEHAVED_RO(array);
}

/* Replaces *array by an aligned one of this type in native byte order, if it is not. */
static int make_native(PyArrayObject **array, enum element type)
{
    if (is_native(*array, type)) {
        return 0;
    }
    PyObject *native =
        PyArray_FROM_OTF((PyObject *)*array, typenum_of[type],
                         NPY_ARRAY_ALIGNED | NPY_ARRAY_NOTSWAPPED | NPY_ARRAY_ENSUREARRAY);
    if (native == NULL) {
        return -1;
    }
    Py_DECREF(*array);
    *array = (PyArrayObject *)native;
    return 0;
}

typedef struct {
    uintptr_t first, end; /* equal: no memory at all */
} extent;

static extent extent_of(PyArrayObject *array)
{
    uintptr_t first = (uintptr_t)PyArray_DATA(array), last = first;
    for (int i = 0; i < PyArray_NDIM(array); i++) {
        const npy_intp length = PyArray_DIM(array, i);
        if (length == 0) {
            return (extent){first, first};
        }
        const npy_intp reach = (length - 1) * PyArray_STRIDE(array, i);
        *(reach < 0 ? &first : &last) += (uintptr_t)reach;
    }
    return (extent){first, last + (uintptr_t)PyArray_ITEMSIZE(array)};
}

/* May they share memory? Extents are enough: a yes too many costs a copy of the result. */
static int may_overlap(PyArrayObject *x, PyArrayObject *y)
{
    const extent a = extent_of(x), b = extent_of(y);
    return a.first < b.end && b.first < a.end;
}

static PyArrayObject *new_result(const matmul_shape *shape, enum element type)
{
    npy_intp dims[MOST_DIMS + 2];
    const int ndim = matmul_result_dims(shape, dims);
    return (PyArrayObject *)PyArray_SimpleNew(ndim, dims, typenum_of[type]);
}

/* Runs the product over the stack; `a`, `b` and `c` step through it. No GIL needed. */
static void run_stack(product *p, const matmul_shape *shape, const char *a,
                      const matmul_strides *a_strides, const char *b,
                      const matmul_strides *b_strides, char *c, const matmul_strides *c_strides)
{
    npy_intp index[MOST_DIMS];
    for (int i = 0; i < shape->stack_ndim; i++) {
        index[i] = 0;
    }
    for (;;) {
        product_run(p, a, b, c);
        int i = shape->stack_ndim - 1;
        for (; i >= 0; i--) {
            a += a_strides->stack[i];
            b += b_strides->stack[i];
            c += c_strides->stack[i];
            if (++index[i] < shape->stack[i]) {
                break;
            }
            index[i] = 0;
            a -= a_strides->stack[i] * shape->stack[i];
            b -= b_strides->stack[i] * shape->stack[i];
            c -= c_strides->stack[i] * shape->stack[i];
        }
        if (i < 0) {
            return;
        }
    }
}

static void strides_of_result(PyArrayObject *c, int a_is_vector, int b_is_vector,
                              const matmul_shape *shape, matmul_strides *strides)
{
    const enum core core = a_is_vector ? (b_is_vector ? CORE_SCALAR : CORE_ROW)
                                       : (b_is_vector ? CORE_COLUMN : CORE_MATRIX);
    matmul_strides_of(c, core, shape, strides);
}

/* c = a @ b, for native arrays that fit `shape`; c is not empty, overlaps neither, and has
 * strides that BLAS can write. */
static int multiply(PyArrayObject *a, PyArrayObject *b, PyArrayObject *c,
                    const matmul_shape *shape, enum element type)
{
    const int a_is_vector = PyArray_NDIM(a) == 1, b_is_vector = PyArray_NDIM(b) == 1;
    matmul_strides a_strides, b_strides, c_strides;
    int result = -1;

    if (shape->k == 0) { /* sums of no terms */
        PyObject *zero = PyLong_FromLong(0);
        result = zero == NULL ? -1 : PyArray_FillWithScalar(c, zero);
        Py_XDECREF(zero);
        return result;
    }
    matmul_strides_of(a, a_is_vector ? CORE_ROW : CORE_MATRIX, shape, &a_strides);
    matmul_strides_of(b, b_is_vector ? CORE_COLUMN : CORE_MATRIX, shape, &b_strides);
    strides_of_result(c, a_is_vector, b_is_vector, shape, &c_strides);
    product p = {
        .type = type,
        .n = shape->n,
        .k = shape->k,
        .m = shape->m,
        .a = a_strides.core,
        .b = b_strides.core,
        .c = c_strides.core,
    };
    switch (product_prepare(&p)) {
        case PRODUCT_OK:
            break;
        case PRODUCT_NO_MEMORY:
            PyErr_NoMemory();
            goto cleanup;
        case PRODUCT_BEYOND_BLAS:
            PyErr_Format(PyExc_ValueError,
                         "matmul: a product of (%zd, %zd) by (%zd, %zd) is beyond this module's "
                         "BLAS, whose dimensions are 32-bit (at most 2147483647)",
                         p.n, p.k, p.k, p.m);
            goto cleanup;
    }
    NPY_BEGIN_THREADS_DEF;
    /* In floating point, since the number of multiplications may not fit an integer. */
    if ((double)p.k * (double)PyArray_SIZE(c) > WORTH_RELEASING_THE_GIL) {
        NPY_BEGIN_THREADS;
    }
    run_stack(&p, shape, PyArray_DATA(a), &a_strides, PyArray_DATA(b), &b_strides, PyArray_DATA(c),
              &c_strides);
    NPY_END_THREADS;
    result = 0;
cleanup:
    product_free(&p);
    return result;
}

/* Can `out` take the result as it comes, with no copy in between? */
static int takes_result(PyArrayObject *out, PyArrayObject *a, PyArrayObject *b,
                        const matmul_shape *shape, enum element type)
{
    matmul_strides strides;
    if (!is_native(out, type) || may_overlap(out, a) || may_overlap(out, b)) {
        return 0;
    }
    strides_of_result(out, PyArray_NDIM(a) == 1, PyArray_NDIM(b) == 1, shape, &strides);
    return product_can_write(type, shape->n, shape->m, strides.core);
}

/* The result for native operands, in `out` if that is not NULL. A new reference. */
static PyArrayObject *result_of(PyArrayObject *a, PyArrayObject *b, PyArrayObject *out,
                                const matmul_shape *shape, enum element type)
{
    PyArrayObject *c = NULL, *result = NULL;

    if (out != NULL && takes_result(out, a, b, shape, type)) {
        Py_INCREF(out);
        c = out;
    }
    else if ((c = new_result(shape, type)) == NULL) {
        goto cleanup;
    }
    if (PyArray_SIZE(c) > 0 && multiply(a, b, c, shape, type) < 0) {
        goto cleanup;
    }
    if (out != NULL && c != out && PyArray_CopyInto(out, c) < 0) {
        goto cleanup;
    }
    result = out != NULL ? out : c;
    Py_INCREF(result);
cleanup:
    Py_XDECREF(c);
    return result;
}

/* Is `out` an array that a result of this type may be written to? */
static int check_out(PyArrayObject *out, enum element type)
{
    const int own = element_of(out, "out");
    if (own < 0) {
        return -1;
    }
    if (!may_cast(type, (enum element)own)) {
        PyErr_Format(PyExc_TypeError,
                     "matmul: the result is complex and out has dtype %S, which would lose the "
                     "imaginary part (casting rule 'same_kind')",
                     PyArray_DESCR(out));
        return -1;
    }
    return PyArray_FailUnlessWriteable(out, "output array");
}

PyObject *probe_matmul(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwargs)
{
    PyObject *a_object, *b_object, *out;
    PyArrayObject *a = NULL, *b = NULL, *result = NULL;
    matmul_shape shape;

    if (parse_arguments(args, kwargs, &a_object, &b_object, &out) < 0) {
        return NULL;
    }
    if ((a = as_array(a_object)) == NULL || (b = as_array(b_object)) == NULL) {
        goto cleanup;
    }
    const int a_type = element_of(a, "operand 0");
    const int b_type = a_type < 0 ? -1 : element_of(b, "operand 1");
    if (b_type < 0) {
        goto cleanup;
    }
    const enum element type = common_element((enum element)a_type, (enum element)b_type);
    if (out != NULL && check_out((PyArrayObject *)out, type) < 0) {
        goto cleanup;
    }
    if (matmul_shape_of(a, b, (PyArrayObject *)out, &shape) < 0 || make_native(&a, type) < 0 ||
        make_native(&b, type) < 0) {
        goto cleanup;
    }
    result = result_of(a, b, (PyArrayObject *)out, &shape, type);
cleanup:
    Py_XDECREF(a);
    Py_XDECREF(b);
    /* Without out, two vectors give a scalar and not an array of no dimensions. */
    return result == NULL || out != NULL ? (PyObject *)result : PyArray_Return(result);
}
