"""Container engines, images, networks and emulators of other architectures."""
