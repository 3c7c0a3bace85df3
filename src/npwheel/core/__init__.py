"""What every other package builds on: tags, requirements, the index, processes, files, errors.

Nothing here imports another package of npwheel.
"""
