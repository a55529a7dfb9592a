"""What follows for each person on the sheet from a finished count, whoever counted: tellers or the opened ballots."""

from voting.count_rules import Sheets, outcomes
from voting.models import Outcome, Poll
from voting.rules import RULES


def write_outcomes(poll: Poll, sheets: Sheets) -> dict:
    """Work out and keep what a count says of each nominee, by the terms frozen at the opening.

    Gives what the public record says of them.
    """
    rule, second = RULES[poll.rule], poll.terms.get("second_rule")
    nominees = {nominee.key: nominee for nominee in poll.nominees.all()}
    lines = outcomes(
        poll.kind,
        sheets,
        nominees=list(nominees),
        seats=poll.seats,
        rule=rule,
        second_rule=RULES[second["value"]] if second else None,
        total=poll.terms["rule"]["whole"] if rule.base == "all" else poll.entitled,
        present=poll.present,
    )
    chosen = poll.terms.get("rule_setting", {})  # the council's own number, else the law's article
    article = chosen["legal_basis"] if chosen.get("valid_from") else rule.article
    Outcome.objects.bulk_create(
        Outcome(
            poll=poll, nominee=nominees[line.nominee], figures=line.figures, base=line.base, needed=line.needed,
            verdict=line.verdict, why=line.why, article=article,
        )
        for line in lines
    )  # fmt: skip
    said = [
        {
            "nominee": line.nominee,
            "figures": line.figures,
            "base": line.base,
            "needed": line.needed,
            "verdict": line.verdict,
        }
        for line in lines
    ]
    return {"outcomes": said}
