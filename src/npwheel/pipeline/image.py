"""An image of the plan -> an image that the engine holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

from npwheel import images, paths
from npwheel.errors import EngineError, ImageError
from npwheel.pipeline import registry
from npwheel.pipeline.engine import OCI_ARCH, Engine
from npwheel.pipeline.plan import Image

# Every image has it, official or local: cibuildwheel relies on it too.
UTILITY_PYTHON = "/opt/python/cp39-cp39/bin/python"


@dataclass(frozen=True)
class ReadyImage:
    """An image that containers can be made of."""

    reference: str
    digest: str
    kind: str
    pythons: dict[str, str] | None  # version -> executable; None: as official images have them
    release: str  # what it was really made of, "" for official ones


def ready(
    image: Image, arch: str, engine: Engine, log: IO[str], progress: Callable[[str], None]
) -> ReadyImage:
    """Pull or make the image. Raises ImageError."""
    if image.kind == "official":
        digest = registry.pull(engine, image.reference, arch, log, progress)
        return ReadyImage(image.reference, digest, "official", None, "")
    recipe = next(r for r in images.recipes().values() if r.key == image.key)
    root = images.make(recipe, cache=paths.cache() / "images", progress=progress, log=log)
    if engine.image_arch(image.reference) != OCI_ARCH[arch]:
        progress(f"importing {image.reference}")
        try:
            engine.import_tar(root.tar, image.reference, arch)
        except EngineError as error:
            raise ImageError(error.what, why=error.why) from error
    return ReadyImage(
        image.reference, f"sha256:{root.sha256}", "local", dict(root.pythons), root.release
    )


def executable(image: ReadyImage, python: str) -> str:
    """Where an image keeps CPython `python` ("3.9", "3.14t")."""
    if image.pythons is not None:
        return image.pythons[python]
    tag = "cp" + python.rstrip("t").replace(".", "")
    return f"/opt/python/{tag}-{tag}{'t' if python.endswith('t') else ''}/bin/python"
