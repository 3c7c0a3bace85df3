"""Check which real machines can run a wheel, without running anything of it.

machines -> pips (which tags its pip takes) -> wheel_facts (what the audit reads) ->
installed_numpy (which NumPy it gets) -> compatibility.
"""
