"""Instructions above the baseline that run without dispatch, where that can be shown."""

from __future__ import annotations

from npwheel.audit.capi import Image


def used(image: Image) -> tuple[str, ...]:
    """The extensions that code needs as soon as it is loaded."""
    return ()
