"""`python -m npwheel`."""

from npwheel.cli import entry

if __name__ == "__main__":
    entry()
