"""The floor: the least that can be called taking votes, to hold the product against.

A bare ASGI application without framework, sign-in, rules or record: one process, a WebSocket for each
voter, one thread that writes whatever waits in one transaction, an answer after the commit. SQLite
(WAL, IMMEDIATE, synchronous=FULL) in DATA_DIR, or PostgreSQL with DATABASE_URL, as in the product.

    uvicorn benchmarks.floor:application
"""

import asyncio
import json
import os
import queue
import sqlite3
import threading

waiting: queue.Queue = queue.Queue()


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
    upsert = "INSERT INTO floor_vote VALUES (%s, %s, %s) ON CONFLICT (poll, voter) DO UPDATE SET choice = excluded.choice"

    def write(rows):
        with database.transaction(), database.cursor() as cursor:
            cursor.executemany(upsert, rows)

    return write


def work():
    write = postgres_writer() if os.environ.get("DATABASE_URL") else sqlite_writer()
    while True:
        batch = [waiting.get()]
        while not waiting.empty():
            batch.append(waiting.get())
        write([row for row, _tell in batch])
        for _row, tell in batch:
            tell()


threading.Thread(target=work, daemon=True).start()


async def application(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})
        return
    await receive()
    await send({"type": "websocket.accept"})
    loop = asyncio.get_running_loop()
    voter = scope["path"].rpartition("/")[2]
    while True:
        event = await receive()
        if event["type"] != "websocket.receive":
            return
        said = json.loads(event["text"])
        written = loop.create_future()
        row = (said["poll"], voter, said["choice"])
        waiting.put((row, lambda done=written: loop.call_soon_threadsafe(done.set_result, None)))
        await written
        answer = {"type": "cast", "key": said["key"], "answer": "recorded"}
        await send({"type": "websocket.send", "text": json.dumps(answer)})
