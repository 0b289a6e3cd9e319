"""Benchmarks: figures with their baselines, measured in the same run."""
