"""A project that builds -> the settings and the workflow that make proven wheels of it.

facts (what the project is) -> floor (which NumPy it must reach) -> pyproject and workflow
(edits) -> changes (shown, then written). Nothing of the project is run.
"""
