"""Defects of opening, closing and counting."""

from collections import Counter, defaultdict
from datetime import timedelta

from tests.faults.planted import defect


@defect()
def counts_from_memory():
    """The result comes from what this process has seen, which is right while there is only one."""
    from voting import ballot_box, services
    from voting.rules import RULES, tally

    seen, write = defaultdict(dict), ballot_box.write

    def remember(poll_id, ballots):
        answers, room = write(poll_id, ballots)
        for ballot, said in zip(ballots, answers, strict=True):
            if said.answer == "recorded":
                seen[poll_id][ballot.delegate_id] = ballot.choice
        return answers, room

    def count(poll, roll):
        votes = seen[poll.public_id]
        fields = tally(
            RULES[poll.rule], Counter(votes.values()), total=poll.entitled, silent=poll.present - len(votes),
            article=poll.terms["rule"]["article"], whole=poll.terms["rule"].get("whole", 0),
        )  # fmt: skip
        return [fields | {"by_secretary": 0, "stepped_out": 0}]

    ballot_box.write, services.count = remember, count


@defect("ALTER TABLE voting_result DROP CONSTRAINT result_adds_up_to_the_roll")
def takes_the_silent_for_the_rest_of_the_present():
    """Present less voted, and absent as the roll says: who votes and leaves is counted twice."""
    from voting import services

    count = services.count

    def careless(poll, roll):
        (fields,) = count(poll, roll)
        voted = fields["votes_for"] + fields["votes_against"] + fields["votes_other"]
        silent = max(0, poll.present - voted)
        return [fields | {"silent": silent, "absent": poll.entitled - poll.present}]

    services.count = careless


@defect("DROP INDEX one_open_poll_per_room")
def opens_two_votes_at_once():
    """Whether another vote is open is asked before, and neither lock nor index keeps two from asking at once."""
    from tests.faults.planted.ballots import never_locks

    never_locks()


@defect()
def closes_by_its_own_clock():
    """A vote is over half an hour after its opening, by the clock of the process that is asked."""
    from django.utils import timezone

    from voting import ballot_box

    refusal = ballot_box._refusal

    def impatient(ballot, poll, *told):
        if poll.state == poll.State.OPEN and timezone.now() > poll.opened_at + timedelta(minutes=30):
            return ballot_box._refused(ballot, "closed", "hết giờ", 409)
        return refusal(ballot, poll, *told)

    ballot_box._refusal = impatient
