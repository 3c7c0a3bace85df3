"""Images and systems that are made from packages, where no registry can be reached.

recipe (data of ci/images) -> make (debian or alpine, then tools) -> store (the cache).
"""

from npwheel.containers.local.make import make
from npwheel.containers.local.recipe import Recipe, recipes
from npwheel.containers.local.store import Root

__all__ = ["Recipe", "Root", "make", "recipes"]
