"""Which rigid models RoboTwin's fifty tasks draw, with their ids.

Source: the model lists in RoboTwin `envs/*.py`. place_a2b_left, place_a2b_right, place_object_scale,
place_object_stand and put_object_cabinet take any id that has a `model_data<id>.json`; those models are ALL_IDS.
"""

from __future__ import annotations

import re
from pathlib import Path

ALL_IDS: tuple[int, ...] = ()  # every id in the facts root

MODELS: dict[str, tuple[int, ...]] = {
    "001_bottle": tuple(range(20)),
    "002_bowl": (1, 2, 3, 5),
    "003_plate": (0,),
    "005_french-fries": (0, 1),
    "006_hamburg": tuple(range(6)),
    "007_shoe-box": (0,),
    "008_tray": (0, 1, 2, 3),
    "011_dustbin": (0,),
    "018_microphone": (0, 4, 5),
    "019_coaster": (0,),
    "020_hammer": (0,),
    "021_cup": tuple(range(8)),
    "024_scanner": (0, 1, 2, 3, 4),
    "039_mug": tuple(range(10)),
    "040_rack": (0,),
    "041_shoe": tuple(range(10)),
    "046_alarm-clock": (1, 3),
    "047_mouse": ALL_IDS,
    "048_stapler": ALL_IDS,
    "050_bell": ALL_IDS,
    "057_toycar": ALL_IDS,
    "062_plasticbox": (3, 5),
    "063_tabletrashbin": (0, 3, 7, 8, 9, 10),
    "070_paymentsign": (0, 1, 2, 3),
    "071_can": (0, 1, 2, 3, 5, 6),
    "072_electronicscale": (0, 1, 5, 6),
    "073_rubikscube": ALL_IDS,
    "074_displaystand": (0, 1, 2, 3, 4),
    "075_bread": ALL_IDS,
    "076_breadbasket": (0, 1, 2, 3, 4),
    "077_phone": ALL_IDS,
    "078_phonestand": (1, 2),
    "079_remotecontrol": ALL_IDS,
    "080_pillbottle": (1, 2, 3, 4, 5),
    "081_playingcards": ALL_IDS,
    "086_woodenblock": ALL_IDS,
    "099_fan": (4, 5),
    "100_seal": (0, 2, 3, 4, 6),
    "102_roller": (0, 2),
    "105_sauce-can": (0, 2, 4, 5, 6),
    "106_skillet": (0, 1, 2, 3),
    "107_soap": ALL_IDS,
    "110_basket": (0, 1),
    "112_tea-box": ALL_IDS,
    "113_coffee-box": ALL_IDS,
    "114_bottle": (1, 2, 3),
}


def model_ids(objects: Path, model: str) -> tuple[int, ...]:
    """The ids of `model` to bundle: its own list, or all that `objects/<model>` has data for."""
    matches = [
        re.fullmatch(r"model_data(\d+)\.json", f.name) for f in (objects / model).glob("model_data*.json")
    ]
    return MODELS[model] or tuple(sorted(int(match[1]) for match in matches if match))


def every_model(objects: Path) -> list[tuple[str, int]]:
    """(model, id) of everything to bundle, in order."""
    return [(model, number) for model in MODELS for number in model_ids(objects, model)]
