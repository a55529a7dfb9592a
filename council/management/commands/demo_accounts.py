"""The accounts of the demonstration and how to sign in as each of them."""

import json

from django.core.management.base import BaseCommand

from council.accounts import demo


class Command(BaseCommand):
    help = "Lists the demonstration's accounts: role, user name, password, PIN, second factor, card."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="as a JSON list")

    def handle(self, *args, **options):
        people = [person.as_json() for person in demo.people()]
        if options["json"]:
            self.stdout.write(json.dumps(people, ensure_ascii=False, indent=1))
            return
        for person in people:
            self.stdout.write(
                f"{person['role']:18} {person['username']:24} {person['password']:28} {person['pin']}"
            )
