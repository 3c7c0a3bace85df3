"""Local images: root filesystems made from packages where no registry can be reached.

recipe (data in ci/images) -> make_image (debian or alpine, then install_tools) -> image_cache.
"""

from npwheel.containers.local.image_cache import Root
from npwheel.containers.local.make_image import make
from npwheel.containers.local.recipe import Recipe, recipes

__all__ = ["Recipe", "Root", "make", "recipes"]
