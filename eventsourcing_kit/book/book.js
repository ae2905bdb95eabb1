// What the pages of the book do: show the widgets, explain the words.

const book = { views: {}, states: {} }; // by name; the files beside this one fill them in

async function showWidget(figure) {
  const { view, state } = figure.dataset;
  const place = document.createElement("div");
  const parts = { ...book.views[view], state: book.states[state] };
  figure.append(place);
  try {
    await bare.mount(place, parts);
    figure.querySelector("img")?.remove(); // the picture for those without JavaScript
  } catch (problem) {
    place.remove(); // the picture stays
    throw problem;
  }
}

// --- words -----------------------------------------------------------------------------------------

// One note for all words, beside the one that the pointer or the focus is on. Escape closes it.
function explainWords() {
  const note = document.createElement("div");
  Object.assign(note, { id: "term", role: "tooltip", hidden: true });
  document.body.append(note);
  let closing = 0;

  const open = (word) => {
    clearTimeout(closing);
    note.textContent = word.dataset.means;
    note.hidden = false;
    const at = word.getBoundingClientRect();
    const right = document.documentElement.clientWidth - note.offsetWidth - 8;
    const below = at.bottom + note.offsetHeight + 8 < innerHeight;
    note.style.left = `${scrollX + Math.max(8, Math.min(at.left, right))}px`;
    note.style.top = `${scrollY + (below ? at.bottom + 6 : at.top - note.offsetHeight - 6)}px`;
  };
  const close = () => { note.hidden = true; };
  const closeSoon = () => { closing = setTimeout(close, 200); }; // time to reach the note itself

  for (const word of document.querySelectorAll("dfn[data-means]")) {
    word.addEventListener("pointerenter", () => open(word));
    word.addEventListener("focus", () => open(word));
    word.addEventListener("pointerleave", closeSoon);
    word.addEventListener("blur", close);
  }
  note.addEventListener("pointerenter", () => clearTimeout(closing));
  note.addEventListener("pointerleave", closeSoon);
  document.addEventListener("keydown", ({ key }) => { if (key === "Escape") close(); });
}

document.addEventListener("DOMContentLoaded", () => {
  explainWords();
  document.querySelectorAll("figure.live").forEach(showWidget);
});
