"""The horizon sweep: which settings run, what their tests carry, what is said, and that it goes on."""

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from fake_scenes import FakeMind, FakeOptions, Fault, prepared
from run_samples import closed_row, open_row, prediction
from scipy import stats as scipy_stats

from harness import closedloop, closedloop_run, openloop, sweep_run
from harness.comparison_page import markdown
from harness.errors import UserError
from harness.provenance import provenance
from harness.results import MODES, RunDir, differences
from harness.rows import latest
from harness.summary import summarize_closedloop, summarize_openloop
from harness.sweep import Config, check, main, out_folder, settings, spread
from harness.sweep_analysis import (
    Point,
    against,
    best,
    common_scenes,
    cost,
    line_of,
    mae_against,
    trend,
    wins,
)
from harness.sweep_page import Sweep, build_page, folder, write_page
from harness.sweep_words import best_sentences, default_sentences, trend_sentence
from policies.baselines import Hold


def rows_of(outcomes, seconds=0.5):
    return [
        closed_row(100_000 + i, bool(ok), replans=10, inference_seconds=seconds)
        for i, ok in enumerate(outcomes)
    ]


@cache
def replayed(horizon, episodes=4):
    found = []
    for i in range(episodes):
        p = prediction(i, horizon=horizon, chunk=50)
        found.append(open_row(i, p, boundary={"n": int(p.replan.sum()) - 1, "jump": 0.01 * horizon}))
    return found


def point(horizon, outcomes, strategy="plain"):
    opened, closed = replayed(horizon), rows_of(outcomes)
    return Point(
        horizon,
        strategy,
        summarize_openloop(opened)["overall"],
        summarize_closedloop(closed)["overall"],
        opened,
        closed,
    )


def outcomes(won, n=40):
    """The first `won` of n scenes succeed."""
    return [i < won for i in range(n)]


# Which settings


def test_every_horizon_runs_with_every_strategy_shortest_first():
    config = Config(horizons=(10, 5, 10), strategies=("plain", "ensemble"))
    assert settings(config, 50) == (
        [(5, "plain"), (5, "ensemble"), (10, "plain"), (10, "ensemble")],
        [],
    )


def test_at_the_whole_chunk_only_plain_runs_and_it_is_said():
    pairs, notes = settings(Config(horizons=(10, 50), strategies=("ensemble", "rtc")), 50)
    assert pairs == [(10, "ensemble"), (10, "rtc"), (50, "plain")]
    assert len(notes) == 1 and "ensemble and rtc would be plain" in notes[0]


def test_the_horizons_of_a_sweep_that_names_none_fit_the_policy():
    assert spread(50, 50) == (1, 12, 25, 50)
    assert spread(12, 4) == (1, 3, 4, 6, 12)
    assert spread(2, 2) == (1, 2)
    assert spread(1, 1) == (1,)


def test_horizons_beyond_the_chunk_are_one_line():
    with pytest.raises(
        UserError, match=r"--horizons 0, 60: .* chunks of 50 actions, .* between 1 and 50"
    ) as e:
        settings(Config(policy="hold", horizons=(60, 10, 0)), 50)
    assert "\n" not in str(e.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"max_actions": 0}, "--max-actions 0"),
        ({"strategies": ()}, "--strategies"),
        ({"policy": "expert"}, "expert"),
        ({"episodes": 0}, "--episodes 0"),
        ({"batch_size": 0}, "--batch-size 0"),
        ({"workers": 0}, "--workers 0"),
        ({"seed": -1}, "--seed -1"),
    ],
)
def test_other_mistakes_are_one_line(changes, said):
    with pytest.raises(UserError, match=said):
        check(replace(Config(), **changes))


def test_a_folder_that_holds_something_is_refused_unless_it_is_resumed(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="add --resume to finish the sweep"):
        out_folder(Config(out=tmp_path))
    assert out_folder(Config(out=tmp_path, resume=True)) == tmp_path


# Analysis


def test_the_best_has_most_successes_and_of_equals_asks_least():
    points = [point(5, outcomes(8)), point(10, outcomes(12)), point(25, outcomes(12)), point(50, outcomes(3))]
    assert best(points).key == (25, "plain")
    assert best([point(5, [])]) is None and best([point(5, outcomes(3)), point(9, outcomes(3))]) is None


