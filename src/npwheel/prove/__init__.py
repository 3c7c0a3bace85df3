"""Homes: the places where users run wheels, and the proofs that are run in them.

homes and wheels -> cells -> place -> run -> cases -> record, a module each.
"""
