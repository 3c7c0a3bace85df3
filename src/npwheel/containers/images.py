"""Images: as named in a plan, and as present in the engine after being pulled or made."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import IO, Any

from npwheel.containers import local, registry
from npwheel.containers.engine import OCI_ARCH, Engine
from npwheel.containers.local import debian_locks, image_cache
from npwheel.core import paths, process, tags
from npwheel.core.errors import EngineError, ImageError, PlanError
from npwheel.core.targets import Target

# Libraries that before-all builds and installs are found by it. Proofs do not get it.
_BUILD_ENVIRONMENT = {
    "LD_LIBRARY_PATH": "/usr/local/lib64:/usr/local/lib",
    "PKG_CONFIG_PATH": "/usr/local/lib/pkgconfig",
}
# Run in a pulled image: prints its Pythons and the glibc version ("" for musl).
_INVENTORY = """
import glob, json, platform
print(json.dumps([sorted(glob.glob("/opt/python/cp*/bin/python")), platform.libc_ver()[1]]))
"""


@dataclass(frozen=True)
class ImageSpec:
    """An image to build in. pythons: its CPythons, or None for all that cibuildwheel supports."""

    reference: str
    kind: str  # "official" or "local"
    libc_version: str
    pythons: tuple[str, ...] | None
    key: str  # the pinned digest, or the recipe's key
    lacks: tuple[str, ...] = ()  # of "fortran", "openmp" and "rust"

    def as_json(self) -> dict[str, Any]:
        """Return the `image` item of a plan."""
        data = asdict(self)
        del data["lacks"]
        return data


@dataclass(frozen=True)
class ReadyImage:
    """An image that is present in the engine."""

    reference: str
    digest: str
    kind: str
    pythons: dict[str, str] | None  # version -> executable; None: not read yet
    libc_version: str  # "" if unknown
    release: str  # release of the distribution, "" for official images
    deviations: tuple[str, ...] = ()  # of a local one from its recipe's lock
    packages: Mapping[str, str] = field(default_factory=dict)  # of a local one: name -> version
    newer: Mapping[str, str] = field(default_factory=dict)  # Python -> another origin than it

    def origin(self, python: str) -> str:
        """Return where a Python of the image came from, in words."""
        if python in self.newer:
            return self.newer[python]
        return f"{self.kind} image of {self.release or self.reference}"


def local_image(target: Target) -> ImageSpec:
    """Return the local image of a target. Raises PlanError if it has no recipe."""
    recipe = local.recipes().get(target.local)
    if recipe is None:
        raise PlanError(
            f"no local image for {target.name}",
            next="use --images official with access to a container registry",
        )
    return made_of(recipe)


def build_flags(image: ReadyImage) -> tuple[str, ...]:
    """Return flags that give builds in a local image the search paths of the official images."""
    if image.kind != "local":
        return ()
    return tuple(f"--env={name}={value}" for name, value in _BUILD_ENVIRONMENT.items())


def made_of(recipe: local.Recipe) -> ImageSpec:
    """Return the local image of a recipe (a target's or a system's), with the key in its name."""
    reference = f"localhost/npwheel/{recipe.name.replace('_', '-')}:{recipe.key[:16]}"
    return ImageSpec(
        reference,
        "local",
        recipe.libc_version,
        tuple(recipe.pythons),
        recipe.key,
        recipe.lacks,
    )


def ready(
    image: ImageSpec, arch: str, engine: Engine, log: IO[str], progress: Callable[[str], None]
) -> ReadyImage:
    """Pull or make the image. Raises ImageError."""
    if image.kind == "official":
        digest = registry.pull(engine, image.reference, arch, log, progress)
        return ReadyImage(image.reference, digest, "official", None, "", "")
    recipe = next(r for r in local.recipes().values() if r.key == image.key)
    root = local.make(recipe, cache=paths.writable_cache("images"), progress=progress, log=log)
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
        deviations=debian_locks.image_deviations(recipe, root),
        newer=_newer(recipe),
        packages={package.name: package.version for package in image_cache.packages(root)},
    )


def _newer(recipe: local.Recipe) -> dict[str, str]:
    if recipe.newer is None:
        return {}
    release = recipe.newer.releases[0].name
    origin = f"Debian {release}, with its own loader and libc, in a local image"
    return dict.fromkeys(recipe.newer.pythons, origin)


def inventory(image: ReadyImage, arch: str, engine: Engine, python: str) -> ReadyImage:
    """Return a build image with its Pythons and libc version. Raises ImageError.

    python: an executable in the image.
    Those of local images are recorded; an official image is run.
    """
    if image.pythons is not None:
        return image
    command = [engine.name, "run", "--rm", "--pull=never", *engine.create_args(arch)]
    command += [image.reference, python, "-c", _INVENTORY]
    code, out, err = process.output(command, 120)
    try:
        executables, libc = json.loads(out)
    except ValueError:
        raise ImageError(
            f"cibuildwheel cannot use the image {image.reference}",
            why=(err.strip().splitlines() or [f"{python}: exit code {code}"])[-1],
        ) from None
    found = {_python_of(path): path for path in executables}
    pythons = {python: found[python] for python in sorted(found, key=tags.python_order)}
    return replace(image, pythons=pythons, libc_version=libc)


def _python_of(executable: str) -> str:
    """Return "3.14t" for "/opt/python/cp314-cp314t/bin/python"."""
    abi = executable.split("/")[3].split("-")[1].removeprefix("cp")
    return f"{abi[0]}.{abi[1:]}"
