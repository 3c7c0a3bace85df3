/* What this module was built with and what it runs on; npwheel_probe/__init__.py
 * documents the keys. */
#define _GNU_SOURCE /* dladdr */
#include "probe.h"

#include <cblas.h>
#include <dlfcn.h>

PyObject *probe_blas_info(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(unused))
{
    /* The file that the dynamic loader really took the routine from. */
    Dl_info where;
    const char *file = NULL;
    if (dladdr((const void *)(uintptr_t)&scipy_cblas_dgemm, &where) != 0) {
        file = where.dli_fname;
    }
    return Py_BuildValue("{s:s, s:s, s:s, s:i, s:z}", "library", "OpenBLAS", "config",
                         scipy_openblas_get_config(), "core", scipy_openblas_get_corename(),
                         "threads", scipy_openblas_get_num_threads(), "file", file);
}

PyObject *probe_api_info(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(unused))
{
    /* NPY_FEATURE_VERSION follows NPY_TARGET_VERSION; NPY_API_VERSION is the headers' own. */
    return Py_BuildValue("{s:s, s:i, s:s, s:i, s:I, s:I}", "header_release", NUMPY_HEADER_RELEASE,
                         "header_api", (int)NPY_API_VERSION, "target_release",
                         NPY_FEATURE_VERSION_STRING, "target_api", (int)NPY_FEATURE_VERSION,
                         "running_abi", PyArray_GetNDArrayCVersion(), "running_api",
                         PyArray_GetNDArrayCFeatureVersion());
}
