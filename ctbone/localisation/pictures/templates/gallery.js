{
  const known = "KNOWN";
  const key = `ctbone-marks-${known.run}`;
  const figures = [...document.querySelectorAll(".gallery figure")];
  const marks = new Map();
  let current = 0;
  let kept = true;

  const load = () => {
    try {
      for (const [uid, mark] of Object.entries(JSON.parse(localStorage.getItem(key)) ?? {})) marks.set(uid, mark);
    } catch { kept = false; }
  };
  const keep = () => {
    try { localStorage.setItem(key, JSON.stringify(Object.fromEntries(marks))); } catch { kept = false; }
  };

  const make = (tag, text, act) => {
    const element = document.createElement(tag);
    element.textContent = text;
    if (act) { element.type = "button"; element.addEventListener("click", act); }
    return element;
  };
  const option = (value, text) => {
    const element = make("option", text);
    element.value = value;
    return element;
  };

  const bar = make("div", "");
  bar.className = "bar";
  const filter = make("select", "");
  filter.setAttribute("aria-label", "Which studies");
  const place = make("output", "");
  const back = make("button", "\u2190 Back", () => step(-1));
  const on = make("button", "On \u2192", () => step(1));
  const accept = make("button", "Accept (a)", () => mark("accept"));
  const query = make("button", "Query (q)", () => mark("query"));
  const sheet = make("button", "Sheet (s)", () => setSingle(!isSingle()));
  const save = make("button", "Save marks.csv", () => saveMarks());
  sheet.className = "last";
  bar.append(filter, back, on, place, accept, query, sheet, save);

  const matches = (n) => {
    const study = known.studies[n], wanted = filter.value, made = marks.get(study.study_uid) ?? "";
    if (wanted.startsWith("mark:")) return made === wanted.slice(5);
    return wanted === "" || (study.reason || "none") === wanted.slice(7);
  };
  const listed = () => figures.map((_, n) => n).filter(matches);
  const isSingle = () => document.body.classList.contains("single");

  const count = (values) => values.reduce((all, v) => all.set(v, (all.get(v) ?? 0) + 1), new Map());
  const setOptions = () => {
    const chosen = filter.value;
    const reasons = count(known.studies.map((s) => s.reason || "none"));
    const made = count(known.studies.map((s) => marks.get(s.study_uid) ?? ""));
    filter.replaceChildren(option("", `All studies (${figures.length})`));
    for (const [name, number] of [...reasons].sort()) {
      const text = name === "none" ? "With a result" : name.replaceAll("_", " ");
      filter.append(option(`reason:${name}`, `${text} (${number})`));
    }
    for (const [name, text] of [["", "Not marked"], ["accept", "Accepted"], ["query", "Query"]]) {
      filter.append(option(`mark:${name}`, `${text} (${made.get(name) ?? 0})`));
    }
    filter.value = chosen;
  };

  const show = () => {
    const list = listed();
    if (!list.includes(current)) current = list.find((n) => n > current) ?? list.at(-1) ?? -1;
    figures.forEach((figure, n) => {
      figure.classList.toggle("listed", list.includes(n));
      figure.classList.toggle("current", n === current);
      const made = marks.get(known.studies[n].study_uid);
      if (made) figure.dataset.mark = made; else delete figure.dataset.mark;
    });
    const at = list.indexOf(current), made = marks.get(known.studies[current]?.study_uid);
    place.textContent = list.length ? `${at + 1} of ${list.length}` : "none";
    if (known.undrawn) place.textContent += `; ${known.undrawn} more without a picture, below the sheet`;
    if (!kept) place.textContent += ", marks not kept";
    back.disabled = at <= 0;
    on.disabled = at < 0 || at === list.length - 1;
    accept.setAttribute("aria-pressed", String(made === "accept"));
    query.setAttribute("aria-pressed", String(made === "query"));
    sheet.setAttribute("aria-pressed", String(!isSingle()));
    // The next two are fetched before they are asked for.
    for (const n of list.slice(at + 1, at + 3)) new Image().src = figures[n].querySelector("img").src;
    setOptions();
  };
  const setSingle = (single) => {
    document.body.classList.toggle("single", single);
    show();
    if (!single) figures[current]?.scrollIntoView({ block: "center" });
  };
  const step = (by) => {
    const list = listed();
    const next = list[list.indexOf(current) + by];
    if (next !== undefined) current = next;
    show();
  };
  const mark = (word) => {
    if (current < 0) return;
    const list = listed(), next = list[list.indexOf(current) + 1];
    const uid = known.studies[current].study_uid;
    if (word) marks.set(uid, word); else marks.delete(uid);
    keep();
    if (word && next !== undefined) current = next;
    show();
  };

  const saveMarks = () => {
    const rows = known.studies.map((s) => [s.study_uid, s.reason, marks.get(s.study_uid) ?? ""]);
    const cell = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    const lines = [["study_uid", "reason", "mark"], ...rows].map((row) => row.map(cell).join(","));
    const link = make("a", "");
    link.href = URL.createObjectURL(new Blob([`${lines.join("\n")}\n`], { type: "text/csv" }));
    link.download = "marks.csv";
    link.click();
    URL.revokeObjectURL(link.href);
  };

  const keys = {
    ArrowLeft: () => step(-1), ArrowRight: () => step(1),
    Home: () => { current = listed()[0] ?? -1; show(); },
    End: () => { current = listed().at(-1) ?? -1; show(); },
    a: () => mark("accept"), q: () => mark("query"), u: () => mark(""), s: () => setSingle(!isSingle()),
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target === filter) return;
    const act = keys[event.key];
    if (act) { event.preventDefault(); act(); }
  });
  filter.addEventListener("change", () => { show(); filter.blur(); });
  figures.forEach((figure, n) => figure.querySelector("a").addEventListener("click", (event) => {
    if (isSingle() || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    current = n;
    setSingle(true);
  }));

  if (figures.length) {
    document.querySelector("main").prepend(bar);
    document.body.classList.add("scripted");
    load();
    setOptions();
    setSingle(true);
  }
}
