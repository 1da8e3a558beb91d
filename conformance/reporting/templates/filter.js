"use strict";
const form = document.getElementById("filters");
const items = [...document.querySelectorAll("ul.scenarios > li")];
let words = null;
function filter() {
  const text = document.getElementById("filter-text").value.trim().toLowerCase();
  const shown = new Set([...form.querySelectorAll("input[name=verdict]:checked")].map((box) => box.value));
  words = words || items.map((item) => item.textContent.toLowerCase());
  const fresh = document.getElementById("filter-new");
  let count = 0;
  items.forEach((item, index) => {
    item.hidden = !(shown.has(item.dataset.verdict) && words[index].includes(text)) || (fresh && fresh.checked && !("new" in item.dataset));
    count += item.hidden ? 0 : 1;
  });
  document.getElementById("filter-count").textContent = count + " of " + items.length + " scenarios shown";
}
function open() {
  const target = location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
  for (let at = target; at; at = at.parentElement) {
    if (at.tagName === "DETAILS") at.open = true;
    if (at.tagName === "LI") at.hidden = false;
  }
  if (target) target.scrollIntoView();
}
form.hidden = false;
form.addEventListener("input", filter);
form.addEventListener("submit", (event) => event.preventDefault());
addEventListener("hashchange", open);
open();
