"""Search in papers: the whole answer a delegate gets, against the bare query of the database beside it.

    python benchmarks/finding.py --papers 10000 --pages 20 --json finding.json
    python scripts/real_stack.py python benchmarks/finding.py --papers 10000 --json finding-pg.json

An empty database (SQLite in a folder of its own, or DATABASE_URL) is filled with papers whose words are as frequent
as in a language (Zipf), indexed by the product's own verb. Then the same questions are put in turns: to the product
(`finding.ask` and `finding.shown`: permission, counts of four filters, ten papers with the words around), to its page
(`/tim` through the whole house), and to the database alone (one statement that lists the papers that hold the words,
newest first, with what a list shows; no permission, no counts, no words around). `…_cpu` is the process's own processor time, which tells
the same on a machine that others keep busy (on SQLite the database is in the process).
"""

import argparse
import json
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

MARKED = "aàáảãạăằắẳẵặâầấẩẫậeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵ"
FIRST = ["b", "c", "ch", "d", "đ", "g", "gi", "h", "k", "kh", "l", "m", "n", "ng", "nh", "ph", "qu", "s", "t", "th", "tr", "v", "x", ""]
LAST = ["", "c", "ch", "m", "n", "ng", "nh", "p", "t", "i", "o", "u"]
KINDS = ["submission", "draft_resolution", "verification_report", "report", "notice"]


def vocabulary(chance: random.Random, size: int = 6000) -> list[str]:
    """Syllables as Vietnamese has them, each once."""
    words: set[str] = set()
    while len(words) < size:
        words.add(chance.choice(FIRST) + chance.choice(MARKED) + chance.choice(LAST))
    return sorted(words, key=lambda word: chance.random())


def fill(papers: int, pages: int, words_per_page: int, chance: random.Random):
    """A council with delegates, boards and sessions, and its papers; gives (council, delegate's user, words)."""
    import hashlib
    from datetime import date, timedelta

    from django.db import transaction

    from council.models import Membership
    from council.text import fold
    from documents import finding
    from documents.models import Document, Page, Version
    from sessions.models import ItemPaper
    from tests import builders

    council = builders.council()
    office = builders.person(council, "van-phong", role="office")
    delegates = [builders.delegate(council, n) for n in range(1, 86)]
    board = builders.board(council)
    for delegate in delegates[:20]:
        Membership.objects.create(body=board, user=delegate.user, delegate=delegate, starts_on=builders.TERM_START)
    sessions = [builders.council_session(council, office, number=n) for n in range(1, 31)]
    type(sessions[0]).objects.update(state="closed")
    items = [session.items.first() for session in sessions]
    words = vocabulary(chance)
    weights = [1 / (rank + 2) for rank in range(len(words))]
    totals, total = [], 0.0
    for weight in weights:
        total += weight
        totals.append(total)
    plenary, made = builders.plenary(council), 0
    started = time.perf_counter()
    for number in range(papers):
        with transaction.atomic():
            named = number % 10 == 0
            document = Document.objects.create(
                council=council, title=" ".join(chance.choices(words, cum_weights=totals, k=14)).capitalize(),
                kind=chance.choice(KINDS), number=f"{number + 1}/{2016 + number % 11}/NQ-HĐND", issuer=f"Sở {chance.choice(words[:40])}",
                issued_on=date(2016 + number % 11, 1, 1) + timedelta(days=number % 360), body=plenary,
                visibility=("named" if named else "office" if number % 10 == 1 else "public" if number % 10 < 5 else "members"),
            )  # fmt: skip
            if named:
                document.named_bodies.set([board])
            version = Version.objects.create(
                document=document, original_name="a.pdf", sha256="0" * 64, size=1, pages=pages, state="ready"
            )
            texts = [" ".join(chance.choices(words, cum_weights=totals, k=words_per_page)) for _page in range(pages)]
            texts[0] += f" Nghị quyết số {number + 1}/{2016 + number % 11}/NQ-HĐND"
            Page.objects.bulk_create(
                Page(
                    version=version, number=n, width=595, height=842, text=text, search_text=fold(text),
                    text_sha256=hashlib.sha256(text.encode()).hexdigest(),
                )
                for n, text in enumerate(texts, 1)
            )  # fmt: skip
            ItemPaper.objects.create(item=items[number % len(items)], kind=document.kind, title=document.title, document=document)
            finding.index_paper(document.pk)
        made += 1
        if made % 1000 == 0:
            print(f"{made} papers, {time.perf_counter() - started:.0f} s", file=sys.stderr)
    return council, delegates[50].user, words


