"""`manage.py set_up_council`: begin an empty installation."""

import sys
from datetime import date
from getpass import getpass

from django.core.management.base import BaseCommand, CommandError

from council.errors import BadInput
from council.founding import found_council
from council.models import Council

# option: the question for it
QUESTIONS = {
    "name": "Tên hội đồng (Hội đồng nhân dân xã …)",
    "short_name": "Tên ngắn (HĐND xã …)",
    "place": "Địa danh ghi trước ngày tháng trong văn bản",
    "level": "Cấp: province (tỉnh) hay commune (xã)",
    "term_number": "Khóa (số La Mã)",
    "term_starts_on": "Ngày bắt đầu nhiệm kỳ (năm-tháng-ngày)",
    "username": "Tên đăng nhập của người quản trị đầu tiên",
    "full_name": "Họ và tên người đó",
    "email": "Thư điện tử",
}


class Command(BaseCommand):
    help = "Make the first council and its first administrator; asks for what is not given."

    def add_arguments(self, parser):
        for option, question in QUESTIONS.items():
            parser.add_argument(f"--{option.replace('_', '-')}", dest=option, help=question)
        parser.add_argument("--host", default="", help="Tên miền; để trống nếu chỉ có một hội đồng")

    def handle(self, **options):
        given = {option: options[option] or self.ask(question) for option, question in QUESTIONS.items()}
        if given["level"] not in Council.Level.values:
            raise CommandError(f"level: {' | '.join(Council.Level.values)}")
        try:
            given["term_starts_on"] = date.fromisoformat(given["term_starts_on"])
        except ValueError as fault:
            raise CommandError("term-starts-on: 2026-03-26") from fault
        try:
            council = found_council(**given, host=options["host"], password=self.password())
        except BadInput as fault:
            raise CommandError(fault.message) from fault
        self.stdout.write(f"{council.name}: {given['username']}")

    def ask(self, question: str) -> str:
        if not sys.stdin.isatty():
            raise CommandError(f"{question}?")
        answer = ""
        while not answer:
            answer = input(f"{question}: ").strip()
        return answer

    def password(self) -> str:
        """From the keyboard, unseen and twice; from a pipe its first line. Never from the command line."""
        if not sys.stdin.isatty():
            return sys.stdin.readline().rstrip("\n")
        while True:
            first = getpass("Mật khẩu (từ 12 ký tự): ")
            if first == getpass("Nhập lại: "):
                return first
            self.stderr.write("Hai lần nhập khác nhau.")
