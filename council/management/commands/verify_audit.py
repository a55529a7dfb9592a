"""manage.py verify_audit: walk every chain of the record and name the first entry that does not hold."""

from django.core.management.base import BaseCommand, CommandError

from council import audit
from council.models import AuditChain, AuditEntry


class Command(BaseCommand):
    help = "Check the hash chains of the record; exit 1 and name the first bad entry of each chain."

    def handle(self, *args, **options):
        faults = 0
        for chain in AuditChain.objects.order_by("key"):
            bad = audit.first_bad_entry(chain)
            if bad:
                faults += 1
                self.stderr.write(f"{chain.key}: entry {bad[0]}: {bad[1]}")
        if faults:
            raise CommandError(f"{faults} chain(s) do not hold")
        self.stdout.write(f"{AuditChain.objects.count()} chains, {AuditEntry.objects.count()} entries: all hold")