def questions(words: list[str], papers: int, chance: random.Random, count: int) -> list[str]:
    """What people type: rare and common words, two and three of them, beginnings, numbers, phrases, without marks."""
    from council.text import fold

    asked = []
    for n in range(count):
        rare, middle, common = chance.choice(words[1500:]), chance.choice(words[100:1500]), chance.choice(words[:100])
        number = chance.randrange(papers)
        asked.append(
            [
                middle, rare, f"{common} {rare}", f"{middle} {common}", fold(f"{middle} {rare}"), f"{common} {middle[:2]}",
                f"{number + 1}/{2016 + number % 11}/NQ-HĐND", f'"{common} {chance.choice(words[:100])}"', common,
                f"{common} {chance.choice(words[:100])} {middle}",
            ][n % 10]
        )  # fmt: skip
    return asked


def bare(phrases) -> list:
    """The database alone: the papers that hold the words, newest first, as a list shows them."""
    from django.db import connection

    from documents import finding

    found = finding._matching(phrases, "all")
    sql = (
        "SELECT id, title, kind, number, issuer, issued_on FROM documents_document"  # noqa: S608
        f" WHERE id IN ({found.sql}) ORDER BY id DESC"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, found.params)
        return cursor.fetchall()


def percentiles(times: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(times, n=20)
    return {"median_ms": round(statistics.median(times) * 1000, 1), "p95_ms": round(cuts[18] * 1000, 1), "max_ms": round(max(times) * 1000, 1)}


def measure(council, user, asked: list[str]) -> dict:
    from django.test import Client
    from django.urls import reverse

    from documents import finding

    client = Client()
    client.force_login(user)
    times: dict[str, list[float]] = {"product": [], "page": [], "bare": []}
    spent: dict[str, list[float]] = {"product": [], "page": [], "bare": []}
    slowest = (0.0, "")
    for turn, words in enumerate(asked):
        phrases = finding.phrases_of(words)
        for name in ("bare", "product", "page") if turn % 2 else ("product", "bare", "page"):
            started, begun = time.perf_counter(), time.process_time()
            if name == "bare":
                bare(phrases)
            elif name == "product":
                answer = finding.ask(user, council, finding.Question(words))
                finding.shown(answer, answer.keys[:10])
            else:
                assert client.get(reverse("search"), {"q": words}).status_code == 200
            times[name].append(time.perf_counter() - started)
            spent[name].append(time.process_time() - begun)
        slowest = max(slowest, (times["product"][-1], words))
    result = {name: percentiles(values) for name, values in times.items()}
    result |= {f"{name}_cpu": percentiles(values) for name, values in spent.items()}
    for kind in ("", "_cpu"):
        ratio = result[f"product{kind}"]["p95_ms"] / max(result[f"bare{kind}"]["p95_ms"], 0.1)
        result[f"ratio_p95{kind}"] = round(ratio, 2)
    return result | {"slowest": slowest[1]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=int, default=10_000)
    parser.add_argument("--pages", type=int, default=20)
    parser.add_argument("--words", type=int, default=350, help="on a page")
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--keep", help="a folder for the database, filled once and used again")
    parser.add_argument("--json", dest="out")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="finding-") as folder:
        folder = given.keep or folder
        Path(folder).mkdir(exist_ok=True)
        os.environ.update(TESTING="1", DATA_DIR=str(folder), DJANGO_SETTINGS_MODULE="council.settings")
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command
        from django.db import connection

        from council.models import Council, User

        settings.ALLOWED_HOSTS = ["*"]
        call_command("migrate", verbosity=0)
        chance, started = random.Random(4), time.perf_counter()  # noqa: S311
        if Council.objects.exists():
            council, user, words = Council.objects.get(), User.objects.get(username__endswith="-51"), vocabulary(chance)
        else:
            council, user, words = fill(given.papers, given.pages, given.words, chance)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
        filled = time.perf_counter() - started
        chance = random.Random(5)  # noqa: S311
        measure(council, user, questions(words, given.papers, chance, 20))  # warm
        result = {
            "database": connection.vendor, "papers": given.papers, "pages": given.pages, "words": given.words,
            "machine": f"{os.cpu_count()} cores, Python {platform.python_version()}", "filled_s": round(filled),
        } | measure(council, user, questions(words, given.papers, chance, given.questions))  # fmt: skip
    print(json.dumps(result, indent=1, ensure_ascii=False))
    if given.out:
        Path(given.out).write_text(json.dumps(result, indent=1, ensure_ascii=False))
    is_embedded = result["database"] == "sqlite"  # there the processor's time is the answer's, whoever is busy beside
    fast = not is_embedded or result["product_cpu"]["p95_ms"] <= 150
    sys.exit(0 if fast and result["ratio_p95_cpu" if is_embedded else "ratio_p95"] <= 3 else 1)


if __name__ == "__main__":
    main()
