// review.csv as text, and back: RFC 4180, a row for each study with a verdict.
const COLUMNS = ["study_uid", "verdict", "relabel", "note", "reviewer", "reviewed_on"];
const VERDICTS = ["accept", "reject", "relabel"];
const NONE = "none";

const toCell = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const toLine = (cells) => cells.map(toCell).join(",");
const toRow = (uid, record) =>
  record?.verdict ? toLine(COLUMNS.map((name) => (name === "study_uid" ? uid : record[name]))) : "";

// The rows of a table, each with the number of the line that it ends on; spreadsheets part cells by
// other signs than commas where decimals have one.
const parseCsv = (text) => {
  const separator = /^[^\r\n,]*[;\t]/.exec(text)?.[0].at(-1) ?? ",";
  const found = [];
  let cells = [""], line = 1, quoted = false;
  const end = () => {
    if (cells.length > 1 || cells[0] !== "") found.push({ line, cells });
    cells = [""];
  };
  for (let at = 0; at < text.length; at += 1) {
    const c = text[at];
    if (quoted && c === '"' && text[at + 1] === '"') { cells[cells.length - 1] += c; at += 1; }
    else if (c === '"' && (quoted || cells.at(-1) === "")) quoted = !quoted;
    else if (!quoted && c === separator) cells.push("");
    else if (!quoted && (c === "\n" || c === "\r")) {
      end();
      if (c === "\r" && text[at + 1] === "\n") at += 1;
      line += 1;
    } else {
      cells[cells.length - 1] += c;
      line += c === "\n";
    }
  }
  if (quoted) throw new Error(`line ${line}: a quoted cell has no end`);
  end();
  return found;
};

const parseRelabel = (text) => new Map(text.split(/\s+/).filter(Boolean).map((pair) => /^([^=]*)=?(.*)$/.exec(pair).slice(1)));
// A name that was in doubt is written even where it stays: the reviewer has seen that it is right.
const formatRelabel = (names, study) => {
  const doubtful = new Set(study.vertebrae.filter(([, , isDoubtful]) => isDoubtful).map(([level]) => level));
  return [...names].filter(([old, name]) => old !== name || doubtful.has(old)).map((pair) => pair.join("=")).join(" ");
};

// What is wrong with a relabelling of a study; empty where nothing is.
const relabelFault = (names, study, levels) => {
  const own = study.vertebrae.map(([level]) => level);
  for (const [old, name] of names) {
    if (!own.includes(old)) return `${old} is no vertebra of this study`;
    if (name !== NONE && !levels.includes(name)) return `${name} is no level`;
  }
  const after = own.map((level) => names.get(level) ?? level).filter((name) => name !== NONE);
  const twice = after.find((name, at) => after.indexOf(name) !== at);
  return twice ? `two vertebrae would be called ${twice}` : "";
};

const isDay = (text) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));

// The records of a review by the number of their study, and how many rows are of no study here.
const readReview = (text, studies, levels) => {
  const [head, ...body] = parseCsv(text.replace(/^\ufeff/, ""));
  const places = COLUMNS.map((name) => (head?.cells ?? []).map((cell) => cell.trim()).indexOf(name));
  if (places.includes(-1)) throw new Error(`line 1: expected ${COLUMNS.join()}`);
  const numbers = new Map(studies.map((study, number) => [study.uid, number]));
  const records = new Map();
  let strangers = 0;
  for (const { line, cells } of body) {
    if (cells.length !== head.cells.length) throw new Error(`line ${line}: expected ${head.cells.length} cells, found ${cells.length}`);
    const { study_uid: uid, ...record } = Object.fromEntries(COLUMNS.map((name, at) => [name, cells[places[at]].trim()]));
    if (!VERDICTS.includes(record.verdict)) throw new Error(`line ${line}: expected accept, reject or relabel, found ${record.verdict || "nothing"}`);
    if (!isDay(record.reviewed_on)) throw new Error(`line ${line}: expected a date as in 2026-06-21 in reviewed_on`);
    const number = numbers.get(uid);
    if (number === undefined) { strangers += 1; continue; }
    if (records.has(number)) throw new Error(`line ${line}: the study stands twice`);
    const names = parseRelabel(record.relabel);
    if (names.size !== record.relabel.split(/\s+/).filter(Boolean).length) throw new Error(`line ${line}: expected each vertebra once in relabel`);
    const fault = (record.verdict === "relabel") !== names.size > 0
      ? "new names go with the verdict relabel, and with no other"
      : relabelFault(names, studies[number], levels);
    if (fault) throw new Error(`line ${line}: ${fault}`);
    records.set(number, record);
  }
  return { records, strangers };
};
