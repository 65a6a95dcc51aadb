// One study, large: its picture beside what is known of it, what the reviewer says, and new names.
const title = make("h2", { id: "study-title", tabindex: "-1" });
const place = make("output", { class: "tally" });
const picture = make("img", { alt: "", decoding: "async" });
const frame = make("a", { class: "frame", target: "_blank", title: "The picture by itself" }, picture);
const facts = make("dl", { class: "facts" });
const said = make("div", { class: "remarks" });
const bodies = make("tbody");
const fault = make("p", { class: "note", role: "alert", hidden: "" });
const note = make("textarea", { id: "note", rows: "3", input: () => takeNote() });
const decisions = {
  accept: button("Accept", () => decide("accept"), { "aria-keyshortcuts": "a", "data-key": "a" }),
  reject: button("Reject", () => decide("reject"), { "aria-keyshortcuts": "r", "data-key": "r" }),
  relabel: button("Relabel", () => beginRelabel(), { "aria-keyshortcuts": "l", "data-key": "l" }),
};
const undoButton = button("Undo", () => undo(), { "aria-keyshortcuts": "u", "data-key": "u" });
const clearButton = button("Clear", () => decide(""), { "aria-keyshortcuts": "Delete", "data-key": "Del" });
const wholePage = make("a", {}, "All numbers");
const naming = make("div", { class: "naming", hidden: "" },
  make("p", {}, "Give vertebrae their right names; ", make("b", {}, NONE), " means that it must not be measured. Uncertain names that you leave are taken for right."),
  make("div", { class: "row" },
    button("All one up", () => shift(-1), { "data-key": "[" }), button("All one down", () => shift(1), { "data-key": "]" }),
    button("Apply", () => applyRelabel(), { class: "strong", "data-key": "Enter" }), button("Cancel", () => endRelabel(), { "data-key": "Esc" })),
  fault);
const pane = make("section", { class: "study", "aria-labelledby": "study-title", hidden: "" },
  make("div", { class: "row" },
    button("\u2039 List", () => closeStudy(), { "data-key": "Esc" }), button("Previous", () => go(-1), { "data-key": "k" }),
    button("Next", () => go(1), { "data-key": "j" }), place, wholePage),
  make("div", { class: "desk" }, frame, make("div", { class: "panel" }, title,
    make("div", { class: "row verdicts", role: "group", "aria-label": "Verdict" }, ...Object.values(decisions), undoButton, clearButton),
    make("label", { for: "note" }, "Note ", make("kbd", { "aria-hidden": "true" }, "n")), note, said, facts, naming,
    make("table", { class: "bodies", "aria-label": "Vertebrae" }, make("thead", {}, make("tr", {}, ...["vertebra", "found", "called by the reviewer"].map((text) => make("th", { scope: "col" }, text)))), bodies))));

const isOpen = () => !pane.hidden;
const isNaming = () => !naming.hidden;
const selects = () => [...bodies.querySelectorAll("select")];

