"""JetStream appends on a condition, and knows a repeated message only within its window."""
# Needs: jetstream

import asyncio
from concurrent.futures import ThreadPoolExecutor

import eventsourcing_kit as es


async def tried():
    import nats
    from nats.js.errors import APIError

    with es.servers.jetstream(nodes=1) as server:
        connection = await nats.connect(server.url)
        js = connection.jetstream()
        await js.add_stream(name="bank", subjects=["bank.>"], duplicate_window=3)
        last = {"Nats-Expected-Last-Subject-Sequence": "0"}
        for writer in ("Ada", "Ben"):
            try:
                await js.publish("bank.account.1", writer.encode(), headers=last)
                print(writer, "is in")
            except APIError as refused:
                print(writer, "is refused:", refused.description)

        async def repeated():
            ack = await js.publish("bank.account.2", b"", headers={"Nats-Msg-Id": "42"})
            return bool(ack.duplicate)

        print("the same id is known:", await repeated(), await repeated())
        while await repeated():
            await asyncio.sleep(0.2)
        print("after its window: stored again")
        await connection.close()


with ThreadPoolExecutor() as pool:  # a notebook runs a loop of its own already
    pool.submit(asyncio.run, tried()).result()

# It prints:
# Ada is in
# Ben is refused: wrong last sequence: 1
# the same id is known: False True
# after its window: stored again
