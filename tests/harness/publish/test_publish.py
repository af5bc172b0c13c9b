"""A card says what the runs say and nothing about the machine; it is uploaded only when asked, in one commit."""

import json
from dataclasses import replace

import numpy as np
import pytest
from huggingface_hub import ModelCard
from report_samples import HOSTILE, hostile_runs
from run_samples import TASKS, closed_run, open_run

from harness.core.errors import UserError
from harness.publish.card import CARD, copy_videos
from harness.publish.command import main
from harness.publish.config import Config, check
from harness.publish.markdown import END, START, Section, merged_card, section_text
from harness.publish.metadata import SOURCE, eval_results
from harness.publish.record import Results
from harness.publish.redaction import public, without_path
from harness.results.views import read_runs
from harness.runs.description import RunConfig
from harness.runs.directory import RunDir

STACK, HAND = TASKS


HASH = "a" * 64


@pytest.fixture(scope="module")
def written(runs, tmp_path_factory):
    """The folder of a dry run."""
    out = tmp_path_factory.mktemp("card") / "card"
    main(Config(runs, "me/my-pi0", out=out))
    return out


def metadata(results):
    return {(r.task_name, r.metric_type, r.dataset_type): r for r in results}


# --- what the card says


def test_the_metadata_holds_every_task_with_its_n_and_its_caution(written):
    card = ModelCard((written / CARD).read_text())
    found = metadata(card.data.eval_results)
    assert card.data.model_name == "my-pi0" and len(found) == 6
    success = found[STACK, "success_rate", "robotwin-like-stand-in"]
    assert success.metric_value == 0.6
    assert {k: success.metric_args[k] for k in ("successes", "n", "wilson_95", "policy")} == {
        "successes": 3,
        "n": 5,
        "wilson_95": [0.2307, 0.8824],
        "policy": "demo",
    }
    assert all(
        "not a RoboTwin score" in r.metric_name and "not a RoboTwin score" in r.dataset_name
        for r in found.values()
        if r.metric_type == "success_rate"
    )
    mae = found["all tasks", "mae", "recorded-episodes"]
    assert mae.metric_args["dataset_sampling"] == "per_action"
    assert mae.metric_args["episodes"] == 4 and "not task success" in mae.metric_name


def test_the_text_shows_tables_figures_and_videos_that_are_there(written, runs):
    text = ModelCard((written / CARD).read_text()).text
    assert "must not be quoted as such" in text and "**stand-in assets**" in text
    assert "differs from upstream's own evaluation: stand-in assets, own expert's scenes" in text.replace(
        "\\", ""
    )
    assert "| stack\\_blocks\\_two | 60.0 % | 23.1–88.2 % | 3/5 | 0 |" in text
    linked = [part.partition(")")[0] for part in text.split("](")[1:]]
    assert len(linked) == len(set(linked)) and all((written / path).is_file() for path in linked)
    assert sum(path.endswith(".mp4") for path in linked) == 6 and "6 videos of 10" in text
    assert sum(path.endswith(".png") for path in linked) == 5
    assert text.count(": failure]") == 3 and text.count(": success]") == 3
    text = (written / "robotwin-evaluation/results.json").read_text()
    assert [run.mode for run in Results.of(json.loads(text)).runs] == ["openloop", "closedloop"]
    numbers = json.loads(text)["runs"]
    mae = np.mean([row.mae for row in RunDir.load(runs[0]).rows()])
    assert numbers[0]["summary"]["overall"]["mae"] == pytest.approx(mae)
    assert numbers[1]["caution"] == "stand-in assets, not a RoboTwin score"


def test_nothing_of_this_machine_is_published(written, runs):
    host = RunDir.load(runs[0]).run["provenance"].get("host")
    for path in written.rglob("*"):
        if path.suffix in (".md", ".csv", ".json"):
            text = path.read_text()
            assert "somebody" not in text and str(runs[0].parent) not in text and "pytest" not in text
            assert not host or json.dumps(host) not in text
    assert without_path("/home/me/ckpt (abc)") == "ckpt (abc)" and without_path("./x") == "x"
    assert without_path("owner/pi0") == "owner/pi0" and without_path("C:\\Users\\me\\pi0") == "pi0"


def test_only_real_assets_and_finished_runs_and_trained_policies_are_in_the_metadata_as_robotwin(tmp_path):
    (run,) = read_runs([closed_run(tmp_path / "a", assets_kind="real").path])
    types = {r.dataset_type for r in eval_results([run], "http://x")}
    assert types == {"robotwin-2.0"}
    assert eval_results([replace(run, status="interrupted")], "http://x") == []
    assert eval_results([replace(run, config=RunConfig(policy="expert"))], "http://x") == []
    for kind in ("mixed", None, HOSTILE):
        (run,) = read_runs([closed_run(tmp_path / f"k{hash(kind)}", assets_kind=kind).path])
        results = eval_results([run], "http://x")
        assert results and all(r.dataset_type.startswith("robotwin-like-") for r in results)
        assert all("not a RoboTwin score" in r.metric_name for r in results)
    text = section_text([Section(replace(run, status="failed", error="/home/me"))], [], "http://x", "o/m")
    assert "did not finish" in text and "/home/me" not in text


