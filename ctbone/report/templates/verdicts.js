// What the reviewer has said so far. It is kept in this browser, an item a study: a run that has grown
// overnight has the verdicts of the studies that it had. Of another configuration, or under other
// names of its vertebrae, a study is another one.
const known = JSON.parse(document.getElementById("data").textContent);
const STORE = `ctbone-review-${known.run}-`;
const REVIEWER = "ctbone-reviewer";
const BLANK = { verdict: "", relabel: "", note: "", reviewer: "", reviewed_on: "" };

const records = new Map();
const saved = new Map();
const undone = [];
let reviewer = "";
let kept = true;

const recordOf = (number) => records.get(number) ?? BLANK;
const rowOf = (number) => toRow(known.studies[number].uid, records.get(number));
const countUnsaved = () =>
  [...new Set([...records.keys(), ...saved.keys()])].filter((n) => rowOf(n) !== (saved.get(n) ?? "")).length;
const countNotes = () => [...records.values()].filter((record) => !record.verdict).length;
const countVerdicts = () => [...records.values()].filter((record) => record.verdict).length;

const loadStore = () => {
  try {
    records.clear();
    saved.clear();
    for (const [number, study] of known.studies.entries()) {
      const found = JSON.parse(localStorage.getItem(STORE + study.key)) ?? {};
      if (found.record) records.set(number, found.record);
      if (found.saved) saved.set(number, found.saved);
    }
    reviewer = localStorage.getItem(REVIEWER) ?? "";
  } catch { kept = false; }
};
const keep = (numbers) => {
  try {
    localStorage.setItem(REVIEWER, reviewer);
    for (const number of numbers) {
      const key = STORE + known.studies[number].key;
      const record = records.get(number), row = saved.get(number);
      if (record || row) localStorage.setItem(key, JSON.stringify({ record, saved: row })); else localStorage.removeItem(key);
    }
    kept = true;
  } catch { kept = false; }
};

const today = () => {
  const now = new Date();
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((n) => String(n).padStart(2, "0")).join("-");
};
const put = (number, record) => {
  if (record.verdict || record.note) records.set(number, record); else records.delete(number);
};
// Changes some records at once, so that they can be undone at once.
const change = (changes) => {
  undone.push([...changes.keys()].map((number) => [number, recordOf(number)]));
  for (const [number, record] of changes) put(number, record);
  keep(changes.keys());
};
const signed = (record) => ({ ...record, reviewer, reviewed_on: today() });

const reviewText = () =>
  `${[toLine(COLUMNS), ...known.studies.map((_, number) => rowOf(number)).filter(Boolean)].join("\n")}\n`;
const markSaved = () => {
  const changed = new Set([...saved.keys(), ...records.keys()]);
  saved.clear();
  for (const number of records.keys()) if (rowOf(number)) saved.set(number, rowOf(number));
  keep(changed);
};