def test_tests_are_exact_mcnemar_on_the_same_scenes_and_holm_adjusted():
    points = [point(5, outcomes(30)), point(10, outcomes(20)), point(50, outcomes(18))]
    found = against(points, points[2])
    assert set(found) == {(5, "plain"), (10, "plain")}
    raw = [scipy_stats.binomtest(12, 12).pvalue, scipy_stats.binomtest(2, 2).pvalue]
    assert [found[k, "plain"].p for k in (5, 10)] == pytest.approx(raw)
    assert [found[k, "plain"].p_holm for k in (5, 10)] == pytest.approx([2 * raw[0], raw[1]])
    assert (found[5, "plain"].only_a, found[5, "plain"].only_b) == (0, 12)
    assert found[5, "plain"].difference == pytest.approx(12 / 40)
    assert against(points, None) == {}


def test_only_scenes_every_setting_finished_are_tested():
    a, b = point(5, outcomes(30)), point(50, outcomes(20))
    b = replace(b, closed_rows=b.closed_rows[:25])
    found = common_scenes([a, b])
    assert [len(p.closed_rows) for p in found] == [25, 25]
    assert [wins(p) for p in found] == [25, 20]
    assert against(found, found[1])[5, "plain"].n == 25


def test_the_error_is_compared_by_episode():
    points = [point(5, []), point(20, [])]
    found = mae_against(points, points[1])[5, "plain"]
    change = [a["mae"] - b["mae"] for a, b in zip(points[0].open_rows, points[1].open_rows, strict=True)]
    assert found.difference == pytest.approx(np.mean(change)) and found.difference < 0
    assert found.ci[0] <= found.difference <= found.ci[1] and found.n == 4


def test_cost_is_chunks_an_episode_and_milliseconds_a_chunk():
    found = cost(rows_of(outcomes(1, 4), seconds=0.5))
    assert (found.n, found.chunks, found.ms) == (4, 10, pytest.approx(50))
    assert cost([closed_row(1, True, replans=9)]).ms is None  # a run from before time was taken
    assert cost([closed_row(1, True, replans=9, inference_seconds="x")]).ms is None
    assert (cost([]).chunks, cost([]).ms) == (None, None)


# Words


def said(*won, n=40):
    points = [point(k, outcomes(w, n)) for k, w in zip((1, 10, 25, 50), won, strict=False)]
    return trend_sentence(trend(points, "plain", 0.05))


def test_success_that_rises_and_falls_is_said_to_be_not_monotonic():
    words = said(5, 30, 4)
    assert "not monotonic" in words
    assert "rises from 1 to 10 (5/40 to 30/40" in words and "falls from 10 to 25 (30/40 to 4/40" in words


def test_one_direction_is_not_called_monotonic():
    words = said(30, 28, 5)
    assert "it falls from 1 to 25 (30/40 to 5/40" in words
    assert "and between 1 other pair" in words and "no proof" in words and "not monotonic" not in words


@pytest.mark.parametrize(
    ("won", "observed"),
    [
        ((3, 5, 4), "rises and falls"),
        ((3, 4, 4), "never falls"),
        ((5, 4, 3), "never rises"),
        ((4, 4, 4), "equal"),
    ],
)
def test_what_is_not_shown_is_open(won, observed):
    words = said(*won)
    assert observed in words and "is open" in words and "too few to reach" in words
    assert "not monotonic" not in words


def test_one_horizon_has_no_trend():
    assert trend([point(5, outcomes(3))], "plain", 0.05) is None
    assert trend([point(5, []), point(6, [])], "plain", 0.05) is None


def test_the_whole_chunk_ends_the_line_of_every_strategy():
    points = [point(50, outcomes(3)), point(5, outcomes(8)), point(5, outcomes(9), "ensemble")]
    assert [p.key for p in line_of(points, "ensemble", 50)] == [(5, "ensemble"), (50, "plain")]
    assert [p.key for p in line_of(points, "plain", 50)] == [(5, "plain"), (50, "plain")]


def test_choosing_the_best_after_looking_is_called_optimistic():
    points = [point(5, outcomes(8)), point(10, outcomes(12)), point(25, outcomes(12), "ensemble")]
    (words,) = best_sentences(points, best(points))
    assert (
        "optimistic" in words
        and "3 settings" in words
        and "k = 25, ensemble (12/40), level with k = 10" in words
    )
    equal = [point(5, outcomes(8)), point(10, outcomes(8))]
    assert best_sentences(equal, best(equal)) == [
        "All 2 settings succeed equally often (8/40): none is best."
    ]


def test_only_settings_shown_to_differ_from_the_default_are_named():
    points = [point(5, outcomes(30)), point(10, outcomes(20)), point(50, outcomes(18))]
    (words,) = default_sentences(points[2], against(points, points[2]))
    assert words.startswith("More successes than the default (k = 50, 18/40)")
    assert "k = 5 (30/40, +30.0 pp [" in words and "k = 10" not in words
    few = points[1:]
    (words,) = default_sentences(few[1], against(few, few[1]))
    assert "No setting differs" in words and "2 scenes at most" in words


