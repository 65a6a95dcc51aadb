// A browser goes back in a task of its own.
const settled = () => new Promise((done) => setTimeout(done, 50));
const shown = () => (one(".study").hidden ? "list" : one("#study-title").textContent);
const began = history.length;
for (const _ of [1, 2, 3]) { press("Enter", "j", "j"); await settled(); press("Escape"); await settled(); press("k"); }
told.steps = history.length - began;
press("Enter", "Escape", "Enter"); await settled(); told.quick = shown();
history.back(); await settled(); told.back = [shown(), document.activeElement.closest("tr").cells[0].textContent];
press("/"); type("1.3"); press("Escape");
history.forward(); await settled(); told.forward = [shown(), listed().length];
press("Escape"); await settled(); told.closed = [shown(), history.state];
