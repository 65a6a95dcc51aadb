// The list of studies: which are shown, in which order, and which one is current.
const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
};
const button = (text, act, attributes = {}) => make("button", { type: "button", click: act, ...attributes }, text);
const badge = (text, tone) => make("span", { class: `badge ${tone}` }, text);

const SHOWN = { accept: ["\u2713 accept", "calm"], reject: ["\u2715 reject", "alert"], relabel: ["\u21c4 relabel", "watch"] };
const table = document.querySelector(".listing");
const heads = [...table.tHead.rows[0].cells].map((head) => head.textContent);
const rows = [...table.tBodies[0].rows];
const numbers = new Map(rows.map((row, number) => [row, number]));
const links = rows.map((row) => row.querySelector("a"));
const texts = rows.map((row) => [...row.cells].map((cell) => cell.textContent));
const lower = texts.map((cells) => cells.join(" ").toLowerCase());

table.tHead.rows[0].append(make("th", { role: "columnheader", scope: "col" }, "verdict"));
const verdictCells = rows.map((row) => row.appendChild(make("td", { role: "cell" })));
for (const link of links) link.tabIndex = -1;

let order = rows.map((_, number) => number);
let visible = order;
let current = 0;

const showVerdict = (number) => {
  const { verdict, note } = recordOf(number);
  const shown = verdict ? [badge(...SHOWN[verdict])] : [];
  if (note) shown.push(make("span", { class: "noted", title: note }, verdict ? " with a note" : "a note, no verdict"));
  verdictCells[number].replaceChildren(...shown);
};

const search = make("input", { type: "search", placeholder: "Filter  /", "aria-label": "Filter by any text", input: () => refresh() });
const tally = make("output", { class: "tally" });
const members = (number, column) => (column === "flags" ? texts[number][heads.indexOf(column)].split(", ") : [texts[number][heads.indexOf(column)]]);
const filters = [...known.filters, "verdict"].map((name) => ({
  name,
  select: make("select", { "aria-label": `Filter by ${name}`, change: () => refresh() }),
}));
const held = (number, name) => (name === "verdict" ? [recordOf(number).verdict] : members(number, name));

const fillFilter = ({ name, select }) => {
  const counts = new Map();
  for (const number of rows.keys()) for (const text of held(number, name)) counts.set(text, (counts.get(text) ?? 0) + 1);
  const chosen = select.value;
  const options = [...counts].sort(([a], [b]) => (a === "") - (b === "") || collator.compare(a, b));
  select.replaceChildren(
    make("option", { value: "" }, `any ${name}`),
    ...options.map(([text, count]) => make("option", { value: `=${text}` }, `${text || `no ${name}`} (${count})`))
  );
  if (chosen && !counts.has(chosen.slice(1))) select.append(make("option", { value: chosen }, `${chosen.slice(1) || `no ${name}`} (0)`));
  select.value = chosen;
  select.hidden = name !== "verdict" && counts.size < 2;
};

const matches = (number, words, chosen) =>
  words.every((word) => lower[number].includes(word)) &&
  chosen.every(({ name, value }) => held(number, name).includes(value));

const setCurrent = (number) => {
  rows[current].removeAttribute("aria-current");
  links[current].tabIndex = -1;
  current = number;
  rows[current].setAttribute("aria-current", "true");
  links[current].tabIndex = 0;
};

// Shows what the filters let through; the current study becomes the nearest one that is shown.
const refresh = () => {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const chosen = filters.filter(({ select }) => select.value).map(({ name, select }) => ({ name, value: select.value.slice(1) }));
  const place = order.indexOf(current);
  visible = [];
  let nearest = -1;
  order.forEach((number, at) => {
    const isShown = matches(number, words, chosen);
    if (rows[number].hidden === isShown) rows[number].hidden = !isShown;
    if (!isShown) return;
    visible.push(number);
    if (at <= place || nearest < place) nearest = at;
  });
  if (visible.length) setCurrent(order[nearest]);
  tally.textContent = visible.length === rows.length ? `${rows.length} studies` : `${visible.length} of ${rows.length} studies`;
  refreshStudy();
};

const reveal = (focus = true) => {
  if (focus) links[current].focus({ preventScroll: true });
  rows[current].scrollIntoView({ block: "nearest" });
};
const step = (by) => {
  const next = visible[visible.indexOf(current) + by];
  if (next !== undefined) setCurrent(next);
  return next !== undefined;
};

makeSortable(table, () => {
  order = [...table.tBodies[0].rows].map((row) => numbers.get(row));
  refresh();
});
