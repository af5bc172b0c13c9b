"""Parts of a run, made apart and joined: what one machine would have left, or one line that says what is wrong."""

from __future__ import annotations

import json
import shutil

import pytest
from fake_scenes import FakeOptions, FakeQueue, prepared
from json_edits import edit_json
from openloop_samples import HORIZON, command
from run_samples import closed_row, records

from harness.closedloop import simulation
from harness.core import cli
from harness.core.errors import UserError
from harness.merge.command import files_of, main
from harness.merge.config import Config
from harness.runs.directory import RunDir

TIMES = ("seconds", "inference_seconds")
TASKS = ("alpha", "beta")
CODE = {"code": {"harness": "1"}, "assets_kind": "stand-in"}


def act(out, shard=None, workers=1, seed=0, code=CODE, **settings):
    """A run in miniature, with trajectories, as the command leaves it but for the report."""
    ready = prepared(
        FakeOptions(),
        TASKS,
        task=",".join(TASKS),
        episodes=5,
        shard=shard,
        workers=workers,
        seed=seed,
        **settings,
    )
    with RunDir.create("closedloop", "fake", config=ready.config, provenance=code, out=out) as run:
        simulation.simulate_missing([simulation.Player(ready, run)])
    return out


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with the run `whole` and its parts `1`, `2`, `3`."""
    folder = tmp_path_factory.mktemp("parts")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        patch.setattr("harness.closedloop.crew.InferenceQueue", FakeQueue)
        act(folder / "whole")
        for index in (1, 2, 3):
            act(folder / str(index), f"{index}/3", workers=index % 2 + 1)
    return folder


@pytest.fixture
def parts(made, tmp_path):
    """Copies of the parts, to be spoiled."""
    return [shutil.copytree(made / str(index), tmp_path / f"part-{index}") for index in (1, 2, 3)]


def lines(run):
    """The rows of a run without their times, as they stand."""
    rows = [json.loads(line) for line in (run / "episodes.jsonl").read_text().splitlines()]
    return [json.dumps({key: value for key, value in row.items() if key not in TIMES}) for row in rows]


def test_the_parts_are_the_run_of_one_machine_line_by_line(made, tmp_path, capsys):
    sizes = [len(lines(made / str(index))) for index in (1, 2, 3)]
    assert sum(sizes) == 10 and min(sizes) > 0
    out = tmp_path / "joined"
    assert main(Config((made / "3", made / "1", made / "2"), out)) == cli.DONE
    assert lines(out) == lines(made / "whole")
    for row in map(json.loads, lines(out)):
        assert (out / row["trajectory"]).read_bytes() == (made / "whole" / row["trajectory"]).read_bytes()
    assert "report:" in capsys.readouterr().out and (out / "report.html").is_file()
    run = json.loads((out / "run.json").read_text())
    assert run["config"]["shard"] is None and run["status"] == "done"
    assert [part["shard"] for part in run["provenance"]["parts"]] == ["1/3", "2/3", "3/3"]
    overall = json.loads((out / "summary.json").read_text())["overall"]
    assert overall["n"] == 10


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ((0, 1), "missing: part 3/3"),
        ((0,), "missing: part 2/3, 3/3"),
        ((0, 1, 1, 2), r"part 2/3 is there 2 times \(.*part-2, .*part-2\)"),
    ],
)
def test_gaps_and_overlaps_of_parts_are_named(parts, chosen, said, tmp_path):
    with pytest.raises(UserError, match=said):
        main(Config(tuple(parts[index] for index in chosen), tmp_path / "out"))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda run: run["config"].update(horizon=9), r"not of one run \(horizon: .* -> 9\)"),
        (lambda run: run["provenance"]["code"].update(harness="2"), "code of harness: '1' -> '2'"),
        (lambda run: run.update(status="interrupted"), r"part-2 \(part 2/3\) is interrupted: finish it"),
        (lambda run: run["config"].update(shard="2/4"), "they are parts of 3 and of 4"),
        (lambda run: run["config"].update(shard=None), "part-2 is a whole run"),
        (lambda run: run["config"].update(shard="9/3"), "give I/N"),
    ],
)
def test_parts_of_different_runs_are_not_joined(parts, change, said, tmp_path):
    edit_json(parts[1] / "run.json", change)
    with pytest.raises(UserError, match=said):
        main(Config(tuple(parts), tmp_path / "out"))


def test_episodes_there_twice_or_not_at_all_are_named(parts, tmp_path):
    log = parts[1] / "episodes.jsonl"
    first, *rest = log.read_text().splitlines(keepends=True)
    log.write_text("".join(rest))
    with pytest.raises(UserError, match="has 4 of 5 episodes"):
        main(Config(tuple(parts), tmp_path / "out"))
    log.write_text(first + "".join(rest))
    with (parts[2] / "episodes.jsonl").open("a") as other:
        other.write(first)
    with pytest.raises(UserError, match=r"there twice: \w+ 10000\d in .*part-2 and .*part-3"):
        main(Config(tuple(parts), tmp_path / "out"))


def test_only_files_of_a_part_are_copied(parts, tmp_path, capsys):
    (parts[0].parent / "secret").write_text("not yours")
    log = parts[0] / "episodes.jsonl"
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    rows[0]["video"], rows[1]["video"] = "../secret", "videos/link.mp4"
    (parts[0] / "videos" / "link.mp4").symlink_to(parts[0].parent / "secret")
    log.write_text("".join(json.dumps(row) + "\n" for row in rows))
    main(Config(tuple(parts), tmp_path / "out"))
    assert "not there any more: 1 files" in capsys.readouterr().out
    assert list((tmp_path / "out" / "videos").iterdir()) == []
    assert (
        files_of(*records(closed_row(1, True, video="videos/../../x.mp4", trajectory="y") | {"task": "../x"}))
        == []
    )


def test_parts_of_a_replay_are_the_replay(recorded, no_pictures, tmp_path, monkeypatch):
    monkeypatch.setattr("harness.merge.command.write_report", lambda _, out: out / "report.html")
    flags = ("--policy", "hold", "--dataset", recorded, "--horizon", HORIZON, "--videos", 1)
    assert command(*flags, "--out", tmp_path / "whole") == cli.DONE
    for index in (1, 2, 3):
        assert command(*flags, "--shard", f"{index}/3", "--out", tmp_path / str(index)) == cli.DONE
    main(Config(tuple(tmp_path / str(index) for index in (2, 3, 1)), tmp_path / "joined"))
    assert lines(tmp_path / "joined") == lines(tmp_path / "whole")
    summaries = [json.loads((tmp_path / name / "summary.json").read_text()) for name in ("joined", "whole")]
    assert summaries[0] == summaries[1]
    assert command(*flags, "--shard", "1/9", "--out", tmp_path / "9") == cli.BAD_INPUT
