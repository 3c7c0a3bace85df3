"""Shared by all other packages: tags, requirements, the index, processes, files, errors.

Modules here import no other package of npwheel.
"""
