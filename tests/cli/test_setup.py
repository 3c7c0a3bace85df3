"""Components that tests need: found, skipped by name, counted, and installed on request."""

import sys
from pathlib import Path

import components
import pytest
from npwheel_tools import setup_tests
