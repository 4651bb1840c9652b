// Questions that must be answered before anything else.

import { h } from "./dom.js";

/** Shows a form in a dialog. `act` is given what was filled in; when it fails, the dialog stays
 * and says why. Resolves when it is closed: true if it was done. */
export function form({ title, fields, confirm, danger, mustAnswer }, act) {
  return new Promise((resolve) => {
    let done = false;
    const wrong = h("p", { role: "alert", class: "note", "data-mood": "bad", hidden: true });
    const yes = h("button", { type: "submit", class: danger ? "danger" : "strong" }, confirm);
    const close = () => dialog.close();
    const sheet = h("form", { method: "dialog", onsubmit: send }, h("h2", { id: "dialog-title" }, title),
      fields, wrong, h("div", { class: "tools" },
        !mustAnswer && h("button", { type: "button", onclick: close }, "Cancel"), yes));
    const dialog = h("dialog", { "aria-labelledby": "dialog-title", onclose: end,
      oncancel: (event) => { if (mustAnswer) event.preventDefault(); } }, sheet);

    async function send(event) {
      event.preventDefault();
      yes.disabled = true;
      try {
        await act(Object.fromEntries(new FormData(sheet)));
        done = true;
        close();
      } catch (problem) {
        wrong.hidden = false;
        wrong.textContent = problem.message;
        yes.disabled = false;
      }
    }
    function end() {
      dialog.remove();
      resolve(done);
    }
    document.body.append(dialog);
    dialog.showModal();
  });
}
