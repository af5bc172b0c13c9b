"""The words of one scene of each of RoboTwin's fifty tasks, for the tests of what is told of them."""

from __future__ import annotations

BOTTLE, BOWL, BREAD, CAN = "001_bottle/base13", "002_bowl/base3", "075_bread/base0", "071_can/base1"
BASKET, CARDS, MOUSE, STAPLER = (
    "110_basket/base0",
    "081_playingcards/base1",
    "047_mouse/base0",
    "048_stapler/base2",
)
RGB = {"A": "red block", "B": "green block", "C": "blue block", "a": "left", "b": "right", "c": "left"}
SIZES = RGB | {"A": "large block", "B": "medium block", "C": "small block"}
BREADS = {"A": "076_breadbasket/base2", "B": BREAD, "C": BREAD, "a": "dual"}

# What RoboTwin 2.0's `info` holds at the end of each task's play_once, one scene each.
SCENES = {
    "adjust_bottle": {"A": BOTTLE, "a": "left"},
    "beat_block_hammer": {"A": "020_hammer/base0", "a": "right"},
    "blocks_ranking_rgb": RGB,
    "blocks_ranking_size": SIZES,
    "click_alarmclock": {"A": "046_alarm-clock/base1", "a": "left"},
    "click_bell": {"A": "050_bell/base0", "a": "left"},
    "dump_bin_bigbin": {"A": "063_tabletrashbin/base7"},
    "grab_roller": {"A": "102_roller/base2"},
    "handover_block": {},
    "handover_mic": {"A": "018_microphone/base5", "a": "left", "b": "right"},
    "hanging_mug": {"A": "039_mug/base3", "B": "040_rack/base0"},
    "lift_pot": {"A": "060_kitchenpot/base0"},
    "move_can_pot": {"A": "060_kitchenpot/base0", "B": "105_sauce-can/base4", "a": "left"},
    "move_pillbottle_pad": {"A": "080_pillbottle/base3", "a": "right"},
    "move_playingcard_away": {"A": CARDS, "a": "right"},
    "move_stapler_pad": {"A": STAPLER, "B": "Red", "a": "left"},
    "open_laptop": {"A": "015_laptop/base1", "a": "right"},
    "open_microwave": {"A": "044_microwave/base0", "a": "left"},
    "pick_diverse_bottles": {"A": BOTTLE, "B": BOTTLE},
    "pick_dual_bottles": {"A": BOTTLE, "B": "001_bottle/base16"},
    "place_a2b_left": {"A": MOUSE, "B": "050_bell/base1", "a": "left"},
    "place_a2b_right": {"A": "113_coffee-box/base1", "B": "107_soap/base0", "a": "left"},
    "place_bread_basket": BREADS,
    "place_bread_skillet": {"A": "106_skillet/base0", "B": BREAD, "a": "right"},
    "place_burger_fries": {"A": "006_hamburg/base0", "B": "008_tray/base1", "C": "005_french-fries/base0"},
    "place_can_basket": {"A": CAN, "B": BASKET, "a": "left"},
    "place_cans_plasticbox": {"A": CAN, "B": "062_plasticbox/base3", "C": "071_can/base0"},
    "place_container_plate": {"A": "003_plate/base0", "B": "021_cup/base5", "a": "left"},
    "place_dual_shoes": {"A": "041_shoe/base0", "B": "007_shoe-box/base0"},
    "place_empty_cup": {"A": "021_cup/base0", "B": "019_coaster/base0"},
    "place_fan": {"A": "099_fan/base4", "B": "Navy", "a": "right"},
    "place_mouse_pad": {"A": MOUSE, "B": "Teal", "a": "right"},
    "place_object_basket": {"A": "057_toycar/base0", "B": BASKET, "a": "left", "b": "right"},
    "place_object_scale": {"A": "072_electronicscale/base0", "B": STAPLER, "a": "left"},
    "place_object_stand": {"A": "073_rubikscube/base0", "B": "074_displaystand/base0", "a": "left"},
    "place_phone_stand": {"A": "077_phone/base0", "B": "078_phonestand/base1", "a": "left"},
    "place_shoe": {"A": "041_shoe/base9", "a": "left"},
    "press_stapler": {"A": STAPLER, "a": "left"},
    "put_bottles_dustbin": dict.fromkeys("ABC", "114_bottle/base1") | {"D": "011_dustbin/base0"},
    "put_object_cabinet": {"A": "112_tea-box/base0", "B": "036_cabinet/base0", "a": "left", "b": "right"},
    "rotate_qrcode": {"A": "070_paymentsign/base0", "a": "left"},
    "scan_object": {"A": "112_tea-box/base2", "B": "024_scanner/base0", "a": "left", "b": "right"},
    "shake_bottle": {"A": BOTTLE, "a": "right"},
    "shake_bottle_horizontally": {"A": BOTTLE, "a": "right"},
    "stack_blocks_three": RGB,
    "stack_blocks_two": {"A": "red block", "B": "green block", "a": "left", "b": "right"},
    "stack_bowls_three": {"A": BOWL},
    "stack_bowls_two": {"A": BOWL, "B": BOWL, "a": "left", "b": "right"},
    "stamp_seal": {"A": "100_seal/base0", "B": "Coral", "a": "left"},
    "turn_switch": {"A": "056_switch/base0", "a": "left"},
}
ONE_BREAD = {key: "left" if key == "a" else value for key, value in BREADS.items() if key != "C"}
ALL_SCENES = [*SCENES.items(), ("place_bread_basket", ONE_BREAD)]
SPLITS = ("seen", "unseen")
