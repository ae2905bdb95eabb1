"""At its limit a stream throws away its oldest messages, unless it was told to refuse new ones."""
# Needs: jetstream

import asyncio
from concurrent.futures import ThreadPoolExecutor

import eventsourcing_kit as es


async def tried():
    import nats
    from nats.js.api import DiscardPolicy
    from nats.js.errors import APIError

    with es.servers.jetstream(nodes=1) as server:
        connection = await nats.connect(server.url)
        js = connection.jetstream()
        for discard in (DiscardPolicy.OLD, DiscardPolicy.NEW):
            name = f"bank_{discard.value}"
            await js.add_stream(name=name, subjects=[f"{name}.>"], max_msgs=3, discard=discard)
            said = "all were taken"
            for number in range(5):
                try:
                    await js.publish(f"{name}.account.1", str(number).encode())
                except APIError:
                    said = f"number {number} was refused"
                    break
            state = (await js.stream_info(name)).state
            print(f"discard {discard.value}: {said}, kept {state.first_seq} to {state.last_seq}")
        await connection.close()


with ThreadPoolExecutor() as pool:  # a notebook runs a loop of its own already
    pool.submit(asyncio.run, tried()).result()

# It prints:
# discard old: all were taken, kept 3 to 5
# discard new: number 3 was refused, kept 1 to 3
