/* rowsum(a) -> the sum of each row of a 2-d array, as float64. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#define NPY_NO_DEPRECATED_API NPY_1_23_API_VERSION
#include <numpy/arrayobject.h>

static PyObject *
rowsum(PyObject *module, PyObject *arg)
{
    PyArrayObject *array = (PyArrayObject *)PyArray_FROMANY(
        arg, NPY_FLOAT64, 2, 2, NPY_ARRAY_C_CONTIGUOUS | NPY_ARRAY_ALIGNED);
    if (array == NULL) {
        return NULL;
    }
    npy_intp rows = PyArray_DIM(array, 0), columns = PyArray_DIM(array, 1);
    PyObject *sums = PyArray_EMPTY(1, &rows, NPY_FLOAT64, 0);
    if (sums != NULL) {
        const double *in = PyArray_DATA(array);
        double *out = PyArray_DATA((PyArrayObject *)sums);
        memset(out, 0, (size_t)rows * sizeof(double));
        for (npy_intp i = 0; i < rows; i++) {
            for (npy_intp j = 0; j < columns; j++) {
                out[i] += in[i * columns + j];
            }
        }
    }
    Py_DECREF(array);
    return sums;
}

static PyMethodDef methods[] = {
    {"rowsum", rowsum, METH_O, "The sum of each row of a 2-d array."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "rowsum._rows", .m_size = -1, .m_methods = methods,
};

PyMODINIT_FUNC
PyInit__rows(void)
{
    import_array();
    return PyModule_Create(&definition);
}
