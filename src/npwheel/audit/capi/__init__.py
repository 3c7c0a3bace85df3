"""What a compiled module says of NumPy's C-API, read from its bytes alone."""

from npwheel.audit.capi.image import Image
from npwheel.audit.capi.other_images import OtherImage
from npwheel.audit.capi.use import TYPES, NumpyUse, read

__all__ = ["TYPES", "Image", "NumpyUse", "OtherImage", "read"]
