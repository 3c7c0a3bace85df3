"""Why NumPy, or an extension built on it, does not work here, and the command that fixes it.

The way of an examination: `launch` runs `child.py` in the examined interpreter
and returns a `Trial`; `machine`, `installed` and `linking` read facts from
files; a `PythonEnvironment` has all of it; every `Mode` in `modes/` turns facts into
findings; `experiments` confirm; `verdict` chooses the sentence; `text` and
`jsonreport` render; `front` is the command line.

Runs on Python 3.6 to 3.15 with the standard library alone.
"""
