"""Sends signed deliveries at an even rate, whatever the answers take; reads its orders from stdin.

A process of its own, with nothing else to do: a clock inside the pocket Zendesk would count its
waiting for Python's lock, too.
"""

import asyncio
import gc
import json
import sys
import time
from datetime import UTC, datetime

from bot.web.signature import signature_of


def wire(parcel: dict[str, str], secret: str) -> bytes:
    """One delivery as Zendesk sends it, on a connection of its own."""
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    body = parcel["body"].encode()
    head = (
        "POST /zendesk/events HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n"
        "Content-Type: application/json; charset=utf-8\r\n"
        f"X-Zendesk-Account-Id: {parcel['account']}\r\n"
        f"X-Zendesk-Webhook-Invocation-Id: {parcel['id']}\r\n"
        f"X-Zendesk-Webhook-Signature: {signature_of(secret, stamp, body)}\r\n"
        f"X-Zendesk-Webhook-Signature-Timestamp: {stamp}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def deliver(parcel: dict[str, str], secret: str, port: int, due: float) -> float:
    """Milliseconds from the moment it was due to the end of the answer; -1 for a refusal."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(wire(parcel, secret))
        answer = await reader.read()
        writer.close()
    except OSError:
        return -1.0
    took = (time.perf_counter() - due) * 1000
    return took if b" 200 " in answer[:16] else -1.0


async def send(parcels: list[dict[str, str]], secret: str, port: int, rate: float) -> list[float]:
    """Send all of them; nobody waits for the one before."""
    began = time.perf_counter() + 0.2
    tasks = []
    for nth, parcel in enumerate(parcels):
        due = began + nth / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(deliver(parcel, secret, port, due)))
    return list(await asyncio.gather(*tasks))


def main() -> None:
    """Do what stdin says, and print how long each answer took."""
    orders = json.load(sys.stdin)
    gc.disable()  # its pauses would count as the bot's
    took = asyncio.run(send(orders["parcels"], orders["secret"], orders["port"], orders["rate"]))
    print(json.dumps(took))


if __name__ == "__main__":
    main()
