"""Project URLs for the metadata, from the one file that names the repository."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

DATA = "src/npwheel/core/data/repository.toml"


class ProjectUrls(MetadataHookInterface):
    """Sets `urls`; none while the owner is not set."""

    PLUGIN_NAME = "custom"

    def update(self, metadata: dict[str, Any]) -> None:
        """Add the URLs of the repository to the metadata."""
        entry = tomllib.loads((Path(self.root) / DATA).read_text("utf-8"))
        if entry["owner"] == "OWNER":
            metadata["urls"] = {}
            return
        address = f"{entry['host']}/{entry['owner']}/{entry['name']}"
        metadata["urls"] = {
            "Documentation": entry["documentation"].format(**entry),
            "Source": address,
            "Issues": f"{address}/issues",
            "Changelog": f"{address}/blob/main/CHANGELOG.md",
        }
