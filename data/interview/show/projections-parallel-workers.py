"""Two workers of one consumer share an account's events; with one for each key, one has all."""
# Needs: jetstream

import asyncio
from concurrent.futures import ThreadPoolExecutor

import eventsourcing_kit as es


async def tried():
    import nats

    with es.servers.jetstream(nodes=1) as server:
        connection = await nats.connect(server.url)
        js = connection.jetstream()
        await js.add_stream(name="bank", subjects=["bank.>"])
        for event in ("opened", "frozen"):
            await js.publish("bank.account.1", event.encode())
        for said, subjects in (
            ("whoever is free", ["bank.>", "bank.>"]),
            ("by the account", ["bank.account.1", "bank.account.2"]),
        ):
            workers = [
                await js.pull_subscribe(one, durable=one.replace(".", "-").replace(">", "all"))
                for one in subjects
            ]
            taken = [[], []]
            for _ in range(2):
                for worker, mine in zip(workers, taken, strict=True):
                    if (await worker.consumer_info()).num_pending:
                        [message] = await worker.fetch(1)
                        mine.append(message.data.decode())
            print(f"{said}: {taken}")
        await connection.close()


with ThreadPoolExecutor() as pool:  # a notebook runs a loop of its own already
    pool.submit(asyncio.run, tried()).result()

# It prints:
# whoever is free: [['opened'], ['frozen']]
# by the account: [['opened', 'frozen'], []]