const showFacts = () => {
  const cells = [...rows[current].cells];
  const shown = heads.map((head, at) => [head, cells[at]]).filter(([head, cell], at) => at > 0 && cell.textContent);
  facts.replaceChildren(...shown.flatMap(([head, cell]) => [
    make("dt", {}, head), make("dd", {}, ...[...cell.childNodes].map((node) => node.cloneNode(true)))]));
  said.replaceChildren(...known.studies[current].said.map((text) => make("p", { class: "note" }, text)));
};
const showPicture = () => {
  const { uid, picture: path } = known.studies[current];
  frame.hidden = !path;
  pane.classList.toggle("undrawn", !path);
  if (!path) return;
  const address = encodeURI(path);
  if (picture.getAttribute("src") !== address) picture.src = address;
  picture.alt = `Reformats of the spine of study ${uid} with outlines of its bodies`;
  frame.href = address;
  // The next one is read before it is asked for.
  const next = known.studies[visible[visible.indexOf(current) + 1]]?.picture;
  if (next) new Image().src = encodeURI(next);
};
const namesOf = (number) => {
  const given = parseRelabel(recordOf(number).relabel);
  return known.studies[number].vertebrae.map(([level]) => [level, given.get(level) ?? level]);
};
const showBodies = () => {
  const names = parseRelabel(recordOf(current).relabel);
  bodies.replaceChildren(...known.studies[current].vertebrae.map(([level, words]) => make("tr", { "data-level": level },
    make("th", { scope: "row" }, level), make("td", {}, words),
    make("td", {}, names.has(level) ? `\u2192 ${names.get(level)}` : ""))));
};
const showRecord = () => {
  const record = recordOf(current);
  for (const [word, pressed] of Object.entries(decisions)) pressed.setAttribute("aria-pressed", String(record.verdict === word));
  clearButton.disabled = !record.verdict;
  undoButton.disabled = !undone.length;
  if (note.value !== record.note) note.value = record.note;
  place.textContent = `${visible.indexOf(current) + 1} of ${visible.length}`;
};
// An open study is one step of the browser's history, whichever it is: Back leads to the list, and from
// there to where the reader came from. Whoever closes the study takes the step back as well.
let leaving = false;
const remember = () => {
  const state = { study: known.studies[current].uid }, before = history.state?.study;
  try {
    if (before === state.study) return;
    if (before) history.replaceState(state, ""); else history.pushState(state, "");
  } catch { /* from disk some browsers refuse */ }
};
const follow = (state) => {
  const number = known.studies.findIndex(({ uid }) => uid === state?.study);
  if (number < 0) { if (isOpen()) closeStudy(); return; }
  if (!visible.includes(number)) clearFilters();
  openStudy(number);
};
addEventListener("popstate", ({ state }) => {
  if (!leaving) { follow(state); return; }
  leaving = false;
  if (isOpen()) remember();
});

const refreshStudy = () => {
  if (!isOpen()) return;
  if (!leaving) remember();
  endRelabel(false);
  title.textContent = known.studies[current].uid;
  wholePage.href = links[current].getAttribute("href");
  showFacts();
  showPicture();
  showBodies();
  showRecord();
};

const openStudy = (number = current) => {
  setCurrent(number);
  pane.hidden = false;
  document.body.classList.add("opened");
  refreshStudy();
  title.focus();
};
const closeStudy = () => {
  pane.hidden = true;
  document.body.classList.remove("opened");
  reveal();
  if (!history.state?.study || leaving) return;
  leaving = true;
  history.back();
};
const go = (by) => {
  if (!step(by)) tell(by > 0 ? "This is the last study of the list." : "This is the first study of the list.");
  if (isOpen()) { refreshStudy(); title.focus({ preventScroll: true }); } else reveal();
};

const beginRelabel = () => {
  if (!isOpen()) openStudy();
  if (!known.studies[current].vertebrae.length) { tell("No vertebra of this study was found, so none can be renamed."); return; }
  naming.hidden = false;
  pane.classList.add("renaming");
  fault.hidden = true;
  for (const [at, [level, name]] of namesOf(current).entries()) {
    const options = [...known.levels, NONE].map((word) => make("option", { value: word }, word));
    const select = make("select", { "aria-label": `Right name of ${level}` }, ...options);
    select.value = name;
    bodies.rows[at].cells[2].replaceChildren(select);
  }
  selects()[0].focus({ preventScroll: true });
};
const endRelabel = (redraw = true) => {
  naming.hidden = true;
  pane.classList.remove("renaming");
  if (redraw) { showBodies(); title.focus({ preventScroll: true }); }
};
// T13 and L6 are passed over in patients of whom nobody says that they have them.
const shift = (by) => {
  const own = [...known.studies[current].vertebrae.map(([level]) => level), ...selects().map((select) => select.value)];
  const row = known.levels.filter((level) => !["T13", "L6"].includes(level) || own.includes(level));
  for (const select of selects()) if (select.value !== NONE) select.value = row[row.indexOf(select.value) + by] ?? NONE;
};
const applyRelabel = () => {
  const study = known.studies[current];
  const names = new Map(selects().map((select, at) => [study.vertebrae[at][0], select.value]));
  const relabel = formatRelabel(names, study);
  fault.textContent = relabel ? relabelFault(names, study, known.levels) : "every vertebra keeps its name: accept the study instead";
  fault.hidden = !fault.textContent;
  if (fault.hidden) decide("relabel", relabel);
};