# The page


@pytest.fixture
def sweep():
    points = [
        point(5, outcomes(30)),
        point(5, outcomes(31), "ensemble"),
        point(20, outcomes(12)),
        point(50, outcomes(18)),
    ]
    return Sweep("stack_blocks_two", "<b>mine</b>", 50, 50, points, ["Scenes are made of stand-in assets."])


def test_what_is_written(sweep, tmp_path):
    page = build_page(sweep)
    paths = write_page(sweep, page, tmp_path)
    assert [path.name for path in paths] == ["sweep.json", "sweep.md", "sweep.html", "sweep.png"]
    data = json.loads((tmp_path / "sweep.json").read_text())
    assert data["best"] == [5, "ensemble"] and data["default_horizon"] == 50 and data["common_scenes"] == 40
    first = data["points"][0]
    assert first["runs"]["closedloop"] == folder("closedloop", (5, "plain")) == "closedloop-h5-plain"
    assert first["against_default"]["only_b"] == 12 and first["against_best"]["only_a"] == 1
    assert data["points"][3]["against_default"] is None
    assert first["cost"] == {"n": 40, "chunks": 10.0, "ms": pytest.approx(50.0)}
    html = (tmp_path / "sweep.html").read_text()
    assert "<b>mine" not in html and "&lt;b&gt;mine" in html and "data:image/png;base64," in html
    assert 'href="openloop-h20-plain/report.html"' in html
    assert "http://" not in html and "https://" not in html


def test_a_default_that_was_not_run_is_a_caution_that_names_the_fix(sweep):
    page = build_page(replace(sweep, default_horizon=25))
    assert any("add 25 to --horizons" in line for line in page.cautions)
    assert all(p["against_default"] is None for p in page.data["points"])


def test_the_tables_give_every_number_its_n(sweep):
    text = markdown(build_page(sweep))
    for words in ("30/40", "n = 40 scenes", "n = 4 episodes", "k = 50 (default)", "k = 5, ensemble (best)"):
        assert words in text


# Running


class Loops:
    """Stands in for both commands: writes what they would, or stops as if it had been interrupted."""

    def __init__(self, monkeypatch):
        self.calls, self.stop_at, self.closedloop_main = [], None, closedloop.main
        monkeypatch.setattr(openloop, "main", lambda config, policy: self("openloop", config))
        monkeypatch.setattr(closedloop, "main", lambda config, policy: self("closedloop", config))
        monkeypatch.setattr(sweep_run, "replayed_tasks", lambda dataset, tasks: ("all", []))

    def __call__(self, mode, config):
        self.calls.append((config.out.name, config.resume))
        facts = provenance(assets_kind="stand-in")
        with RunDir.create(
            mode, "hold", config=config, provenance=facts, out=config.out, resume=config.resume
        ) as run:
            if len(self.calls) == self.stop_at:
                raise KeyboardInterrupt
            finished = {row.get("seed", row.get("episode")) for row in run.rows()}
            rows = rows_of(outcomes(3, 4)) if mode == "closedloop" else replayed(config.horizon)
            for row in rows:
                if row.get("seed", row.get("episode")) not in finished:
                    run.add(row)
            summarize = summarize_closedloop if mode == "closedloop" else summarize_openloop
            run.save_summary(summarize(rows))
        print("a table")


@pytest.fixture
def loops(monkeypatch):
    return Loops(monkeypatch)


def test_every_setting_is_a_run_directory_and_the_scenes_are_the_same(loops, tmp_path, capsys):
    out = tmp_path / "sweep"
    config = Config(policy="hold", task="click_bell", horizons=(10, 50), episodes=4, seed=3, out=out)
    assert main(config) == 0
    assert [name for name, _ in loops.calls] == [
        "openloop-h10-plain",
        "closedloop-h10-plain",
        "openloop-h50-plain",
        "closedloop-h50-plain",
    ]
    settings = [RunDir.load(out / f"closedloop-h{k}-plain").run["config"] for k in (10, 50)]
    differ = {key for key in settings[0] if settings[0][key] != settings[1][key]}
    assert differ == {"horizon", "out"} and settings[0]["seed"] == 3
    captured = capsys.readouterr()
    assert "sweep 4/4: closedloop-h50-plain" in captured.err
    assert "a table" not in captured.out and "is open" not in captured.err and "sweep.html" in captured.out
    assert "stand-in assets" in captured.out


