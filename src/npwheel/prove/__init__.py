"""Systems: the places where users run wheels, and the proofs that are run in them.

systems and wheels -> cells -> place -> run -> cases -> record, a module each.
"""
