"""A wheel -> facts -> findings: on which NumPy does it load, is its metadata true?"""

from npwheel.audit.target_api import target_api

__all__ = ["target_api"]
