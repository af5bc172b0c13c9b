"""A server that does what openpi's own does (`src/openpi/serving/websocket_policy_server.py`): unpack, predict and pack
on its event loop, for one request at a time. What `tools.remote.speed` compares with.

    python -m tools.remote.one_at_a_time 8001 [THREADS]

THREADS: of torch; without it as many as the policy is loaded with here (one for a small one), 0 for torch's default.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import numpy as np
from websockets.asyncio.server import serve

from harness.rollout.adapter import adapter_for
from harness.rollout.inference import make_row, predict_places
from harness.serve.observations import flat_observation
from policies import load_policy
from policies.remote.wire.codec import OPENPI


def inference(threads: int | None) -> Callable[[Any], np.ndarray]:
    """One observation to its chunk by the demo policy, through the same adapter, a batch of one."""
    import torch

    default = torch.get_num_threads()
    policy = load_policy("demo")
    if threads is not None:
        torch.set_num_threads(threads or default)
    adapter = adapter_for(policy)

    def infer(sent: Any) -> np.ndarray:
        row = make_row(policy, adapter, flat_observation(sent, 0), None, 0, 0)
        chunk = predict_places(policy, {0: row}, 1)[0]
        assert not isinstance(chunk, Exception)
        return chunk

    return infer


async def main(port: int, threads: int | None) -> None:
    """Serve for ever."""
    infer = inference(threads)

    async def answer(connection: Any) -> None:
        await connection.send(OPENPI.pack({}))
        async for frame in connection:
            await connection.send(OPENPI.pack({"actions": infer(OPENPI.unpack(frame))}))

    def health(connection: Any, request: Any) -> Any:
        return connection.respond(HTTPStatus.OK, "OK\n") if request.path == "/healthz" else None

    async with serve(
        answer, "127.0.0.1", port, compression=None, max_size=None, process_request=health
    ) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else None))
