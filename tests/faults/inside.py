"""The product, with its clock in the tests' hands or with one planted defect. Nobody but these tests starts it.

FAULTS_CLOCK    a file with the seconds by which this process's clock is wrong
FAULTS_DEFECT   the name of a defect of tests/faults/planted/
"""

import os

from tests.faults import clock, planted

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "council.settings")

if "FAULTS_CLOCK" in os.environ:
    clock.obey(os.environ["FAULTS_CLOCK"])

from council.asgi import application  # noqa: E402, F401  (the clock comes first)

if "FAULTS_DEFECT" in os.environ:
    planted.plant(os.environ["FAULTS_DEFECT"])
