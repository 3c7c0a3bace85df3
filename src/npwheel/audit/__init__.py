"""A wheel -> facts -> findings: on which NumPy does it load, is its metadata true?"""
