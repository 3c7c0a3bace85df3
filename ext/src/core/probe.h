/* Shared by every C file of the extension.
 *
 * NumPy's C-API lives in a table of function pointers. One file (module.c) owns
 * the pointer to it and fills it in; the others must only refer to it, hence
 * PY_ARRAY_UNIQUE_SYMBOL everywhere and NO_IMPORT_ARRAY everywhere but there.
 *
 * Py_LIMITED_API, NPY_TARGET_VERSION and NPY_NO_DEPRECATED_API come from
 * CMakeLists.txt, so that no file can be compiled without them.
 */
#ifndef NPWHEEL_PROBE_H
#define NPWHEEL_PROBE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#define PY_ARRAY_UNIQUE_SYMBOL npwheel_probe_ARRAY_API
#ifndef PROBE_OWNS_ARRAY_API
#define NO_IMPORT_ARRAY
#endif
#include <numpy/ndarrayobject.h>

/* matmul.c */
PyObject *probe_matmul(PyObject *module, PyObject *args, PyObject *kwargs);

/* info.c */
PyObject *probe_blas_info(PyObject *module, PyObject *unused);
PyObject *probe_api_info(PyObject *module, PyObject *unused);

#endif
