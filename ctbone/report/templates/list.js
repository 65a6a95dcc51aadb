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
const [body, ...further] = table.tBodies;
const rows = [body, ...further].flatMap(({ rows }) => [...rows]);
// Rows that are not shown stand in no document: ten thousand of them would make every step slow.
for (const part of further) part.remove();
body.replaceChildren();
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

// So many rows are shown at first, and again where the reader comes near the last.
const CHUNK = 150;
let upTo = CHUNK;

const showVerdict = (number) => {
  const { verdict, note } = recordOf(number);
  const shown = verdict ? [badge(...SHOWN[verdict])] : [];
  if (note) shown.push(make("span", { class: "noted", title: note }, verdict ? " with a note" : "a note, no verdict"));
  verdictCells[number].replaceChildren(...shown);
};

const search = make("input", { type: "search", placeholder: "Filter  /", "aria-label": "Filter by any text", input: () => refresh() });
const tally = make("output", { class: "tally" });
const filters = [...known.filters, "verdict"].map((name) => ({
  name,
  select: make("select", { "aria-label": `Filter by ${name}`, change: () => refresh() }),
}));
// What a study holds in a column, as the filters tell it apart: of flags, each.
const columns = new Map(known.filters.map((name) => [name, texts.map((cells) => {
  const text = cells[heads.indexOf(name)];
  return name === "flags" ? text.split(", ") : [text];
})]));
const held = (number, name) => columns.get(name)?.[number] ?? [recordOf(number).verdict];

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

const showRows = () => {
  const wanted = visible.slice(0, upTo).map((number) => rows[number]);
  const isThere = wanted.length === body.rows.length && [...body.rows].every((row, at) => row === wanted[at]);
  if (!isThere) body.replaceChildren(...wanted);
};
const showMore = () => {
  if (upTo >= visible.length) return;
  body.append(...visible.slice(upTo, upTo + CHUNK).map((number) => rows[number]));
  upTo += CHUNK;
};

const clearFilters = () => {
  search.value = "";
  for (const { select } of filters) select.value = "";
  refresh();
};

// Shows what the filters let through; the current study becomes the nearest one that is shown.
const refresh = (least = 0) => {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const chosen = filters.filter(({ select }) => select.value).map(({ name, select }) => ({ name, value: select.value.slice(1) }));
  const place = order.indexOf(current);
  visible = [];
  let nearest = -1;
  order.forEach((number, at) => {
    if (!matches(number, words, chosen)) return;
    visible.push(number);
    if (at <= place || nearest < place) nearest = at;
  });
  if (visible.length) setCurrent(order[nearest]);
  upTo = Math.max(least, CHUNK * Math.ceil((visible.indexOf(current) + CHUNK / 2) / CHUNK));
  showRows();
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
  if (visible.indexOf(current) > upTo - CHUNK / 2) showMore();
  return next !== undefined;
};

makeSortable(table, () => rows, (found) => {
  order = found.map((row) => numbers.get(row));
  refresh();
});
new IntersectionObserver((seen) => { if (seen.some((one) => one.isIntersecting)) showMore(); }, { rootMargin: "1200px" })
  .observe(table.parentElement.appendChild(make("div", { class: "end" })));
addEventListener("beforeprint", () => { upTo = visible.length; showRows(); });
