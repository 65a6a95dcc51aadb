"use strict";
const collator = new Intl.Collator(undefined, { numeric: true });
const sortKey = (cell) => ({ number: cell.hasAttribute("data-number") ? Number(cell.dataset.number) : null, text: cell.textContent });
const compareKeys = (a, b) => (a.number !== null && b.number !== null ? a.number - b.number : collator.compare(a.text, b.text));
// What has no number in a column of numbers, and what is empty, comes last either way.
const isLast = (key, numeric) => key.text === "" || (numeric && key.number === null);
const sorted = (rows, column, { numeric, ascending }) =>
  rows
    .map((row) => ({ row, key: sortKey(row.cells[column]) }))
    .sort((a, b) => isLast(a.key, numeric) - isLast(b.key, numeric) || (ascending ? 1 : -1) * compareKeys(a.key, b.key))
    .map(({ row }) => row);
// Its rows, unless told otherwise, are those that stand in it, and stay there in their new order.
const makeSortable = (table, rowsOf = () => [...table.tBodies[0].rows], place = (rows) => table.tBodies[0].append(...rows)) => {
  const heads = [...table.tHead.rows[0].cells];
  const sort = (head, column) => {
    const ascending = head.getAttribute("aria-sort") !== "ascending";
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    place(sorted(rowsOf(), column, { numeric: head.classList.contains("number"), ascending }));
  };
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(head, column));
    head.append(button);
  });
};
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
