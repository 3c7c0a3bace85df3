"""The SBOM in a wheel's .dist-info/sboms: written after a build, compared with the binaries."""

from npwheel.sbom.annotate import NAME, ShowResult, annotate, show
from npwheel.sbom.claims import BuildFacts

__all__ = ["NAME", "BuildFacts", "ShowResult", "annotate", "show"]
