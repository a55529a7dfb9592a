"""When an audience is rendered again, and how a screen is brought up to date, a slow one too."""

import asyncio
import json

import pytest

from council import live
from council.hub import TICK, Member, View
from council.live import Snapshot


@pytest.fixture
def view():
    shown = View()
    shown.take(Snapshot(seq=10, deep=4))
    return shown


def test_a_change_is_due_at_once_even_right_after_another_frame(view):
    assert view.due_in(live.Numbers(11, 5)) == 0


def test_a_turnout_waits_for_its_turn(view):
    assert 0 < view.due_in(live.Numbers(11, 4)) <= TICK


def test_a_turnout_that_waited_long_enough_is_due(view):
    view.taken_at -= TICK

    assert view.due_in(live.Numbers(11, 4)) == 0


def test_what_is_shown_already_is_not_due(view):
    assert view.due_in(live.Numbers(10, 4)) is None


def test_nothing_shown_yet_is_due():
    assert View().due_in(live.Numbers(0, 0)) == 0


class Screen:
    """A socket that notes what it was sent, and takes more only while it is ready."""

    def __init__(self, is_ready=True):
        self.got, self.ready = [], asyncio.Event()
        if is_ready:
            self.ready.set()

    async def send_text(self, text):
        await self.ready.wait()
        self.got.append(text)

    @property
    def seqs(self):
        return [json.loads(text)["seq"] for text in self.got if text != "beat"]


def show(view, seq):
    view.take(Snapshot(seq=seq, deep=seq, parts={"now": str(seq)}))


def test_a_screen_that_takes_it_is_told_before_anything_else_happens(view):
    async def story():
        member = Member(screen := Screen(), view)
        member.tell()
        assert screen.seqs == [10], "no turn of the loop between the news and the writing"
        assert member.waiting is None, "and no task is left behind"
        member.tell()
        assert screen.seqs == [10], "what it shows already is not sent again"

    asyncio.run(story())


def test_a_slow_screen_gets_the_newest_state_and_no_backlog(view):
    async def story():
        member = Member(screen := Screen(is_ready=False), view)
        for seq in (11, 12, 13):
            member.tell("beat")
            show(view, seq)
        member.tell()
        assert screen.got == []
        screen.ready.set()
        await member.waiting
        assert screen.seqs == [10, 13], "the one that it was being sent, then the newest"
        assert screen.got.count("beat") == 1 and member.waiting is None

    asyncio.run(story())


def test_a_screen_that_left_while_it_was_slow_is_written_to_no_more(view):
    async def story():
        member = Member(screen := Screen(is_ready=False), view)
        member.tell()
        await asyncio.sleep(0)
        task = member.waiting
        task.cancel()
        await asyncio.wait([task])
        screen.ready.set()
        await asyncio.sleep(0)
        assert task.cancelled() and screen.got == [] and member.waiting is None

    asyncio.run(story())


def test_a_screen_that_breaks_disturbs_no_other(view):
    class Gone(Screen):
        async def send_text(self, text):
            raise ConnectionError

    async def story():
        members = [Member(Screen(), view), Member(Gone(), view), Member(Screen(), view)]
        for member in members:
            member.tell()
        assert [member.screen.seqs for member in members] == [[10], [], [10]]

    asyncio.run(story())
