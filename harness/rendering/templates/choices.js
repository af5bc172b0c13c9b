// One choice of policies, tasks, outcomes and words for the whole page; without this script everything is shown.
function choice(name, texts, labels) {
  const select = element("select", {}, new Option(`all ${name}`, ""), ...texts.map((text) => new Option(labels?.[text] || text, text)));
  select.setAttribute("aria-label", name);
  return select;
}

const parts = [...document.querySelectorAll("[data-policy], [data-task], [data-outcome]")].filter((part) => !part.closest("table.filterable"));
const rowsOf = tables.filter((table) => table.table.classList.contains("filterable"));
const all = (key) => [...new Set([
  ...parts.map((part) => part.dataset[key]),
  ...rowsOf.flatMap((table) => (key === "policy" ? [table.policy] : table.rows.map((row) => row[key]))),
].filter(Boolean))].sort();

const wall = document.querySelector(".films");
if (rowsOf.length || wall || ["policy", "task", "outcome"].some((key) => all(key).length > 1)) {
  const bar = element("div", { className: "choose" });
  bar.setAttribute("role", "search");
  const selects = {
    policy: choice("policies", all("policy")),
    task: choice("tasks", all("task")),
    outcome: choice("outcomes", all("outcome"), { success: "✔ success", failure: "✘ failure", error: "! error" }),
  };
  const words = element("input", { type: "search", placeholder: "words" });
  words.setAttribute("aria-label", "show what has these words");
  const said = element("output", {});
  const update = () => {
    const wanted = Object.entries(selects).map(([key, select]) => [key, select.value]).filter(([, value]) => value);
    const asked = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (has, text) => wanted.every(([key, value]) => !has(key) || has(key) === value) && asked.every((word) => text().includes(word));
    for (const part of parts) {
      part.hidden = !fits((key) => part.dataset[key], () => (part.dataset.whole === undefined ? part.textContent.toLowerCase() : asked.join(" ")));
    }
    let rows = 0;
    for (const table of rowsOf) {
      const own = !selects.policy.value || table.policy === selects.policy.value;
      table.wanted = (row) => own && fits((key) => (key === "policy" ? "" : row[key]), () => row.texts.join(" ").toLowerCase());
      rows += table.show();
    }
    const films = wall ? [...wall.querySelectorAll(".film")].filter((film) => !film.hidden).length : 0;
    said.textContent = [wall ? `${films} films` : "", rowsOf.length ? `${rows} rows` : ""].filter(Boolean).join(", ");
    for (const none of document.querySelectorAll(".no-film")) none.hidden = films > 0;
  };
  for (const [key, select] of Object.entries(selects)) if (all(key).length > 1) bar.append(select);
  bar.append(words);
  if (wall) {
    const button = element("button", { type: "button" }, paused ? "▶ play films" : "❚❚ pause films");
    button.addEventListener("click", () => { pauseFilms(!paused); button.textContent = paused ? "▶ play films" : "❚❚ pause films"; });
    bar.append(button);
  }
  bar.append(said);
  bar.addEventListener("input", update);
  const folded = matchMedia("(max-width: 640px)");
  const fold = element("details", { className: "choosing", open: !folded.matches }, element("summary", {}, "Choose what is shown"), bar);
  folded.addEventListener("change", () => { fold.open = !folded.matches; });
  document.querySelector(".index").append(fold);
  update();
}
