choose("Filter by category", "=normal"); told.normal = listed();
choose("Filter by category", ""); choose("Filter by reason", "=metal"); told.metal = listed().length;
choose("Filter by reason", ""); choose("Filter by flags", "=kvp not 120"); told.flag = listed();
choose("Filter by flags", "");
press("/"); told.focus = document.activeElement.type; type("slices 1.3"); told.text = listed();
told.tally = one(".tally").textContent; type("nothing at all"); press("Escape", "a"); told.none = one(".tally").textContent;
one("input[type=search]").value = ""; one("input[type=search]").dispatchEvent(new Event("input"));
const head = all(".listing thead button")[3];
head.click(); told.up = listed(); head.click(); told.down = listed();
told.sort = head.closest("th").getAttribute("aria-sort");
const input = one("input[type=file]");
let giving = "";
// Reading a file takes another thread, and no time that a test could wait for.
File.prototype.text = async () => giving;
const load = async (text) => {
  giving = text;
  const given = new DataTransfer();
  given.items.add(new File([text], "review.csv"));
  input.files = given.files;
  input.dispatchEvent(new Event("change"));
  await new Promise((done) => setTimeout(done, 0));
  return one(".status").textContent;
};
const head_line = "study_uid,verdict,relabel,note,reviewer,reviewed_on\r\n";
told.bad = [
  await load("study_uid,verdict\n"), await load(head_line + "1.2,maybe,,,,\n"), await load(head_line + "1.2,relabel,L9=L1,,,2026-01-02\n"),
  await load(head_line + '1.2,accept,,"open,,\n'), await load(head_line + "1.2,accept,,,,2026-01-02\n1.2,reject,,,,2026-01-02\n"), await load(head_line + "1.2,accept,L1=L2,,,2026-01-02\n"), await load(head_line + "1.2,accept,,,,yesterday\n"),
  await load(head_line + "1.2,relabel,T12=T10 T12=T9,,,2026-01-02\n"), await load(head_line + "1.2,relabel,T12=T9=X,,,2026-01-02\n"),
];
told.nothing = one(".unsaved").textContent;
told.good = await load("\ufeff" + head_line + '1.2,relabel,L1=none,"two\r\nlines",CD,2026-01-02\r\n9.9,accept,,,,2026-01-02\r\n');
told.loaded = one(".unsaved").textContent;
press("s"); told.again = written[0].split("\n").slice(1).join("|");
press("u"); told.undone = one(".unsaved").textContent;
press("S"); told.withdrawn = written[1];
told.excel = await load("\ufeff" + head_line.replaceAll(",", ";").replace("\r\n", ";more\r\n") + "1.2;accept;;;;2026-01-02;x\r\n"); press("u");
const style = getComputedStyle(document.body);
told.dark = [matchMedia("(prefers-color-scheme: dark)").matches, style.backgroundColor, style.color];
