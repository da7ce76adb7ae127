// News above the list of changes: what is published while the page stands open is counted, and
// shown when the person asks. Without a script the page is read again as any other.
"use strict";

(() => {
  const MOST = 500; // a whole new list may be published: nobody counts that
  const AGAIN_MS = 30000; // after a refusal (too many streams); a lost line comes back by itself

  const part = document.querySelector("[data-stream]");
  if (!part || !window.EventSource) return;
  const told = part.querySelector("[role=status]");
  const address = new URL(part.dataset.stream, location.href);
  const title = document.title;
  let count = 0;
  let source = null;
  let timer = 0;

  const say = () => {
    const { one, many, most } = part.dataset;
    const words = count >= MOST ? most : count === 1 ? one : many;
    told.textContent = words.replace("{n}", count);
    document.title = `(${count >= MOST ? `${MOST}+` : count}) ${title}`;
    part.classList.add("on");
    part.querySelector("a").hidden = false;
  };

  const hang = () => {
    clearTimeout(timer);
    if (source) source.close();
    source = null;
  };

  const listen = () => {
    if (source || count >= MOST) return;
    source = new EventSource(address);
    source.addEventListener("change", (event) => {
      // where to go on from, should the line be taken up anew
      address.searchParams.set("cursor", event.lastEventId);
      count += 1;
      if (count >= MOST) hang();
      clearTimeout(timer);
      timer = setTimeout(say, 200); // a publish tells many at once: one sentence for all
    });
    source.addEventListener("error", () => {
      if (!source || source.readyState !== EventSource.CLOSED) return;
      hang();
      timer = setTimeout(listen, AGAIN_MS);
    });
  };

  // a browser has few lines to one host: a page that nobody looks at gives its own back
  const look = () => {
    if (!document.hidden) return listen();
    hang();
    if (count) say();
  };
  document.addEventListener("visibilitychange", look);
  addEventListener("pagehide", hang);
  addEventListener("pageshow", look);
  look();
})();
