"""Films in a real browser: the wall loops without sound while it is seen, films of a scene run in step."""

from __future__ import annotations

import numpy as np
import pytest
from run_samples import closed_row

from harness.media.video_writer import write_video
from harness.report.write import write_report
from harness.runs.directory import RunDir
from harness.runs.provenance import provenance


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Two policies of which each alone solved a scene; films of 1 s (success) and 2 s (failure)."""
    folder = tmp_path_factory.mktemp("films")
    paths = []
    for name, successes_of in (("one", (True, False)), ("two", (False, True))):
        about = {"config": {"policy": name}, "provenance": provenance()}
        with RunDir.create("closedloop", name, **about, out=folder / name) as run:
            for seed, won in enumerate(successes_of):
                frames = [np.full((78, 240, 3), 12 * i, np.uint8) for i in range(10 if won else 20)]
                write_video(run.videos / f"{seed}.mp4", frames)
                run.add(closed_row(seed, won) | {"video": f"videos/{seed}.mp4"})
        paths.append(run.path)
    return write_report(paths, folder / "out")


def until(page, condition) -> None:
    """Waits for a JavaScript condition; the page's own policy forbids Playwright's way to do so."""
    for _ in range(400):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never came true: {condition}")


def times(page) -> list[float]:
    """Where the films of the first scene are, in seconds."""
    return page.locator(".together").first.evaluate(
        "scene => [...scene.querySelectorAll('video')].map(v => v.currentTime)"
    )


def test_films_of_a_scene_are_in_step_and_the_shorter_stays_at_its_end(browse, report):
    page = browse(report, width=1280)
    scene = page.locator(".together").first
    slider = scene.locator("input")
    slider.evaluate("input => { input.value = 250; input.dispatchEvent(new Event('input')); }")
    until(
        page,
        "[...document.querySelector('.together').querySelectorAll('video')].every(v => v.currentTime > 0.4)",
    )
    assert times(page) == pytest.approx([0.5, 0.5], abs=0.06)
    assert scene.locator("output").text_content() == "0.5 / 2.0 s"
    slider.evaluate("input => { input.value = 1000; input.dispatchEvent(new Event('input')); }")
    until(
        page,
        "Math.max(...[...document.querySelector('.together').querySelectorAll('video')].map(v => v.currentTime)) > 1.9",
    )
    assert sorted(times(page)) == pytest.approx([1.0, 2.0], abs=0.1)


def test_one_button_plays_all_films_of_a_scene_from_the_keyboard(browse, report):
    page = browse(report, width=1280)
    scene = page.locator(".together").first
    scene.locator("button").focus()
    page.keyboard.press("Enter")
    until(page, "document.querySelector('.together button').textContent.includes('pause')")
    until(page, "document.querySelector('.together button').textContent.includes('play')")
    assert sorted(times(page)) == pytest.approx([1.0, 2.0], abs=0.15) and page.complaints == []


def test_the_wall_loops_without_sound_and_can_be_stopped(browse, report):
    page = browse(report, width=1280)
    page.locator("#films").scroll_into_view_if_needed()
    film = page.locator(".films video").first
    film.wait_for(state="attached")
    assert film.evaluate("v => v.muted && v.loop")
    page.get_by_role("button", name="pause films").click()
    until(page, "[...document.querySelectorAll('.films video')].every(v => v.paused)")
    assert page.locator(".films figure").count() == 4


def test_who_asks_for_less_motion_sees_none(chromium, report):
    context = chromium.new_context(reduced_motion="reduce", offline=True)
    page = context.new_page()
    page.goto(report.as_uri())
    page.locator("#films").scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    assert (
        page.locator(".films video").count() == 0
        and page.get_by_role("button", name="play films").is_visible()
    )
    context.close()
