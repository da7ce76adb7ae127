"""Attacks on a running Labdir, and the proof that nothing was lost, doubled or half-published."""
