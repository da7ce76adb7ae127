// What the pages about audits gain by a script: dropping a file, seeing it go, following the judging.
// Without it the same forms and links do all of it.
"use strict";

(() => {
  // --- a file is handed in -----------------------------------------------------------------------

  const size = (bytes) =>
    bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

  const handIn = (form) => {
    const file = form.querySelector("input[type=file]");
    const button = form.querySelector("button");
    const sending = form.querySelector(".sending");
    const bar = sending.querySelector("progress");
    const words = sending.querySelector("span");
    const wrong = form.querySelector(".wrong");
    const say = form.dataset;

    const refuse = (text) => {
      wrong.textContent = text;
      wrong.hidden = !text;
      return Boolean(text);
    };
    const tooLarge = () =>
      refuse(file.files[0] && file.files[0].size > Number(say.most) ? say.large : "");
    file.addEventListener("change", tooLarge);

    form.classList.add("droppable");
    for (const kind of ["dragenter", "dragover"]) {
      form.addEventListener(kind, (event) => {
        if (![...event.dataTransfer.types].includes("Files")) return;
        event.preventDefault();
        form.classList.add("over");
      });
    }
    form.addEventListener("dragleave", (event) => {
      if (!form.contains(event.relatedTarget)) form.classList.remove("over");
    });
    form.addEventListener("drop", (event) => {
      event.preventDefault();
      form.classList.remove("over");
      if (!event.dataTransfer.files.length) return;
      const one = new DataTransfer();
      one.items.add(event.dataTransfer.files[0]);
      file.files = one.files;
      if (!tooLarge()) button.focus();
    });

    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (tooLarge()) return;
      const asking = new XMLHttpRequest();
      asking.open("POST", form.action);
      asking.responseType = "document";
      sending.hidden = false;
      button.disabled = true;
      const tell = (part, whole) => {
        const percent = whole ? Math.floor((100 * part) / whole) : 0;
        bar.value = percent;
        words.textContent =
          part < whole
            ? `${say.sending.replace("{percent}", percent)} (${size(part)} / ${size(whole)})`
            : say.sent;
      };
      asking.upload.addEventListener("progress", (one) => tell(one.loaded, one.total));
      const lost = () => {
        sending.hidden = true;
        button.disabled = false;
        refuse(say.lost);
      };
      asking.addEventListener("error", lost);
      asking.addEventListener("load", () => {
        // it was taken: the answer is the page of the audit; else the form's page with the reason
        const main = asking.response && asking.response.querySelector("main");
        if (asking.status < 400) location.assign(asking.responseURL);
        else if (main) {
          document.querySelector("main").replaceWith(main);
          begin();
          main.focus();
        } else lost();
      });
      asking.send(new FormData(form));
    });
  };

  // --- rows are judged -----------------------------------------------------------------------------

  const follow = (part) => {
    const told = part.querySelector("#told");
    const source = new EventSource(part.dataset.live);
    let drawing = false;
    let again = false;
    let quarter = 0;

    const draw = async () => {
      if (drawing) {
        again = true;
        return;
      }
      drawing = true;
      try {
        const answer = await fetch(location.href, { credentials: "same-origin" });
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.getElementById("live");
        if (fresh) document.getElementById("live").replaceWith(fresh);
      } catch {
        // the next event draws it
      }
      setTimeout(() => {
        drawing = false;
        if (again) {
          again = false;
          draw();
        }
      }, 1000);
    };

    source.addEventListener("progress", (event) => {
      const now = JSON.parse(event.data);
      if (["done", "refused", "mapping"].includes(now.state)) {
        source.close();
        location.reload();
        return;
      }
      // heard at each quarter only: who listens to a page wants no ticking
      const reached = now.rows ? Math.floor((4 * now.judged) / now.rows) : 0;
      if (reached > quarter) {
        quarter = reached;
        told.textContent = part.dataset.told.replace("{percent}", 25 * reached);
      }
      draw();
    });
    addEventListener("pagehide", () => source.close());
  };

  const begin = () => {
    document.querySelectorAll("form[data-drop]").forEach(handIn);
    document.querySelectorAll("[data-live]").forEach(follow);
  };
  begin();
})();
