"""The demonstration's opinion poll: sent two days ago, half of the delegates have answered."""

import uuid
from datetime import datetime, time, timedelta

from django.utils import timezone

from council.calendar import working_calendar
from council.demo.people import House
from council.models import Job, Mail
from sessions.opinions import offer
from voting import ballot_box
from voting.ballot_box import Ballot
from voting.models import Opinion, Poll
from voting.opinions import letters, selectors, services

QUESTION = "Cho ý kiến về phương án phân bổ dự phòng ngân sách tỉnh để khắc phục hậu quả bão"
EXPLANATION = """Ủy ban nhân dân tỉnh đề nghị phân bổ 12 tỷ đồng từ dự phòng ngân sách để sửa kè và đường dân sinh.
Thường trực Hội đồng nhân dân xin ý kiến các vị đại biểu trước khi thống nhất giữa hai kỳ họp.

Nội dung minh họa của bản trình diễn."""
WRITTEN = {
    3: "Đề nghị phân bổ 8 tỷ đồng trước, phần còn lại báo cáo tại kỳ họp gần nhất.",
    17: "Thống nhất chủ trương; đề nghị ưu tiên các xã vùng lũ và có danh mục cụ thể.",
}
NOT_YET = 1  # the delegate of the one-tap sign-in is still to answer


def ask(house: House) -> Poll:
    """One open question to the plenary; every letter went out."""
    office, today = house.users["vanphong"], timezone.localdate()
    last = working_calendar(house.council).add_working_days(today, 4)
    poll = services.prepare_opinion(
        council=house.council, body=house.plenary, by=office, question=QUESTION, explanation=EXPLANATION,
        closes_at=timezone.make_aware(datetime.combine(last, time(17))), papers=offer(office, house.plenary)[:2],
    )  # fmt: skip
    poll = services.send_opinion(poll=poll, by=office)
    _answers(house, poll)
    _date_back(poll, timezone.now() - timedelta(days=2))
    return poll


def _answers(house: House, poll: Poll) -> None:
    said = {n: _choice(n) for n in range(len(house.delegates)) if n % 5 < 3 and n != NOT_YET}
    ballot_box.write(
        poll.public_id,
        [
            Ballot(poll.public_id, house.delegates[n].pk, choice, uuid.uuid4())
            for n, choice in said.items()
            if n not in WRITTEN
        ],
    )
    for n, text in WRITTEN.items():
        delegate = house.delegates[n]
        services.answer_opinion(poll=poll, delegate=delegate, choice="other", text=text, by=delegate.user)


def _choice(n: int) -> str:
    return "against" if n % 17 == 7 else "for"


def _date_back(poll: Poll, sent) -> None:
    """Two days ago it was sent and every letter with it."""
    letters.write(poll.pk, "asked")
    mails = selectors.mails_of(poll)
    Job.objects.filter(pk__in=list(mails.values_list("job", flat=True))).update(state=Job.State.DONE)
    mails.update(state=Mail.State.SENT, sent_at=sent)
    Job.objects.filter(kind="voting.opinion_letters", args__poll_id=poll.pk).update(state=Job.State.DONE)
    why = selectors.deadline_reason(poll.council, timezone.localtime(sent).date(), poll.closes_at)
    Opinion.objects.filter(poll=poll).update(deadline_why=why[:400])
    Poll.objects.filter(pk=poll.pk).update(opened_at=sent)
