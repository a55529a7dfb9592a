"""Celery at scale: workers get a job's row id, claim it by lease, and run it (council/outbox.py)."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "council.settings")
app = Celery("nghi-truong")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
