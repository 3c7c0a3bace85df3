"""Container engines, the images that they run, and emulators of other architectures."""
