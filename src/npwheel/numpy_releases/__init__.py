"""NumPy's releases: which C-API version each has, and where each has a wheel.

`table` looks up the kept data (Python 3.6, standard library alone); `refresh`
makes that data anew from the package index; `index` and `select` read the index.
"""
