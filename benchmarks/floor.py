"""The floor: the least that can be called taking votes, to hold the product against.

A bare ASGI application without framework, sign-in, rules or record: one process, a WebSocket for each
voter, one thread that writes whatever waits in one transaction, an answer after the commit. SQLite
(WAL, IMMEDIATE, synchronous=FULL) in DATA_DIR, or PostgreSQL with DATABASE_URL, as in the product.

    uvicorn benchmarks.floor:application

    WS   /<voter>                    {"type": "cast", "poll", "choice", "key"} is answered once it is committed
    POST /vote/<poll>/<voter>        the same over HTTP
    POST /tell/<poll>/<state>/<size> commit one row, then tell every open socket in one frame of that many bytes
"""

import asyncio
import json
import os
import queue
import sqlite3
import threading

waiting: queue.Queue = queue.Queue()
screens: set = set()


def sqlite_writer():
    database = sqlite3.connect(os.path.join(os.environ["DATA_DIR"], "floor.sqlite3"), isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute(
        "CREATE TABLE IF NOT EXISTS vote (poll TEXT, voter TEXT, choice TEXT, PRIMARY KEY (poll, voter))"
    )

    def write(rows):
        database.execute("BEGIN IMMEDIATE")
        database.executemany("INSERT OR REPLACE INTO vote VALUES (?, ?, ?)", rows)
        database.execute("COMMIT")

    return write


def postgres_writer():
    import psycopg

    database = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    database.execute(
        "CREATE TABLE IF NOT EXISTS floor_vote (poll text, voter text, choice text, PRIMARY KEY (poll, voter))"
    )
    upsert = (
        "INSERT INTO floor_vote SELECT * FROM unnest(%s::text[], %s::text[], %s::text[]) "
        "ON CONFLICT (poll, voter) DO UPDATE SET choice = excluded.choice"
    )

    def write(rows):
        latest = {row[:2]: row for row in rows}  # one statement may touch a row once
        with database.transaction():
            database.execute(upsert, [list(column) for column in zip(*latest.values(), strict=True)])

    return write


def work():
    write = postgres_writer() if os.environ.get("DATABASE_URL") else sqlite_writer()
    while True:
        batch = [waiting.get()]
        while not waiting.empty():
            batch.append(waiting.get())
        write([row for row, _done in batch])
        loop = batch[0][1].get_loop()
        loop.call_soon_threadsafe(settle, [done for _row, done in batch])


def settle(futures):
    for done in futures:
        if not done.done():
            done.set_result(None)


threading.Thread(target=work, daemon=True).start()


async def written(poll, voter, choice):
    done = asyncio.get_running_loop().create_future()
    waiting.put(((poll, voter, choice), done))
    await done


async def application(scope, receive, send):
    if scope["type"] == "http":
        await answer(scope, receive, send)
        return
    await receive()
    await send({"type": "websocket.accept"})
    voter = scope["path"].rpartition("/")[2]
    screens.add(send)
    try:
        while True:
            event = await receive()
            if event["type"] != "websocket.receive":
                return
            said = json.loads(event["text"])
            await written(said["poll"], voter, said["choice"])
            told = {"type": "cast", "key": said["key"], "answer": "recorded"}
            await send({"type": "websocket.send", "text": json.dumps(told)})
    finally:
        screens.discard(send)


async def answer(scope, receive, send):
    body = (await receive())["body"]
    told = b""
    match scope["path"].split("/")[1:]:
        case ["vote", poll, voter]:
            said = json.loads(body)
            await written(poll, voter, said["choice"])
            told = json.dumps({"key": said["key"], "answer": "recorded"}).encode()
        case ["tell", poll, state, size]:
            await written(poll, "", state)
            await tell(poll, state, int(size))
    head = [(b"content-type", b"application/json"), (b"content-length", str(len(told)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": told})


async def tell(poll, state, size):
    facts = {"poll": {"id": poll, "state": state}}
    text = json.dumps({"type": "snapshot", "seq": 1, "base": None, "facts": facts, "parts": {"x": "x" * size}})
    event = {"type": "websocket.send", "text": text}
    for screen in list(screens):
        await screen(event)
