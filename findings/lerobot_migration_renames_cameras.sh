#!/usr/bin/env bash
# lerobot 0.6.1: migrating a checkpoint from before 0.4 files the statistics of `cam_high` under `cam.high`.
#
# Expected: `lerobot.processor.migrate_policy_normalization` moves the statistics out of the weights under the keys that
#           the policy reads its inputs by, so that the migrated policy computes what it did.
# Observed: the old layers spell a key's dots as underscores (`buffer_observation_images_cam_high`), and the migration
#           turns every underscore into a dot. `observation.state` and `observation.images.top` come back,
#           `observation.images.cam_high` does not; the normaliser leaves an input without statistics as it is, without
#           a word, and an ACT policy with ALOHA's cameras sees pictures in 0..1 where it learnt normalised ones.
# Output seen (2026-11-30):
#   lerobot 0.6.1: statistics of observation.images.cam.high, observation.images.top, observation.state
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3.12}" -m venv "$work/v"
"$work/v/bin/pip" install -q --no-deps "lerobot==0.6.1" 2>/dev/null
"$work/v/bin/python" - <<'PY'
import ast
import importlib.metadata
import pathlib

# Only the function that reads the old names is run: importing lerobot itself brings torch.
name = "processor/migrate_policy_normalization.py"
source = pathlib.Path(next(f for f in importlib.metadata.files("lerobot") if str(f).endswith(name)).locate())
wanted = [node for node in ast.parse(source.read_text()).body if getattr(node, "name", "") == "extract_normalization_stats"]
for node in wanted:  # its annotations name torch
    node.returns = None
    for argument in node.args.args:
        argument.annotation = None
space = {}
exec(compile(ast.Module(wanted, []), str(source), "exec"), space)


class Tensor:
    def clone(self):
        return self


keys = ("observation.state", "observation.images.top", "observation.images.cam_high")
old = {f"normalize_inputs.buffer_{key.replace('.', '_')}.{stat}": Tensor() for key in keys for stat in ("mean", "std")}
found = sorted(space["extract_normalization_stats"](old))
print(f"lerobot {importlib.metadata.version('lerobot')}: statistics of {', '.join(found)}")
assert found == ["observation.images.cam.high", "observation.images.top", "observation.state"], "this has changed"
PY
