"""A matrix with every kind of cell, its page, and a browser."""

from report_pages import browser, page, result  # noqa: F401
