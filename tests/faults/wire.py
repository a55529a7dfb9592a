"""A wire between tablets and web processes that can delay, swallow, and cut after the request."""

import asyncio
import random
import threading


class Wire:
    """A TCP proxy in a thread of its own; every connection goes to the next web process that answers.

    `delay`    seconds, at most, that every packet takes longer
    `swallow`  share of requests that never arrive: the connection breaks first
    `cut`      share of answers that never arrive: the request did, then the connection breaks
    `is_down`  nobody gets through, and what was open is broken
    """

    def __init__(self):
        self.delay = self.swallow = self.cut = 0.0
        self.is_down = False
        self.chance = random.Random(7)
        self._targets: list[int] = []
        self._next = 0
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._do(asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1024))
        self.port = self._server.sockets[0].getsockname()[1]

    def lead_to(self, ports: list[int]) -> None:
        self._targets = list(ports)

    def down(self) -> None:
        self.is_down = True
        self._do(self._break_all())

    def heal(self) -> None:
        self.delay = self.swallow = self.cut = 0.0
        self.is_down = False

    def close(self) -> None:
        if self._loop.is_running():
            self._do(self._end())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(5)

    def _do(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    async def _break_all(self) -> None:
        for writer in list(self._open):
            writer.transport.abort()

    async def _end(self) -> None:
        self._server.close()
        await self._break_all()
        me = asyncio.current_task()
        tasks = [task for task in asyncio.all_tasks() if task is not me]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader, writer) -> None:
        self._open.add(writer)
        far = None
        try:
            if self.is_down or (far := await self._reach()) is None:
                return
            far_reader, far_writer = far
            forth = asyncio.create_task(self._pump(reader, far_writer, "swallow"))
            back = asyncio.create_task(self._pump(far_reader, writer, "cut"))
            try:
                await asyncio.wait({forth, back}, return_when=asyncio.FIRST_COMPLETED)
                if forth.done() and not forth.exception() and forth.result():
                    await asyncio.wait({back}, timeout=10)  # the tablet has said all and listens
            finally:
                for task in (forth, back):
                    task.cancel()
                await asyncio.gather(forth, back, return_exceptions=True)
        except asyncio.CancelledError:
            pass  # the wire itself is taken down
        finally:
            self._open.discard(writer)
            writer.transport.abort() if self.is_down else writer.close()
            if far is not None:
                far[1].close()

    async def _reach(self):
        """The next web process that takes the connection, or None."""
        targets = self._targets
        for _try in targets:
            self._next += 1
            try:
                return await asyncio.open_connection("127.0.0.1", targets[self._next % len(targets)])
            except OSError:
                continue
        return None

    async def _pump(self, source, sink, fault: str) -> bool:
        """Carry bytes until the source ends (True) or the fault strikes (False)."""
        while data := await source.read(65536):
            if self.delay:
                await asyncio.sleep(self.chance.uniform(0, self.delay))
            if self.chance.random() < getattr(self, fault):
                return False
            sink.write(data)
            await sink.drain()
        return True
