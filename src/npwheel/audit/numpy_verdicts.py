"""Facts of modules and metadata -> on which NumPy a wheel loads, per environment.

A release is refused where its C-API version is lower than one that a module
requires, where it is 2.x and the module was built with 1.x headers, and where a
struct is smaller than Cython recorded. Only releases count that an installer
could choose: with a wheel for that Python and platform, admitted by Requires-Dist.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag
from packaging.utils import canonicalize_name

from npwheel.audit.capi import NumpyUse
from npwheel.audit.environments import Environment, environments
from npwheel.core.requirements import applies, applies_with_extra
from npwheel.numpy_releases import table
from npwheel.wheel import Metadata

# From so many modules that bind NumPy, a single one that refuses is an outlier.
OUTLIER_OF = 3


@dataclass(frozen=True, eq=False)
class NumpyVerdict:
    """One environment. declared: None where NumPy is not required there.

    optional: it is required by an extra only. available: the releases with a wheel
    there, oldest first. refusals: release -> {module: why}, for admitted ones.
    binding: how many modules hold a check of NumPy's version.
    """

    environment: Environment
    declared: SpecifierSet | None
    optional: bool
    available: tuple[str, ...]
    admitted: tuple[str, ...]
    refusals: Mapping[str, Mapping[str, str]]
    binding: int

    def is_outlier(self, release: str) -> bool:
        """Is it one module alone that refuses, in a package of several?"""
        return self.binding >= OUTLIER_OF and len(self.refusals.get(release, ())) == 1

    @cached_property
    def refused(self) -> tuple[str, ...]:
        """Admitted releases that the wheel refuses, outliers apart."""
        return tuple(r for r in self.admitted if r in self.refusals and not self.is_outlier(r))

    @cached_property
    def outliers(self) -> tuple[str, ...]:
        """Admitted releases that a single module refuses."""
        return tuple(r for r in self.admitted if r in self.refusals and self.is_outlier(r))

    @cached_property
    def loads(self) -> tuple[str, ...]:
        """Admitted releases on which it loads."""
        refused = frozenset(self.refused)
        return tuple(r for r in self.admitted if r not in refused)


def verdicts(
    tags: Iterable[Tag],
    metadata: Metadata,
    uses: Callable[[Environment], Mapping[str, NumpyUse]],
) -> tuple[NumpyVerdict, ...]:
    """One verdict for each environment that the tags and Requires-Python admit.

    uses: environment -> {module: how it uses NumPy}, of the modules that load there.
    """
    return tuple(
        _verdict(
            environment,
            metadata,
            {path: use for path, use in uses(environment).items() if use.checks},
        )
        for environment in environments(tags, metadata.requires_python)
    )


def _verdict(
    environment: Environment, metadata: Metadata, uses: Mapping[str, NumpyUse]
) -> NumpyVerdict:
    declared, by_extra = declared_for(metadata, environment)
    available = tuple(table.releases(environment.python, environment.libc, environment.arch))
    admitted = tuple(r for r in available if declared is None or declared.contains(r))
    refusals = {}
    for release in admitted:
        why = {path: reason for path, use in uses.items() if (reason := refusal(use, release))}
        if why:
            refusals[release] = why
    return NumpyVerdict(environment, declared, by_extra, available, admitted, refusals, len(uses))


def declared_for(metadata: Metadata, environment: Environment) -> tuple[SpecifierSet | None, bool]:
    """(what is required of NumPy there, whether by an extra only)."""
    if canonicalize_name(metadata.name) == "numpy":  # its modules come with it
        try:
            return SpecifierSet(f"=={metadata.version}"), False
        except InvalidSpecifier:
            return None, False
    requirements = metadata.requirements_for("numpy")
    python, arch, system = environment.python, environment.arch, environment.system
    plain = [r.specifier for r in requirements if applies(r, python, arch, system=system)]
    if plain:
        return _all(plain), False
    extra = [
        r.specifier for r in requirements if applies_with_extra(r, python, arch, system=system)
    ]
    return (_all(extra), True) if extra else (None, False)


def _all(specifiers: Iterable[SpecifierSet]) -> SpecifierSet:
    found = SpecifierSet()
    for specifier in specifiers:
        found &= specifier
    return found


def refusal(use: NumpyUse, release: str) -> str:
    """Why a module does not load on a NumPy release, or empty if it does."""
    return _refusal(use.epoch, use.api, tuple(use.sizes.items()), use.bits, release)


@cache
def _refusal(
    epoch: str | None, api: int | None, sizes: tuple[tuple[str, int], ...], bits: int, release: str
) -> str:
    if epoch == "1.x" and table.key(release) >= (2,):
        return "built with NumPy 1.x headers"
    has = table.api_of_release(release)
    if api is not None and has is not None and api > has:
        there = f"NumPy {table.release_of_api(has)} provides {has:#x}"
        return f"requires C-API {api:#x} ({first_release(api)}); {there}"
    for name, size in sizes:
        provided = table.size_in(name, release, bits)
        if provided is not None and size > provided:
            return f"Cython requires {size} bytes of {name}; that NumPy provides {provided}"
    return ""


def first_release(api: int) -> str:
    """ "NumPy 1.23" for a C-API version, or that it is unknown."""
    release = table.release_of_api(api)
    return f"NumPy {release}" if release else "a NumPy that is not known yet"


def baked(uses: Iterable[NumpyUse]) -> str:
    """The oldest minor release that all modules accept: "1.23"; "" where they check nothing."""
    found = [floor for use in uses if (floor := floor_of(use))]
    return max(found, key=table.key, default="")


def floor_of(use: NumpyUse) -> str:
    """The oldest minor release that a module accepts; "" where it checks nothing or is unread."""
    floors = [table.release_of_api(use.api)] if use.api is not None else []
    for name, size in use.sizes.items():
        reached = [first for first, there in table.SIZES[use.bits][name] if there >= size]
        floors += reached[:1]
    return max((f for f in floors if f), key=table.key, default="")
