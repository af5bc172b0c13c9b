#!/usr/bin/env bash
# lerobot 0.6.1: each load of a policy's configuration leaves a JSON file in the temporary directory.
#
# Expected: reading a checkpoint's config.json leaves nothing behind.
# Observed: `PreTrainedConfig.from_pretrained` hands its parser a copy of the configuration in a named temporary file
#           that is made with delete=False and that nobody deletes. Every load of a checkpoint leaves one more, about
#           2 KB, with whatever the configuration says (repository names, folders of the machine it was trained on),
#           also where the load then fails. A sweep or a server that loads thousands of times fills a small /tmp.
# Output seen (2026-11-30):
#   lerobot 0.6.1: 3 loads left 3 files, each with the whole configuration
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3.12}" -m venv "$work/v"
"$work/v/bin/pip" install -q "lerobot==0.6.1" "torch==2.11.0" "torchvision==0.26.0" 2>/dev/null
mkdir "$work/tmp" "$work/checkpoint"
HF_HUB_OFFLINE=1 TMPDIR="$work/tmp" "$work/v/bin/python" - "$work/checkpoint" "$work/tmp" <<'PY'
import importlib.metadata
import json
import pathlib
import sys

from lerobot.configs.policies import PreTrainedConfig
from lerobot.policies.act.configuration_act import ACTConfig

checkpoint, temporary = map(pathlib.Path, sys.argv[1:])
ACTConfig(device="cpu", push_to_hub=False).save_pretrained(checkpoint)
before = set(temporary.rglob("*.json"))
for _ in range(3):
    PreTrainedConfig.from_pretrained(checkpoint)
left = set(temporary.rglob("*.json")) - before
whole = all("chunk_size" in json.loads(path.read_text()) for path in left)
print(f"lerobot {importlib.metadata.version('lerobot')}: 3 loads left {len(left)} files, each with the whole configuration")
sys.exit(0 if len(left) == 3 and whole else 1)
PY
