"""Will a wheel run there? Wheels × real places, answered from file names and data alone.

machines -> pips (which tags its pip takes) -> numpys_there (which NumPy it gets) -> answers.
"""
