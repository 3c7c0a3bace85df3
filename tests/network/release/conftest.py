"""A small repository with proven wheels, and how releases are made of it."""

from releases import address, built, module, repository, run_git  # noqa: F401
