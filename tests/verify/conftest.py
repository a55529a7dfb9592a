"""The verifier as a stranger runs it: its own folder on the path, nothing of the product."""

import importlib
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parents[2] / "verify"


@pytest.fixture(scope="session")
def verifier():
    """The module verify/verify.py, loaded as `python verify/verify.py` loads it."""
    sys.path.insert(0, str(HERE))
    sys.modules.pop("verify", None)
    try:
        return importlib.import_module("verify")
    finally:
        sys.path.remove(str(HERE))
