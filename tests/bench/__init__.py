"""Benchmarks: ``python -m tests.bench`` (``make bench``). Figures, never tests: nothing here fails
because a machine is slow."""
