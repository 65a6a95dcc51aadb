"use strict";
for (const table of document.querySelectorAll("table[data-sortable]")) {
  const heads = [...table.tHead.rows[0].cells];
  const key = (row, column) => {
    const cell = row.cells[column];
    return { number: cell.hasAttribute("data-number") ? Number(cell.dataset.number) : null, text: cell.textContent };
  };
  const compare = (a, b) =>
    a.number !== null && b.number !== null
      ? a.number - b.number
      : a.text.localeCompare(b.text, undefined, { numeric: true });
  // What has no number in a column of numbers, and what is empty, comes last either way.
  const isLast = (k, numeric) => k.text === "" || (numeric && k.number === null);
  const sort = (column) => {
    const ascending = heads[column].getAttribute("aria-sort") !== "ascending";
    const numeric = heads[column].classList.contains("number");
    const rows = [...table.tBodies[0].rows].map((row) => ({ row, key: key(row, column) }));
    rows.sort(
      (a, b) =>
        isLast(a.key, numeric) - isLast(b.key, numeric) ||
        (ascending ? 1 : -1) * compare(a.key, b.key)
    );
    heads.forEach((head) => head.removeAttribute("aria-sort"));
    heads[column].setAttribute("aria-sort", ascending ? "ascending" : "descending");
    table.tBodies[0].append(...rows.map((r) => r.row));
  };
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(column));
    head.append(button);
  });
}
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
