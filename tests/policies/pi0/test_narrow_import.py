"""A π0 is loaded without LeRobot's other policies, which are there for whoever asks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CODE = """
import sys
from policies import load_policy
load_policy("demo")
print([m for m in ("lerobot.policies.factory", "lerobot.policies.groot", "datasets") if m in sys.modules])
from lerobot.configs import PreTrainedConfig
print("act" in PreTrainedConfig.get_known_choices())
from policies.pi0.narrow_import import import_for
import_for("act")
print("act" in PreTrainedConfig.get_known_choices())
from lerobot.policies import ACTConfig, make_policy
from lerobot.policies.factory import get_policy_class
from policies.tiny_pi0.model import TinyPI0Policy
print(get_policy_class("tiny_pi0") is TinyPI0Policy, ACTConfig.__name__, make_policy.__name__)
"""


def test_a_pi0_needs_none_of_the_others_and_hides_none_of_them():
    done = subprocess.run([sys.executable, "-c", CODE], cwd=ROOT, capture_output=True, text=True, timeout=250)
    wanted = ["[]", "False", "True", "True ACTConfig make_policy"]
    assert done.stdout.splitlines()[-4:] == wanted, done.stderr[-800:]
