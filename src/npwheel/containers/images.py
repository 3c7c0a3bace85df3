"""Images: as a plan names them, and as the engine has them once pulled or made."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import IO, Any

from npwheel.containers import local, registry
from npwheel.containers.engine import OCI_ARCH, Engine
from npwheel.containers.local import debian_locks
from npwheel.core import paths, process
from npwheel.core.errors import EngineError, ImageError, PlanError
from npwheel.core.targets import Target

# Every image has it, official or local: cibuildwheel relies on it too.
UTILITY_PYTHON = "/opt/python/cp39-cp39/bin/python"


# Asked of a pulled image: what it holds, which libc it has ("" on musl).
_INVENTORY = """
import glob, json, platform
print(json.dumps([sorted(glob.glob("/opt/python/cp*/bin/python")), platform.libc_ver()[1]]))
"""


@dataclass(frozen=True)
class ImageSpec:
    """An image to build in. pythons: what it holds, or None for all that cibuildwheel knows."""

    reference: str
    kind: str  # "official" or "local"
    libc_version: str
    pythons: tuple[str, ...] | None
    key: str  # what it is made of: the pinned digest, or the recipe's key
    has_fortran: bool = True

    def as_json(self) -> dict[str, Any]:
        """Return the `image` item of a plan."""
        data = asdict(self)
        del data["has_fortran"]
        return data


@dataclass(frozen=True)
class ReadyImage:
    """An image that containers can be made of."""

    reference: str
    digest: str
    kind: str
    pythons: dict[str, str] | None  # version -> executable; None: not asked yet
    libc_version: str  # "" where it is not known
    release: str  # the distribution it was made of, "" for official ones
    deviations: tuple[str, ...] = ()  # of a local one from its recipe's lock


def local_image(target: Target) -> ImageSpec:
    """The stand-in that is made from packages. Raises PlanError where there is no recipe."""
    recipe = local.recipes().get(target.local)
    if recipe is None:
        raise PlanError(
            f"there is no local image for {target.name}",
            next="use --images official where a container registry can be reached",
        )
    return made_of(recipe)


def made_of(recipe: local.Recipe) -> ImageSpec:
    """The local image of a recipe, of a system's too; its key is in its name."""
    reference = f"localhost/npwheel/{recipe.name.replace('_', '-')}:{recipe.key[:16]}"
    return ImageSpec(
        reference,
        "local",
        recipe.libc_version,
        tuple(recipe.pythons),
        recipe.key,
        recipe.has_fortran,
    )


def ready(
    image: ImageSpec, arch: str, engine: Engine, log: IO[str], progress: Callable[[str], None]
) -> ReadyImage:
    """Pull or make the image. Raises ImageError."""
    if image.kind == "official":
        digest = registry.pull(engine, image.reference, arch, log, progress)
        return ReadyImage(image.reference, digest, "official", None, "", "")
    recipe = next(r for r in local.recipes().values() if r.key == image.key)
    root = local.make(recipe, cache=paths.cache() / "images", progress=progress, log=log)
    if engine.image_arch(image.reference) != OCI_ARCH[arch]:
        progress(f"importing {image.reference}")
        try:
            engine.import_tar(root.tar, image.reference, arch)
        except EngineError as error:
            raise ImageError(error.what, why=error.why) from error
    return ReadyImage(
        image.reference,
        f"sha256:{root.sha256}",
        "local",
        dict(root.pythons),
        root.libc_version,
        root.release,
        debian_locks.image_deviations(recipe, root),
    )


def inventory(image: ReadyImage, arch: str, engine: Engine) -> ReadyImage:
    """The same build image with its Pythons and libc known. Raises ImageError.

    A local one says them itself; an official one is asked.
    """
    if image.pythons is not None:
        return image
    command = [engine.name, "run", "--rm", "--pull=never", *engine.create_args(arch)]
    command += [image.reference, UTILITY_PYTHON, "-c", _INVENTORY]
    code, out, err = process.output(command, 120)
    try:
        executables, libc = json.loads(out)
    except ValueError:
        raise ImageError(
            f"{image.reference} is no image that cibuildwheel can use",
            why=(err.strip().splitlines() or [f"{UTILITY_PYTHON}: exit code {code}"])[-1],
        ) from None
    pythons = {_python_of(path): path for path in executables}
    return replace(image, pythons=pythons, libc_version=libc)


def _python_of(executable: str) -> str:
    """ "/opt/python/cp314-cp314t/bin/python" -> "3.14t"."""
    abi = executable.split("/")[3].split("-")[1].removeprefix("cp")
    return f"{abi[0]}.{abi[1:]}"
