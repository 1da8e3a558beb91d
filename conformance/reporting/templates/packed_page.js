"use strict";
(async () => {
  const container = document.getElementById("data-container");
  const bytes = Uint8Array.from(atob(container.dataset.packed), (char) => char.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  container.dataset.jsonblob = await new Response(stream).text();
  const script = document.createElement("script");
  script.textContent = document.getElementById("page-script").textContent;
  document.body.append(script);
})();
