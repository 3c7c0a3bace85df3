"""Convert claims to CycloneDX 1.6 JSON and back.

Writing needs cyclonedx-python-lib, reading does not. Each component has the property
npwheel:role, by which reading finds it.
"""

from __future__ import annotations

import json
import uuid
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from packaging.utils import parse_wheel_filename

from npwheel.core.errors import RecordError
from npwheel.sbom.claims import Claims, Library, LibrarySource

if TYPE_CHECKING:
    from cyclonedx.model.component import Component

_NAMESPACE = uuid.UUID("6f1ad6ab-5d0b-5a8e-9f0e-0c8a1a3b6c11")
_PREFIX = "npwheel:"


def build(claims: Claims, epoch: int) -> bytes:
    """Return the SBOM of a wheel as JSON; the same claims give the same bytes.

    Raises RecordError if it does not conform to CycloneDX's schema.
    """
    from cyclonedx.model.bom import Bom, BomMetaData  # noqa: PLC0415
    from cyclonedx.model.bom_ref import BomRef  # noqa: PLC0415
    from cyclonedx.model.component import Component, ComponentType  # noqa: PLC0415
    from cyclonedx.model.lifecycle import LifecyclePhase, PredefinedLifecycle  # noqa: PLC0415
    from cyclonedx.model.tool import ToolRepository  # noqa: PLC0415
    from cyclonedx.output import make_outputter  # noqa: PLC0415
    from cyclonedx.schema import OutputFormat, SchemaVersion  # noqa: PLC0415
    from packageurl import PackageURL  # noqa: PLC0415

    name, version, _, _ = parse_wheel_filename(claims.wheel)
    purl = PackageURL("pypi", None, name, str(version), {"file_name": claims.wheel})
    wheel = Component(
        name=name,
        version=str(version),
        type=ComponentType.LIBRARY,
        purl=purl,
        bom_ref=BomRef(purl.to_string()),
    )
    tools = [
        Component(
            name=tool,
            version=found,
            type=ComponentType.APPLICATION,
            purl=PackageURL("pypi", None, tool, found),
            bom_ref=f"tool:{tool}",
        )
        for tool, found in sorted(claims.tools.items())
    ]
    parts = list(_components(claims))
    bom = Bom(
        serial_number=uuid.uuid5(_NAMESPACE, json.dumps([claims.as_json(), epoch], sort_keys=True)),
        metadata=BomMetaData(
            component=wheel,
            tools=ToolRepository(components=tools),
            timestamp=datetime.fromtimestamp(epoch, UTC),
            lifecycles=[PredefinedLifecycle(LifecyclePhase.BUILD)],
        ),
        components=parts,
    )
    needed = [part for part in parts if _property(part, "role") in ("vendored", "built-against")]
    bom.register_dependency(wheel, needed)
    with warnings.catch_warnings():
        # A wheel may have no dependencies.
        warnings.filterwarnings("ignore", "The Component this BOM is describing", UserWarning)
        text = make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=2)
    content = (text + "\n").encode("utf-8")
    reason = invalid(content)
    if reason:
        raise RecordError(f"the SBOM of {claims.wheel} is not valid CycloneDX", why=reason)
    return content


def invalid(content: bytes) -> str | None:
    """Return why a document does not conform to CycloneDX's schema; None if it does."""
    from cyclonedx.schema import SchemaVersion  # noqa: PLC0415
    from cyclonedx.validation.json import JsonStrictValidator  # noqa: PLC0415

    try:
        found = JsonStrictValidator(SchemaVersion.V1_6).validate_str(content.decode("utf-8"))
    except ValueError as error:
        return f"invalid JSON: {error}"
    return str(found).splitlines()[0][:300] if found else None


def parse(content: bytes) -> Claims:
    """Return the claims of a document that `build` wrote. Raises RecordError for any other."""
    try:
        data = json.loads(content)
        roles: dict[str, list[Mapping[str, Any]]] = {}
        for part in data["components"]:
            roles.setdefault(_read(part).get("role", ""), []).append(part)
        wheel = data["metadata"]["component"]
        claims = Claims(
            wheel=_file_name(wheel) or "",
            libraries=tuple(
                sorted(
                    (_library(part) for part in roles.get("vendored", [])),
                    key=lambda library: library.file,
                )
            ),
            compilers=tuple(str(part["description"]) for part in roles.get("compiler", [])),
            tools={t["name"]: t["version"] for t in data["metadata"]["tools"]["components"]},
        )
        for part in roles.get("built-against", []):
            described = _read(part)
            claims = replace(
                claims,
                numpy=part.get("version"),
                headers=described.get("headers"),
                target_api=described.get("c-api-target"),
            )
        for part in roles.get("libc", []):
            claims = replace(claims, libc=part["name"], libc_version=part.get("version"))
        for part in roles.get("image", []):
            image = {"reference": part["name"], "digest": part["version"], **_read(part)}
            del image["role"]
            claims = replace(claims, image=image)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RecordError(
            "malformed npwheel.cdx.json", why=f"{type(error).__name__}: {error}"
        ) from error
    return claims


