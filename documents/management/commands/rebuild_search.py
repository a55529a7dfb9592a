"""`manage.py rebuild_search`: index every paper anew, after a restored backup or a change of the index."""

from django.core.management.base import BaseCommand

from documents import finding


class Command(BaseCommand):
    help = "Index every paper anew for search."

    def handle(self, *args, **options):
        self.stdout.write(f"{finding.rebuild()} papers indexed.")
