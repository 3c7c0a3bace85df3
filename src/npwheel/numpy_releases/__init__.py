"""NumPy's releases as data: the C-API version of each, and the targets with a wheel.

`table` looks them up (Python 3.6, standard library only); `refresh_table` writes the data
from the package index.
"""
