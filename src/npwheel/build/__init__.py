"""A project -> wheels that are built, repaired, audited and proven.

project -> plan -> engine -> image -> cibuildwheel -> proof -> record, a module each;
`run` puts them together. Needs Python 3.11 (cibuildwheel does).
"""
