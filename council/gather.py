"""What many ask at the same moment is answered together.

A hall asks as one: a thousand tablets join, or want to know what is their own, within the same second. One
by one that is a handful of queries and a change of threads for each; together it is the same handful for all.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from django.db import close_old_connections

MOST = 500  # questions of one batch: a database takes only so many values in one statement

logger = logging.getLogger(__name__)
_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="gather")


Question = TypeVar("Question")
Answer = TypeVar("Answer")


class Gathering(Generic[Question, Answer]):
    """Who asks first is answered at once; whoever asks meanwhile is answered in the next batch.

    `answer_all` takes the questions and gives as many answers in the same order; it runs in a thread that
    all gatherings share, and reads the database. What it raises, each of its askers is told.
    """

    def __init__(self, answer_all: Callable[[list[Question]], Sequence[Answer]]):
        self._answer_all = answer_all
        self._waiting: list[tuple[Question, asyncio.Future]] = []
        self._task: asyncio.Task | None = None

    async def ask(self, question: Question) -> Answer:
        loop = asyncio.get_running_loop()
        if self._task is None or self._task.get_loop() is not loop:  # first use, or another loop (tests)
            self._waiting, self._task = [], None
        answer = loop.create_future()
        self._waiting.append((question, answer))
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._answer())
        return await answer

    async def _answer(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            questions = [question for question, _answer in batch]
            try:
                answers = await asyncio.get_running_loop().run_in_executor(_thread, self._read, questions)
            except Exception as fault:
                logger.exception("%d questions were not answered", len(batch))
                answers = [fault] * len(batch)
            for (_question, future), said in zip(batch, answers, strict=True):
                if future.done():  # who asked has gone away
                    continue
                if isinstance(said, Exception):
                    future.set_exception(said)
                else:
                    future.set_result(said)

    def _read(self, questions: list[Question]) -> Sequence[Answer]:
        close_old_connections()
        try:
            return self._answer_all(questions)
        finally:
            close_old_connections()
