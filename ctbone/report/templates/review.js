// What the reviewer does, by key or by mouse, and where it goes.
const status = make("p", { class: "status", role: "status", "aria-live": "polite" });
const unsaved = make("output", { class: "unsaved", "aria-live": "off" });
const initials = make("input", { type: "text", maxlength: "40", size: "6", autocomplete: "off", "aria-label": "Reviewer, initials", placeholder: "initials",
  input: () => { reviewer = initials.value.trim(); keep([]); }, change: () => signUnsigned() });
const file = make("input", { type: "file", accept: ".csv,text/csv", hidden: "", change: () => loadFile() });
const KEYS = [["j or \u2193, k or \u2191", "next and previous study; \u2192 and \u2190 as well where one is open"], ["Enter", "open the study"],
  ["Esc", "back to the list; out of a field"], ["a", "accept"], ["r", "reject"], ["l", "relabel: then [ and ] shift all names, Enter applies"],
  ["Delete", "take the verdict away"], ["u", "undo the last step"], ["n", "note"], ["/", "filter"], ["s", "save review.csv"], ["?", "this help"]];
const help = make("dialog", { "aria-label": "Keys" }, make("h2", {}, "Keys"),
  make("dl", { class: "facts" }, ...KEYS.flatMap(([key, words]) => [make("dt", {}, make("kbd", {}, key)), make("dd", {}, words)])),
  make("p", { class: "small" }, "Verdicts are kept in this browser for these studies until they are saved as review.csv."),
  button("Close", () => help.close()));
const bar = make("div", { class: "bar", role: "region", "aria-label": "Filter and review" },
  make("div", { class: "row filters" }, search, ...filters.map(({ select }) => select), tally),
  make("div", { class: "row" }, make("label", {}, "Reviewer ", initials), unsaved,
    button("Load review.csv", () => file.click()), button("Save review.csv", () => saveFile(), { class: "strong", "aria-keyshortcuts": "s", "data-key": "s" }),
    button("Keys", () => help.showModal(), { "aria-keyshortcuts": "?", "data-key": "?" }), file));

const tell = (text) => { status.textContent = text; };
const several = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
const showUnsaved = () => {
  const count = countUnsaved();
  const notes = countNotes() ? `; ${several(countNotes(), "note")} without a verdict, which no file holds` : "";
  const state = (count ? `, ${count} not saved` : countVerdicts() ? ", all saved" : "") + notes;
  unsaved.textContent = `${countVerdicts()} of ${rows.length} reviewed${state}${kept ? "" : "; this browser keeps nothing: save often"}`;
  unsaved.classList.toggle("waiting", count > 0);
};
const refreshAll = (changed) => {
  changed.forEach(showVerdict);
  fillFilter(filters.at(-1));
  showUnsaved();
  refresh(upTo);
};

const decide = (verdict, relabel = "") => {
  const number = current, next = visible[visible.indexOf(current) + 1];
  if (!visible.length || (!verdict && !recordOf(number).verdict)) return;
  change(new Map([[number, signed({ ...recordOf(number), verdict, relabel })]]));
  if (verdict && next !== undefined) setCurrent(next);
  refreshAll([number]);
  if (isOpen()) title.focus({ preventScroll: true }); else reveal();
  const words = { accept: "Accepted", reject: "Rejected", relabel: `Relabelled (${relabel})`, "": "Took the verdict from" };
  tell(`${words[verdict]} ${known.studies[number].uid}. u undoes.${next === undefined ? " It was the last of the list." : ""}`);
};
const takeNote = () => {
  put(current, signed({ ...recordOf(current), note: note.value }));
  // A step that is undone is a verdict: it takes no note away that was typed after it.
  for (const pair of undone.flat()) if (pair[0] === current) pair[1] = { ...pair[1], note: note.value };
  keep([current]);
  showVerdict(current);
  showUnsaved();
};
// Initials that come after the first verdicts are theirs too, but for those that are in a file.
const signUnsigned = () => {
  const waiting = [...records].filter(([number, record]) => !record.reviewer && rowOf(number) !== (saved.get(number) ?? ""));
  for (const [number, record] of waiting) records.set(number, { ...record, reviewer });
  keep(waiting.map(([number]) => number));
};
const undo = () => {
  const step = undone.pop();
  if (!step) { tell("There is nothing to undo."); return; }
  for (const [number, record] of step) put(number, record);
  keep(step.map(([number]) => number));
  setCurrent(step[0][0]);
  refreshAll(step.map(([number]) => number));
  if (!isOpen()) reveal();
  tell(`Undone: ${step.length === 1 ? known.studies[step[0][0]].uid : `${step.length} studies`}.`);
};