def _components(claims: Claims) -> Iterator[Component]:
    from cyclonedx.model.component import ComponentScope, ComponentType, Pedigree  # noqa: PLC0415
    from packageurl import PackageURL  # noqa: PLC0415

    excluded = ComponentScope.EXCLUDED  # used to build, not part of the wheel
    if claims.numpy or claims.headers:
        yield _component(
            "built-against",
            name="numpy",
            version=claims.numpy,
            purl=PackageURL("pypi", None, "numpy", claims.numpy) if claims.numpy else None,
            scope=excluded,
            described={"c-api-target": claims.target_api, "headers": claims.headers},
        )
    for library in claims.libraries:
        ancestors = [_source(library)] if library.source else []
        yield _component(
            "vendored",
            name=library.original,
            version=library.version,
            ref=library.file,
            sha256=library.sha256,
            pedigree=Pedigree(ancestors=ancestors) if ancestors else None,
            described={"file": library.file},
        )
    for compiler in claims.compilers:
        yield _component(
            "compiler",
            name="gcc" if compiler.startswith("GCC") else compiler.split(" ", 1)[0],
            type=ComponentType.APPLICATION,
            ref=compiler,
            description=compiler,
            scope=excluded,
        )
    if claims.libc:
        yield _component("libc", name=claims.libc, version=claims.libc_version, scope=excluded)
    if claims.image:
        rest = {k: v for k, v in claims.image.items() if k not in ("reference", "digest")}
        yield _component(
            "image",
            name=claims.image["reference"],
            version=claims.image["digest"],
            type=ComponentType.CONTAINER,
            sha256=claims.image["digest"].removeprefix("sha256:"),
            scope=excluded,
            described=rest,
        )


def _component(
    role: str,
    *,
    name: str,
    ref: str = "",
    sha256: str | None = None,
    described: Mapping[str, str | None] | None = None,
    **more: Any,
) -> Component:
    from cyclonedx.model import HashAlgorithm, HashType, Property  # noqa: PLC0415
    from cyclonedx.model.component import Component  # noqa: PLC0415

    pairs = {"role": role, **(described or {})}
    return Component(
        name=name,
        bom_ref=f"{role}:{ref or name}",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=sha256)] if sha256 else [],
        properties=[Property(name=_PREFIX + k, value=v) for k, v in pairs.items() if v is not None],
        **more,
    )


def _source(library: Library) -> Component:
    from packageurl import PackageURL  # noqa: PLC0415

    source = library.source
    assert source is not None
    qualifiers = {"file_name": source.file} if source.file else None
    return _component(
        "source",
        name=source.name,
        ref=f"{source.name}/{library.original}",
        version=source.version,
        sha256=source.sha256,
        purl=PackageURL("pypi", None, source.name, source.version, qualifiers),
        described={"library-sha256": source.libraries.get(library.original)},
    )


def _property(component: Component, name: str) -> str | None:
    found: Iterable[Any] = component.properties
    return next((p.value for p in found if p.name == _PREFIX + name), None)


def _read(part: Mapping[str, Any]) -> dict[str, str]:
    """Return the npwheel: properties of a component."""
    pairs = {str(p["name"]): str(p["value"]) for p in part.get("properties", [])}
    return {k.removeprefix(_PREFIX): v for k, v in pairs.items() if k.startswith(_PREFIX)}


def _file_name(part: Mapping[str, Any]) -> str | None:
    """Return the file_name qualifier of a component's package URL."""
    found = str(part.get("purl", "")).partition("file_name=")[2]
    return unquote(found.split("&", 1)[0]) or None


def _hash(part: Mapping[str, Any]) -> str | None:
    found = [h["content"] for h in part.get("hashes", []) if h["alg"] == "SHA-256"]
    return found[0] if found else None


def _library(part: Mapping[str, Any]) -> Library:
    source = None
    for ancestor in part.get("pedigree", {}).get("ancestors", []):
        original = _read(ancestor).get("library-sha256")
        source = LibrarySource(
            name=ancestor["name"],
            version=ancestor["version"],
            file=_file_name(ancestor),
            sha256=_hash(ancestor),
            libraries={part["name"]: original} if original else {},
        )
    return Library(
        file=_read(part)["file"],
        original=part["name"],
        sha256=_hash(part) or "",
        version=part.get("version"),
        source=source,
    )
