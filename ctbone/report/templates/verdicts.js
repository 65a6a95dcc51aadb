// What the reviewer has said so far. It is kept in this browser for these studies, save by save.
const known = JSON.parse(document.getElementById("data").textContent);
const STORE = `ctbone-review-${known.run}`;
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
const countVerdicts = () => [...records.values()].filter((record) => record.verdict).length;

const loadStore = () => {
  try {
    const found = JSON.parse(localStorage.getItem(STORE)) ?? {};
    for (const [into, from] of [[records, found.records], [saved, found.saved]]) {
      into.clear();
      for (const [number, value] of from ?? []) if (number in known.studies) into.set(number, value);
    }
    reviewer = found.reviewer ?? "";
  } catch { kept = false; }
};
const keep = () => {
  try {
    localStorage.setItem(STORE, JSON.stringify({ records: [...records], saved: [...saved], reviewer }));
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
  keep();
};
const signed = (record) => ({ ...record, reviewer, reviewed_on: today() });

const reviewText = () =>
  `${[toLine(COLUMNS), ...known.studies.map((_, number) => rowOf(number)).filter(Boolean)].join("\n")}\n`;
const markSaved = () => {
  saved.clear();
  for (const number of records.keys()) if (rowOf(number)) saved.set(number, rowOf(number));
  keep();
};