const saveFile = () => {
  if (!countVerdicts() && !countUnsaved()) { tell("There is no verdict to save yet."); return; }
  const link = make("a", { download: "review.csv" });
  link.href = URL.createObjectURL(new Blob([reviewText()], { type: "text/csv" }));
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  markSaved();
  showUnsaved();
  tell(`Saved ${several(countVerdicts(), "verdict")} as review.csv, among the downloads of this browser.`);
};
const loadText = (text) => {
  try {
    const found = readReview(text, known.studies, known.levels);
    if (found.records.size) change(found.records);
    for (const number of found.records.keys()) saved.set(number, rowOf(number));
    keep(found.records.keys());
    refreshAll([...found.records.keys()]);
    const strangers = found.strangers ? ` Left out: ${several(found.strangers, "row")} of studies that are not here.` : "";
    tell(`Loaded ${several(found.records.size, "verdict")}.${strangers}`);
  } catch (mistake) { tell(`Nothing was loaded: ${mistake.message}.`); }
};
const loadFile = async () => {
  const [chosen] = file.files;
  if (chosen) loadText(await chosen.text());
  file.value = "";
};

const listKeys = { ArrowDown: () => go(1), ArrowUp: () => go(-1), Enter: () => openStudy() };
const studyKeys = { ArrowRight: () => go(1), ArrowLeft: () => go(-1), Escape: () => closeStudy() };
const allKeys = { j: () => go(1), k: () => go(-1), a: () => decide("accept"), r: () => decide("reject"), l: () => beginRelabel(),
  u: () => undo(), s: () => saveFile(), Delete: () => decide(""), "?": () => help.showModal(),
  n: () => { if (!isOpen()) openStudy(); note.focus(); },
  "/": () => { if (isOpen()) closeStudy(); search.focus(); } };
const namingKeys = { "[": () => shift(-1), "]": () => shift(1), Enter: () => applyRelabel(), Escape: () => endRelabel() };
const isField = (element) => element.matches?.("input, textarea, select");
const isPressable = (element) => element.matches?.("button, a, summary");

const actOf = ({ key: pressed, target }) => {
  const key = pressed.length === 1 ? pressed.toLowerCase() : pressed;
  if (isNaming() && !isPressable(target)) return namingKeys[key];
  if (isField(target)) return key === "Escape" ? () => { target.blur(); if (isOpen()) title.focus(); else reveal(); } : undefined;
  if (key === "Enter" && isPressable(target)) return undefined;
  return (isOpen() ? studyKeys : listKeys)[key] ?? allKeys[key];
};
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || help.open) return;
  const act = visible.length || isField(event.target) || ["/", "u", "s", "?"].includes(event.key.toLowerCase()) ? actOf(event) : undefined;
  if (act) { event.preventDefault(); act(); }
});
body.addEventListener("click", (event) => {
  const row = event.target.closest("tr");
  if (!row || event.ctrlKey || event.metaKey || event.shiftKey || getSelection().toString()) return;
  event.preventDefault();
  openStudy(numbers.get(row));
});
addEventListener("storage", (event) => { if (event.key?.startsWith(STORE)) { loadStore(); refreshAll([...rows.keys()]); } });
addEventListener("beforeunload", (event) => { if (!kept && countUnsaved()) event.preventDefault(); });

loadStore();
initials.value = reviewer;
document.querySelector("main").before(bar, pane, status, help);
document.body.classList.add("scripted");
new ResizeObserver(() => document.body.style.setProperty("--bar", `${bar.offsetHeight}px`)).observe(bar);
filters.forEach(fillFilter);
refreshAll([...records.keys()]);
// Whoever comes back from another page is where they were.
follow(history.state);
