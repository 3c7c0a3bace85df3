"""Broken and healthy machines for the doctor's tests: really made, not described."""
