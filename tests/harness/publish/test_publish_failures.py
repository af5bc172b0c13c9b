"""A card that could not be written leaves nothing in the way of the next one, and says what stopped it in one line."""

from __future__ import annotations

import pytest
from run_samples import closed_run

from harness.core.errors import RunFailed, UserError
from harness.publish import command, eval_entries
from harness.publish.config import Config
from harness.publish.markdown import FOLDER


@pytest.mark.parametrize(
    ("raised", "seen", "said"),
    [
        (
            OSError(28, "No space left on device", "results.csv"),
            RunFailed,
            "cannot write to results.csv: No space",
        ),
        (UserError("two policies"), UserError, "two policies"),
        (KeyboardInterrupt(), KeyboardInterrupt, None),
    ],
)
def test_half_a_card_is_taken_away(tmp_path, monkeypatch, capsys, raised, seen, said):
    run = closed_run(tmp_path / "run").path
    out = tmp_path / "card"

    def half(config, folder):
        (folder / FOLDER / "results.csv").write_text("half")
        (folder / eval_entries.FOLDER).mkdir()
        (folder / "README.md").write_text("half")
        raise raised

    monkeypatch.setattr(command, "build_card", half)
    with pytest.raises(seen, match=said):
        command.main(Config((run,), "me/my-pi0", out=out))
    assert list(out.iterdir()) == []
    assert ("nothing of the card is kept" in capsys.readouterr().err) == (seen is KeyboardInterrupt)


def test_of_two_cards_for_one_folder_the_second_leaves_the_first_alone(tmp_path, monkeypatch):
    run, out = closed_run(tmp_path / "run").path, tmp_path / "card"
    monkeypatch.setattr(command, "result_folder", lambda *_: out)  # it was empty when both looked
    (out / FOLDER).mkdir(parents=True)
    (out / FOLDER / "results.csv").write_text("the first's")
    with pytest.raises(UserError, match="another process writes a card"):
        command.main(Config((run,), "me/my-pi0", out=out))
    assert [path.name for path in out.rglob("*")] == [FOLDER, "results.csv"]
