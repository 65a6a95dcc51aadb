"use strict";
const collator = new Intl.Collator(undefined, { numeric: true });
const sortKey = (cell) => ({ number: cell.hasAttribute("data-number") ? Number(cell.dataset.number) : null, text: cell.textContent });
const compareKeys = (a, b) => (a.number !== null && b.number !== null ? a.number - b.number : collator.compare(a.text, b.text));
// What has no number in a column of numbers, and what is empty, comes last either way.
const isLast = (key, numeric) => key.text === "" || (numeric && key.number === null);
const sortRows = (table, column) => {
  const heads = [...table.tHead.rows[0].cells];
  const ascending = heads[column].getAttribute("aria-sort") !== "ascending";
  const numeric = heads[column].classList.contains("number");
  const rows = [...table.tBodies[0].rows].map((row) => ({ row, key: sortKey(row.cells[column]) }));
  rows.sort(
    (a, b) =>
      isLast(a.key, numeric) - isLast(b.key, numeric) ||
      (ascending ? 1 : -1) * compareKeys(a.key, b.key)
  );
  heads.forEach((head) => head.removeAttribute("aria-sort"));
  heads[column].setAttribute("aria-sort", ascending ? "ascending" : "descending");
  const sorted = document.createDocumentFragment();
  for (const { row } of rows) sorted.append(row);
  table.tBodies[0].append(sorted);
};
const makeSortable = (table, then = () => {}) =>
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => { sortRows(table, column); then(); });
    head.append(button);
  });
document.querySelectorAll("table[data-sortable]").forEach((table) => makeSortable(table));
for (const quote of document.querySelectorAll("[data-quotable]")) {
  const button = document.createElement("button");
  const words = quote.querySelector("p");
  button.type = "button";
  button.textContent = "Copy";
  button.addEventListener("click", () => {
    getSelection().selectAllChildren(words);
    navigator.clipboard?.writeText(words.textContent).then(() => { button.textContent = "Copied"; }, () => {});
  });
  quote.prepend(button);
}
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((d) => { d.open = true; }));
