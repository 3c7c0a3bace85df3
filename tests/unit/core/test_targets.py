"""The targets of this machine: what counts is the system, not its kernel."""

import platform
import sys

import pytest

from npwheel.core import targets


@pytest.mark.parametrize(
    ("kernel", "size", "expected"),
    [
        ("x86_64", 2**63 - 1, "x86_64"),
        ("AMD64", 2**63 - 1, "x86_64"),
        ("arm64", 2**63 - 1, "aarch64"),
        ("aarch64", 2**63 - 1, "aarch64"),
        ("aarch64", 2**31 - 1, "armv7l"),  # Raspberry Pi OS 32-bit
        ("armv8l", 2**31 - 1, "armv7l"),
        ("armv7l", 2**31 - 1, "armv7l"),
        ("armv6l", 2**31 - 1, "armv6l"),
        ("x86_64", 2**31 - 1, "i686"),
    ],
)
def test_the_system_decides_not_the_kernel(kernel, size, expected, monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: kernel)
    monkeypatch.setattr(sys, "maxsize", size)
    assert targets.machine() == expected


def test_native_is_the_armv7l_target_on_a_32_bit_pi(monkeypatch):
    monkeypatch.setattr(targets, "machine", lambda: "armv7l")
    assert [target.name for target in targets.choose(["native"])] == ["manylinux_armv7l"]


def test_default_targets_are_the_four_of_64_bits():
    names = [target.name for target in targets.choose([])]
    assert len(names) == 4
    assert "manylinux_armv7l" not in names
