"""The benchmark's promise: it starts the product itself, loses nothing, and writes the agreed keys."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KEYS = {
    "lost",
    "doubled",
    "ack_p50_ms",
    "ack_p99_ms",
    "result_last_ms",
    "floor_ack_p99_ms",
    "p99_over_floor",
    "cpu_s",
    "late",
    "round_cpu_s",
    "cast_cpu_ms_per_ballot",
    "open_told_median_ms",
    "result_told_median_ms",
    "floor_tell_median_ms",
    "told_over_floor",
    "mine_p99_ms",
    "memory_sockets_mb",
    "generator_cast_cpu_ms",
    "http_votes_per_s",
    "floor_http_votes_per_s",
    "http_lost",
    "http_doubled",
}


@pytest.mark.slow
def test_the_votes_benchmark_writes_its_figures_and_loses_nothing(tmp_path):
    figures = tmp_path / "votes.json"
    environment = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")}
    command = [sys.executable, "benchmarks/votes.py", "--delegates", "6", "--rounds", "2"]
    command += ["--scenario", "rush", "http"]

    done = subprocess.run(
        [*command, "--rush", "0.2", "--json", str(figures)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(figures.read_text())
    assert set(found) >= KEYS
    assert (found["delegates"], found["votes"], found["lost"], found["doubled"]) == (6, 6, 0, 0)
