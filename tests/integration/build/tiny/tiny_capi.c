#include <Python.h>
#include <numpy/arrayobject.h>
#include <stdlib.h>

static PyObject *
total(PyObject *Py_UNUSED(self), PyObject *arg)
{
    PyArrayObject *a = (PyArrayObject *)PyArray_FROM_OTF(arg, NPY_DOUBLE, NPY_ARRAY_IN_ARRAY);
    if (a == NULL) {
        return NULL;
    }
    /* Something of libc: auditwheel tells glibc from musl by it. */
    double sum = getenv("TINY_WRONG") != NULL;
    const double *data = (const double *)PyArray_DATA(a);
    for (npy_intp i = 0; i < PyArray_SIZE(a); i++) {
        sum += data[i];
    }
    Py_DECREF(a);
    return PyFloat_FromDouble(sum);
}

static PyMethodDef methods[] = {{"total", total, METH_O, NULL}, {NULL, NULL, 0, NULL}};

static int
exec_module(PyObject *Py_UNUSED(m))
{
    return PyArray_ImportNumPyAPI();
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, exec_module}, {0, NULL}};

static struct PyModuleDef def = {
    PyModuleDef_HEAD_INIT, "tiny_capi", NULL, 0, methods, slots, NULL, NULL, NULL,
};

PyMODINIT_FUNC
PyInit_tiny_capi(void)
{
    return PyModuleDef_Init(&def);
}
