"""The servers of tests/faults/, for what looks at them afterwards."""

from tests.faults.conftest import place, postgres, redis  # noqa: F401
