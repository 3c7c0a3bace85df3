/* The module object. Multi-phase initialisation: PyInit hands out a definition only, and
 * what can fail happens in `exec`, where the interpreter handles the error. */
#define PROBE_OWNS_ARRAY_API
#include "probe.h"

PyDoc_STRVAR(matmul_doc,
             "matmul($module, /, a, b, out=None)\n--\n\n"
             "Matrix product of two arrays, as numpy.matmul. See npwheel_probe.matmul.");

static PyMethodDef methods[] = {
    /* The cast goes by void (*)(void), the one type that compilers let any function pass. */
    {"matmul", (PyCFunction)(void (*)(void))probe_matmul, METH_VARARGS | METH_KEYWORDS, matmul_doc},
    {"blas_info", probe_blas_info, METH_NOARGS, "What BLAS runs, as a dict."},
    {"api_info", probe_api_info, METH_NOARGS, "What C-API runs, as a dict."},
    {NULL, NULL, 0, NULL},
};

static int exec(PyObject *Py_UNUSED(module))
{
    return PyArray_ImportNumPyAPI();
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, exec},
#ifdef Py_GIL_DISABLED
    /* Nothing here is shared between calls, so the GIL may stay off. Only the
     * version-specific build can say so: the slot is newer than the 3.9 limited API. */
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "npwheel_probe._core",
    .m_doc = "matmul and what it runs on; use npwheel_probe instead.",
    .m_size = 0,
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit__core(void)
{
    return PyModuleDef_Init(&definition);
}
