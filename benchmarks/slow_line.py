"""A bad network between the tablets and the house, as a proxy: delay, and loss as TCP lets it be felt.

Each way takes 300 ms, give or take 100. 5 of 100 segments of 1,448 bytes are lost. On a TCP connection nothing
is missing in the end: what was lost is sent again, and all behind it waits. A lost segment that others follow
comes one round trip later (fast retransmission); the last of a burst comes after the timer, about a second, and
after twice that when it is lost again. Opening a connection takes a round trip, which may be lost too. What a
proxy cannot show is a smaller window after a loss: the messages here are a few segments long.
"""

import asyncio
import random
from contextlib import suppress

DELAY, SPREAD = 0.3, 0.1  # seconds, one way
LOSS = 0.05
SEGMENT = 1448
TIMER = 1.0  # seconds until the sender misses the answer to its last segment


def transit(segments: int) -> float:
    """Seconds until all segments of a burst are through."""
    last = 0.0
    for place in range(segments):
        took, timer = random.uniform(DELAY - SPREAD, DELAY + SPREAD), TIMER
        while random.random() < LOSS:
            took += 2 * DELAY if segments - place > 3 else timer
            timer *= 2
        last = max(last, took)
    return last


class SlowLine:
    """Listens on the loopback address and leads every connection to one port, slowly."""

    def __init__(self, port: int):
        self.to_port = port
        self.losses = 0

    async def __aenter__(self) -> "SlowLine":
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_error) -> None:
        self.server.close()

    async def serve(self, reader, writer) -> None:
        await asyncio.sleep(transit(1) + transit(1))  # the handshake
        with suppress(OSError):
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self.to_port)
            await asyncio.gather(self.carry(reader, there_writer), self.carry(there_reader, writer))

    async def carry(self, reader, writer) -> None:
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue = asyncio.Queue()

        async def deliver():
            while True:
                due, data = await queue.get()
                await asyncio.sleep(max(0.0, due - loop.time()))
                if not data:
                    writer.close()
                    return
                writer.write(data)
                await writer.drain()

        delivering = asyncio.create_task(deliver())
        due = 0.0
        with suppress(OSError):
            while data := await reader.read(65536):
                due = max(due, loop.time() + transit(-(-len(data) // SEGMENT)))  # nothing overtakes
                queue.put_nowait((due, data))
        queue.put_nowait((max(due, loop.time() + DELAY), b""))
        with suppress(OSError):
            await delivering
