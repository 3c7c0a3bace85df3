"""Images and homes that are made from packages, where no registry can be reached.

recipe (data of ci/images) -> make (debian or alpine, then tools) -> store (the cache).
"""

from npwheel.images.make import make
from npwheel.images.recipe import Recipe, recipes
from npwheel.images.store import Root

__all__ = ["Recipe", "Root", "make", "recipes"]
