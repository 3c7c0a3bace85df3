"""From proven wheels to a release: the matrix of CI, the checks, the folder, reproducibility."""
