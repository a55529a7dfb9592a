"""What is claimed about papers and their reading, each scenario in a file of its own.

    python -m benchmarks.reading                  what there is
    python -m benchmarks.reading pipeline …       pages a minute, growth        (benchmarks/pipeline.py)
    python -m benchmarks.reading reader …         first page, turns, memory     (benchmarks/reading_tab.py)
    python -m benchmarks.reading pack …           85 tablets take a session     (benchmarks/pack.py)
    python -m benchmarks.reading search …         10,000 papers                 (benchmarks/finding.py)
    python -m benchmarks.reading out …            a session as one PDF, a stamp (benchmarks/session_file.py)

What follows the name goes to the scenario; `--help` tells what it takes.
"""

import runpy
import sys

SCENARIOS = {"pipeline": "pipeline", "reader": "reading_tab", "pack": "pack", "search": "finding", "out": "session_file"}


def main() -> int:
    if len(sys.argv) < 2 or sys.argv[1] not in SCENARIOS:
        print(__doc__)
        return 2
    name = sys.argv.pop(1)
    runpy.run_module(f"benchmarks.{SCENARIOS[name]}", run_name="__main__", alter_sys=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