def test_a_stranger_s_text_stays_text_and_cannot_end_the_metadata(tmp_path):
    hostile = f"{HOSTILE}\n---\nlicense: evil\n---\n{END}" * 40
    path = open_run(tmp_path / "c", policy=hostile, episodes=1, dataset=hostile).path
    runs = [public(run) for run in read_runs([*hostile_runs(tmp_path), path])]
    section = section_text([Section(run) for run in runs], [], "http://x", "o/m")
    text = merged_card("", "me/x", section, eval_results(runs, "http://x"))
    card = ModelCard(text)
    assert card.data.get("license") is None and len(card.data.eval_results) == len(
        eval_results(runs, "http://x")
    )
    assert section.count(END) == section.count(START) == 1
    for harm in ("<script", "<img", "</style", "<title"):
        assert harm not in section.replace("\\<", "")
    assert max(map(len, section.splitlines())) < 3000


def test_a_card_that_is_there_keeps_its_words_and_results(runs):
    old = (
        "---\nlicense: mit\ntags:\n- lerobot\nmodel-index:\n- name: theirs\n  results:\n"
        "  - task: {type: robotics}\n    dataset: {type: own, name: own}\n    metrics:\n"
        "    - {type: accuracy, value: 0.5}\n---\n# Theirs\n\nBefore.\n"
    )
    views = read_runs(runs)
    results = eval_results(views, "http://x")
    once = merged_card(old, "me/x", f"{START}\none\n{END}", results)
    twice = merged_card(once + "After.\n", "me/x", f"{START}\ntwo\n{END}", results[:1])
    card = ModelCard(twice)
    assert card.data.license == "mit" and card.data.tags == ["lerobot", "robotics", "robotwin"]
    assert card.data.model_name == "theirs"
    assert [r.source_name for r in card.data.eval_results] == [None, SOURCE]
    assert "one" not in card.text and card.text.count("two") == 1
    assert card.text.index("Before.") < card.text.index("two") < card.text.index("After.")


def test_videos_that_do_not_fit_are_left_out(runs, tmp_path):
    size = max(path.stat().st_size for path in (runs[1] / "videos").iterdir())
    videos, left_out, room = copy_videos(runs[1], 2, tmp_path, 6, 2 * size + 10)
    assert len(videos) == 2 and left_out == 8 and 0 <= room < size
    assert copy_videos(runs[1], 2, tmp_path, 0, 10**9)[:2] == ([], 10)


# --- what is refused


@pytest.mark.parametrize(
    "name", ["pi0", "a/b/c", "a b/c", "../x", "me/", "/x", "me/x--y", "me/" + "x" * 200, "<b>/x"]
)
def test_a_malformed_repository_name_is_one_line(name, tmp_path):
    with pytest.raises(UserError, match="owner/name"):
        check(Config((tmp_path,), name))


def test_what_cannot_be_meant_is_one_line(runs, tmp_path):
    with pytest.raises(UserError, match="contradict"):
        check(Config(runs, "me/x", upload=True, dry_run=True))
    with pytest.raises(UserError, match="not a run directory"):
        main(Config((tmp_path / "none",), "me/x", out=tmp_path / "o"))
    assert not (tmp_path / "o").exists()
    with pytest.raises(UserError, match="at least one run"):
        main(Config((), "me/x", out=tmp_path / "o"))
    with pytest.raises(UserError, match="is not empty"):
        main(Config(runs, "me/x", out=runs[0]))
    other = open_run(tmp_path / "other", policy="other", checkpoint_hash="b" * 64).path
    with pytest.raises(UserError, match=r"2 policies \(demo, other\)"):
        main(Config((*runs, other), "me/x", out=tmp_path / "o"))


def test_rates_of_shortened_episodes_are_no_robotwin_scores():
    from types import SimpleNamespace

    from harness.core.asset_labels import ASSETS
    from harness.publish.redaction import unofficial
    from harness.results.views import settings_line

    run = SimpleNamespace(assets=ASSETS["real"], config=RunConfig(max_actions=None))
    assert unofficial(run) == "" and settings_line(run.config) == ""
    run.config = RunConfig(max_actions=100)
    assert unofficial(run) == "episodes ended after 100 actions, not a RoboTwin score"
    assert settings_line(run.config) == "at most 100 actions"
