"""What is claimed about speed, for anyone to run again (docs/benchmarks.md)."""
