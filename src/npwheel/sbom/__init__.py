"""What a wheel says of itself: an SBOM in .dist-info/sboms, checked against its binaries."""

from npwheel.sbom.annotate import NAME, Shown, annotate, show
from npwheel.sbom.facts import BuildFacts

__all__ = ["NAME", "BuildFacts", "Shown", "annotate", "show"]
