"""Frames to our own server, in its three protocols, with `hold` behind it."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any
from unittest import mock

from hypothesis import strategies as st

from harness.rollout.adapter import ObservationAdapter
from harness.serve import openpi, vla_eval, xpolicylab
from harness.serve.computing.batching import Batcher
from harness.serve.computing.predictors import Here
from harness.serve.engine import Client, Engine
from harness.serve.openpi import OpenPIProtocol
from harness.serve.vla_eval import Playing, VlaEvalProtocol
from harness.serve.xpolicylab import XPolicyLabProtocol
from policies.loading import load_policy
from tools.fuzz.changes import Draw
from tools.fuzz.frames import CODECS, changed_frame, requests
from tools.fuzz.target import Try


class Served:
    """Our server's three protocols, with `hold` behind them; each must answer or stay silent."""

    def __init__(self, folder: Path):
        policy = load_policy("hold")
        engine = Engine(policy, ObservationAdapter(policy.images), Batcher([Here(policy)], 4, range(4)), 0, 2)
        self.protocols = {
            "openpi": (OpenPIProtocol(engine), Client),
            "vla-eval": (VlaEvalProtocol(engine), Playing),
            "xpolicylab": (XPolicyLabProtocol(engine), Client),
        }
        self.good = requests()
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def draw(self, draw: Draw) -> Try:
        """One frame of one protocol, to any of them."""
        name, other = (draw(st.sampled_from(sorted(CODECS))) for _ in range(2))
        frame, said = changed_frame(draw, CODECS[name], draw(st.sampled_from(self.good[name])))
        protocol, state = self.protocols[name if draw(st.integers(0, 9)) else other]
        text = draw(st.integers(0, 30)) == 0
        sent: bytes | str = frame.decode("utf-8", "replace") if text else frame
        return Try(lambda: self.ask(protocol, state(), sent), f"{name}: {said}")

    def ask(self, protocol: Any, client: Any, frame: bytes | str) -> None:
        """One frame; what the server would log as its own failure is raised."""
        with (
            mock.patch.object(openpi, "answerable", strict),
            mock.patch.object(vla_eval, "answerable", strict),
            mock.patch.object(xpolicylab, "answerable", strict),
        ):
            asyncio.run_coroutine_threadsafe(protocol.reply(frame, client), self.loop).result(20)


def strict(error: Exception) -> str:
    """What a client is told of an error; one that is not the client's is raised."""
    if getattr(type(error), "is_user_error", False):
        return str(error)
    raise error
