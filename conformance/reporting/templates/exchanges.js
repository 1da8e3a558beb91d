"use strict";
const isPacked = document.getElementById("packed-exchanges");
let unpacked = null;

async function linesOf(id) {
  const bytes = Uint8Array.from(atob(document.getElementById(id).textContent), (char) => char.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const text = await new Response(stream).text();
  return text.split("\n").filter((line) => line).map((line) => JSON.parse(line));
}

async function unpack() {
  const bodies = ["", ...(await linesOf("packed-bodies"))];
  const exchanges = new Map();
  for (const [number, requestHead, request, responseHead, response] of await linesOf("packed-exchanges")) {
    exchanges.set(number, [["Request", requestHead, bodies[request]], ["Response", responseHead, bodies[response]]]);
  }
  return exchanges;
}

function inLines(text) {
  if (text.slice(0, 200).includes("\n")) return text;
  const first = text.trimStart()[0];
  if (first === "<") return text.replace(/></g, ">\n<");
  if (first !== "{" && first !== "[") return text;
  let depth = 0;
  let before = "";
  let shown = "";
  const line = () => "\n" + "  ".repeat(Math.max(0, Math.min(depth, 30)));
  for (const piece of text.match(/"(?:[^"\\]|\\.)*"?|[{}[\],:]|[^\s{}[\],:"]+/gs) || []) {
    if (piece === "}" || piece === "]") {
      depth -= 1;
      shown += (before === "{" || before === "[" ? "" : line()) + piece;
    } else if (before === "{" || before === "[" || before === ",") {
      shown += line() + piece;
    } else {
      shown += piece === ":" ? ": " : piece;
    }
    if (piece === "{" || piece === "[") depth += 1;
    before = piece;
  }
  return shown;
}

function add(parent, name, className, text) {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;
  parent.append(element);
}

async function fill(details) {
  if (!details.matches(".packed") || !isPacked) return;
  details.classList.remove("packed");
  unpacked = unpacked || unpack();
  for (const [part, head, body] of (await unpacked).get(Number(details.id.split("-")[1])) || []) {
    add(details, "p", "part", part);
    add(details, "pre", "", head);
    if (body) add(details, "pre", "", inLines(body));
  }
}

async function show() {
  const target = document.getElementById(location.hash.slice(1));
  const details = target && target.closest("details");
  if (!details) return;
  details.open = true;
  await fill(details);
  details.scrollIntoView();
}

for (const details of document.querySelectorAll("details.packed")) {
  details.addEventListener("toggle", () => fill(details));
}
const all = document.getElementById("all");
all.hidden = false;
all.addEventListener("click", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
addEventListener("hashchange", show);
show();
