"""A card that could not be written leaves nothing in the way of the next one, and says what stopped it in one line."""

from __future__ import annotations

import pytest
from run_samples import closed_run

from harness.core.errors import RunFailed, UserError
from harness.publish import command, eval_entries
from harness.publish.config import Config
from harness.publish.markdown import FOLDER
from harness.runs.folders import result_folder


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
        (folder / FOLDER).mkdir()
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
    with command.whole_or_empty(result_folder(out, "card", "x")):
        (out / FOLDER).mkdir()
        (out / FOLDER / "results.csv").write_text("the first's")
        with pytest.raises(UserError, match="another process writes a card"):
            command.main(Config((run,), "me/my-pi0", out=out))
    with pytest.raises(UserError, match="is not empty"):  # it has ended well by now
        command.main(Config((run,), "me/my-pi0", out=out))
    assert [path.name for path in sorted(out.rglob("*"))] == [FOLDER, "results.csv"]


def test_what_a_killed_process_left_of_a_card_is_no_obstacle(tmp_path):
    run, out = closed_run(tmp_path / "run").path, tmp_path / "card"
    (out / FOLDER / "plots").mkdir(parents=True)
    (out / command.MAKING).write_bytes(command.MARK)
    command.main(Config((run,), "me/my-pi0", out=out, videos=0))
    assert (out / "README.md").is_file() and not (out / command.MAKING).exists()
    with pytest.raises(UserError, match="is not empty"):
        command.main(Config((run,), "me/my-pi0", out=out))


def test_a_folder_of_the_users_is_not_taken_for_a_card(tmp_path):
    run, out = closed_run(tmp_path / "run").path, tmp_path / "card"
    (out / FOLDER).mkdir(parents=True)
    (out / command.MAKING).write_text("mine")
    with pytest.raises(UserError, match="is not empty"):
        command.main(Config((run,), "me/my-pi0", out=out))
    assert (out / command.MAKING).read_text() == "mine" and (out / FOLDER).is_dir()
