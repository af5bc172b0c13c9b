// Films of the wall loop while they can be seen; those of one scene go in step; any opens over the page.
const still = matchMedia("(prefers-reduced-motion: reduce)");
let paused = still.matches;

function loopIn(link) {
  let film = link.querySelector("video");
  if (!film) {
    film = element("video", { muted: true, loop: true, playsInline: true, preload: "auto" });
    film.setAttribute("aria-hidden", "true");
    film.tabIndex = -1;
    film.addEventListener("error", () => film.remove());
    film.src = link.getAttribute("href");
    film.style.opacity = "0";
    film.addEventListener("playing", () => { film.style.opacity = "1"; });
    link.append(film);
  }
  film.play().catch(() => {});
}

const seen = new Set();
const watcher = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) { seen.add(target); if (!paused) loopIn(target); } else { seen.delete(target); target.querySelector("video")?.remove(); }
  }
}, { threshold: 0.35 });
const wallLinks = [...document.querySelectorAll(".films a.play")];
for (const link of wallLinks) {
  watcher.observe(link);
  link.addEventListener("pointerenter", () => paused && loopIn(link));
  link.addEventListener("pointerleave", () => paused && link.querySelector("video")?.remove());
}

function pauseFilms(stop) {
  paused = stop;
  for (const link of seen) if (stop) link.querySelector("video")?.pause(); else loopIn(link);
}

// Side by side: one button and one slider for all films of a scene. They have the same pictures a second, so the same
// time is the same step; one that has ended stays at its last picture.
for (const scene of document.querySelectorAll(".together")) {
  const films = [...scene.querySelectorAll("video")];
  const button = element("button", { type: "button" }, "▶ play in step");
  const slider = element("input", { type: "range", min: 0, max: 1000, value: 0 });
  slider.setAttribute("aria-label", `time in ${scene.querySelector("h3").textContent}`);
  const clock = element("output", {}, "");
  scene.append(element("div", { className: "stepper" }, button, slider, clock));
  const longest = () => Math.max(0.1, ...films.map((film) => film.duration || 0));
  let time = 0;
  let started = null;
  const put = () => {
    for (const film of films) if (film.duration) film.currentTime = Math.min(time, film.duration - 0.01);
    told();
  };
  const told = () => {
    slider.value = 1000 * time / longest();
    clock.textContent = `${time.toFixed(1)} / ${longest().toFixed(1)} s`;
  };
  const stop = () => { started = null; button.textContent = "▶ play in step"; films.forEach((film) => film.pause()); };
  const tick = () => {
    if (started === null) return;
    time = (performance.now() - started) / 1000;
    if (time >= longest()) { time = longest(); told(); stop(); return; }
    for (const film of films) if (!film.paused && film.duration && Math.abs(film.currentTime - time) > 0.25 && time < film.duration) film.currentTime = time;
    told();
    requestAnimationFrame(tick);
  };
  const ready = () => Promise.all(films.map((film) => film.readyState ? null : new Promise((done) => {
    film.addEventListener("loadedmetadata", done, { once: true });
    film.addEventListener("error", done, { once: true });
    film.preload = "auto";
    film.load();
  })));
  for (const film of films) film.controls = false;
  button.addEventListener("click", async () => {
    if (started !== null) { stop(); return; }
    await ready();
    if (time >= longest() - 0.05) time = 0;
    put();
    started = performance.now() - 1000 * time;
    button.textContent = "❚❚ pause";
    films.forEach((film) => time < (film.duration || 0) && film.play().catch(() => {}));
    tick();
  });
  slider.addEventListener("input", async () => { stop(); await ready(); time = longest() * slider.value / 1000; put(); });
}

// The dialog: every link to a film or a picture that can be seen, one after the other with the arrow keys too.
const viewer = document.getElementById("viewer");
const stage = document.getElementById("stage");
const about = document.getElementById("about");
let playlist = [];
let current = 0;

function aboutLink(link) {
  return link.getAttribute("aria-label") || link.closest("tr")?.querySelector("th")?.textContent.trim() || link.textContent.trim();
}

function openAt(place) {
  current = (place + playlist.length) % playlist.length;
  const link = playlist[current];
  const video = link.dataset.kind === "video";
  const shown = document.createElement(video ? "video" : "img");
  about.textContent = `${aboutLink(link)} (${current + 1} of ${playlist.length})`;
  if (video) Object.assign(shown, { controls: true, autoplay: true, playsInline: true }); else shown.alt = aboutLink(link);
  shown.src = link.getAttribute("href");
  stage.replaceChildren(shown);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a.play");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const scope = link.closest(".films, .clips, table") || document;
  playlist = [...scope.querySelectorAll("a.play")].filter((other) => other.getClientRects().length);
  openAt(playlist.indexOf(link));
  viewer.showModal();
});
document.getElementById("earlier").addEventListener("click", () => openAt(current - 1));
document.getElementById("later").addEventListener("click", () => openAt(current + 1));
viewer.addEventListener("keydown", (event) => {
  if (event.target.tagName === "VIDEO") return;
  if (event.key === "ArrowLeft") openAt(current - 1);
  if (event.key === "ArrowRight") openAt(current + 1);
});
viewer.addEventListener("close", () => stage.replaceChildren());
viewer.addEventListener("click", (event) => { if (event.target === viewer) viewer.close(); });
