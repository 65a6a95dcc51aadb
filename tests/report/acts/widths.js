// A frame has a width of its own, and the styles that go with it.
const frame = document.createElement("iframe");
const loaded = new Promise((done) => frame.addEventListener("load", done));
frame.style.height = "900px";
frame.srcdoc = source;
document.body.append(frame);
await loaded;
told.beyond = [1400, 1200, 1121, 1120, 900, 400].map((width) => {
  frame.style.width = `${width}px`;
  const root = frame.contentDocument.documentElement;
  return root.scrollWidth - root.clientWidth;
});
told.rows = frame.contentDocument.querySelectorAll(".listing tbody tr").length;
