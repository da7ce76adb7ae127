// A sign-in link carries its secret behind the #, which no server is told. Here it goes into the
// form, and out of the address; the button still has to be pressed. Without this the link is pasted.
"use strict";

(() => {
  const take = () => {
    const field = document.getElementById("link");
    const found = /labdir_[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/.exec(location.hash);
    if (!field || !found) return;
    field.value = found[0];
    history.replaceState(null, "", location.pathname + location.search);
    field.form.querySelector("button").focus();
  };
  window.addEventListener("hashchange", take);
  take();
})();
