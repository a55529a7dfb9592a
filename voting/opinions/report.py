"""The report of an opinion poll as an official sheet (form after Decree 30/2020/NĐ-CP, Appendix I)."""

from council.models import AuditChain
from council.templatetags.house import vn_date
from voting import selectors as votes
from voting.counting import confirmed_count
from voting.models import Poll
from voting.opinions import papers
from voting.tellers import tellers_of


def report_pdf(poll: Poll, outcome: dict) -> bytes:
    """The PDF of what a reader may see; the same result gives the same bytes. Not signed, and it says so."""
    council = poll.council
    name = council.name.removeprefix("Hội đồng nhân dân ")
    chain = AuditChain.objects.filter(key=poll.chain).first()
    context = {
        "council": council,
        "body_name": ["Hội đồng nhân dân", name] if name != council.name else [council.name],
        "place_date": f"{council.place}, {vn_date(poll.closed_at, 'words')}",
        "poll": poll,
        "opinion": poll.opinion,
        "papers": poll.opinion.papers.all(),
        "extensions": poll.opinion.extensions.all(),
        "outcome": outcome,
        "tellers": tellers_of(poll) if poll.is_counted else [],
        "count": confirmed_count(poll) if poll.is_counted else None,
        "hash": votes.short_hash(poll.roll_hash),
        "head": votes.short_hash(chain.head) if chain else "",
        "entries": chain.seq if chain else 0,
    }
    return papers.print_pdf("pdf/opinion_report.html", context)
