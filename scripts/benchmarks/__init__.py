"""Benchmarks by subject; ``scripts/benchmark.py`` runs them."""
