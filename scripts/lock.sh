#!/bin/bash
# Renew the lock files. They hold versions and hashes, never the address of a registry.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=${UV:-.venv/bin/uv}
compile() {
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header "$@"
}
compile requirements-dev.in -o requirements-dev.txt
compile requirements.in -c requirements-dev.txt -o requirements.txt
compile requirements-node.in -o requirements-node.txt
npm install --package-lock-only --ignore-scripts
# npm notes where to send money: addresses too
python3 - <<'PY'
import json
from pathlib import Path

path = Path("package-lock.json")
lock = json.loads(path.read_text())
for package in lock["packages"].values():
    package.pop("funding", None)
    package.pop("resolved", None)
path.write_text(json.dumps(lock, indent=2) + "\n")
PY