def test_every_setting_runs_with_the_workers_and_numbers_asked_for(loops, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr("policies.load_policy", lambda name, **how: asked.append(how) or Hold(chunk_size=50))
    config = Config(policy="hold", task="click_bell", horizons=(10, 50), workers=3, dtype="bfloat16")
    main(replace(config, out=tmp_path))
    assert [how["dtype"] for how in asked] == ["bfloat16"], "the policy is loaded once"
    for k in (10, 50):
        replay, acted = (RunDir.load(tmp_path / f"{mode}-h{k}-plain").run["config"] for mode in MODES)
        assert (replay["workers"], acted["workers"]) == (1, 3)
        assert (replay["dtype"], acted["dtype"]) == ("bfloat16", "bfloat16")


def test_the_expert_looks_at_each_scene_once_for_the_whole_sweep(loops, tmp_path, monkeypatch):
    """In real worker processes, on scenes in miniature; every fifth one the expert cannot solve."""
    looked = tmp_path / "looked"
    looked.mkdir()
    scenes = range(100_000, 100_012)
    options = FakeOptions(
        folder=str(looked), faults=tuple(Fault("none", seed, "judge", 9) for seed in scenes)
    )

    def prepare(config, tasks, policy):
        ready = prepared(options, tasks)
        return replace(ready, config=config, horizon=config.horizon)

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(closedloop, "main", loops.closedloop_main)
    monkeypatch.setattr(closedloop_run, "prepare", prepare)
    monkeypatch.setattr(closedloop_run, "Mind", FakeMind)
    out = tmp_path / "sweep"
    main(
        Config(
            policy="hold", task="click_bell", horizons=(2, 4), episodes=6, workers=2, batch_size=2, out=out
        )
    )
    rows = [latest(RunDir.load(out / f"closedloop-h{k}-plain").rows(), "closedloop") for k in (2, 4)]
    seeds = [[row["seed"] for row in found] for found in rows]
    assert seeds[0] == seeds[1] == [100_001, 100_002, 100_003, 100_004, 100_006, 100_007]
    assert [row["digest"] for row in rows[0]] != [row["digest"] for row in rows[1]]
    assert {path.name for path in looked.iterdir()} == {f"{seed}-judge-0" for seed in range(100_000, 100_008)}
    assert json.loads((out / "sweep.json").read_text())["common_scenes"] == 6


def test_an_interrupted_sweep_goes_on_where_it_stopped(loops, tmp_path):
    config = Config(policy="hold", task="click_bell", horizons=(10, 50), episodes=4, out=tmp_path)
    loops.stop_at = 3
    with pytest.raises(KeyboardInterrupt):
        main(config)
    assert not (tmp_path / "sweep.json").exists()
    loops.calls, loops.stop_at = [], None
    assert main(replace(config, resume=True, horizons=(10, 25, 50))) == 0
    assert [resume for _, resume in loops.calls] == [True, True, False, False, True, False]
    assert len(json.loads((tmp_path / "sweep.json").read_text())["points"]) == 3
    assert len(RunDir.load(tmp_path / "closedloop-h10-plain").rows()) == 4


def test_a_sweep_is_not_resumed_with_other_settings(loops, tmp_path):
    config = Config(policy="hold", task="click_bell", horizons=(10,), episodes=4, out=tmp_path)
    main(config)
    with pytest.raises(UserError, match=r"cannot resume .*seed: 0 -> 1"):
        main(replace(config, seed=1, resume=True))


def test_a_run_from_before_strategies_was_plain():
    def run(**config):
        return {"mode": "openloop", "config": {"horizon": 10, **config}, "provenance": {}}

    assert differences(run(), run(strategy="plain")) == []
    assert differences(run(), run(strategy="ensemble")) == ["strategy: 'plain' -> 'ensemble'"]


def test_open_loop_takes_a_policy_that_is_loaded_and_a_strategy(tmp_path, recorded):
    config = openloop.Config(
        policy="hold",
        dataset=str(recorded),
        episodes="0:1",
        horizon=10,
        strategy="ensemble",
        videos=0,
        out=tmp_path,
    )
    openloop.main(config, Hold(chunk_size=20))
    run = RunDir.load(tmp_path)
    assert run.run["config"]["strategy"] == "ensemble"
    assert run.predictions[0].chunks.shape[1] == 20


def test_the_open_loop_is_on_the_tasks_that_are_swept_where_the_dataset_has_them(recorded):
    both = ["stack_blocks_two", "handover_block"]
    assert sweep_run.replayed_tasks(str(recorded), both) == (",".join(both), [])
    task, (caution,) = sweep_run.replayed_tasks(str(recorded), ["handover_block", "click_bell"])
    assert task == "handover_block" and "no episode of click_bell" in caution
    task, (caution,) = sweep_run.replayed_tasks(str(recorded), ["click_bell"])
    assert task == "all" and "whatever their task" in caution
