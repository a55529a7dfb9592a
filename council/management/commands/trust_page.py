"""`manage.py trust_page`: the plain page that leads tablets through trusting this machine (LAN=1)."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from council import tls, trust


class Command(BaseCommand):
    help = "Serve the page on which a tablet learns to trust this machine's certificate, and nothing else."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--host", default="0.0.0.0")
        parser.add_argument("--port", type=int, default=8080)
        parser.add_argument("--https-port", type=int, default=8443)

    def handle(self, *, host, port, https_port, **options):
        try:
            certificate = tls.ensure(Path(settings.DATA_DIR) / "tls")
        except tls.TlsFault as fault:
            raise CommandError(str(fault)) from fault
        known = trust.answers(
            authority=certificate.authority, host=certificate.names[0], port=port, https_port=https_port
        )
        server = trust.listener(known, host=host, port=port)
        try:
            server.serve_forever()
        finally:
            server.server_close()
