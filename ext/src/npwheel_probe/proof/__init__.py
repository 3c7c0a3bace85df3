"""The proof that this module works here: cases, an oracle that is not BLAS, a report."""
