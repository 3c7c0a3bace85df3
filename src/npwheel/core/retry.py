"""Networks stumble: what fails for a moment is tried again."""

from __future__ import annotations

import time
import urllib.error
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PAUSES = (1.0, 3.0)  # seconds before the second and the third try


def patiently(action: Callable[[], T]) -> T:
    """The action's result. Raises the OSError of its last try; what is refused is not retried."""
    for pause in PAUSES:
        try:
            return action()
        except urllib.error.HTTPError as error:
            if error.code < 500 and error.code != 429:
                raise
        except OSError:
            pass
        time.sleep(pause)
    return action()
