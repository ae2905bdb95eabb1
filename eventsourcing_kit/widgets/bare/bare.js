// Widgets without Jupyter: the model that a view asks for, and a view imported from its own text.
// A classic script, since a page that was opened as a file may import no module of another file.
"use strict";

const bare = (() => {
  // What Python packs as bytes arrives as a DataView, as anywidget hands it over.
  const isBytes = (value) => typeof value?.base64 === "string" && Object.keys(value).length === 1;
  const bytes = ({ base64 }) =>
    new DataView(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer);
  const unpacked = (state) => Object.fromEntries(Object.entries(state)
    .map(([name, value]) => [name, isBytes(value) ? bytes(value) : value]));

  // What is packed comes as an object of its own each time it is sent.
  const differs = (one, other) => one instanceof DataView
    ? one !== other : JSON.stringify(one) !== JSON.stringify(other);

  // The model of a view. `tell(message)` carries what it saves and sends to Python; where there is
  // none, what it saves stays on the page and a question is an error, as without a kernel.
  function createModel(state, tell) {
    const listeners = {};
    let unsaved = {};
    const fire = (name, ...rest) => [...listeners[name] ?? []].forEach((one) => one(...rest));
    const take = (changes) => {
      const old = { ...state };
      Object.assign(state, changes); // all of them, before anybody hears of one
      for (const [name, value] of Object.entries(changes)) {
        if (differs(value, old[name])) fire(`change:${name}`);
      }
    };
    return {
      get: (name) => state[name],
      set(name, value) {
        unsaved[name] = value;
        take({ [name]: value });
      },
      on: (name, listener) => (listeners[name] ??= new Set()).add(listener),
      off: (name, listener) => listeners[name]?.delete(listener),
      save_changes() {
        const saved = unsaved;
        unsaved = {};
        tell?.({ method: "update", state: saved });
      },
      send(content) {
        if (!tell) throw new Error("There is no Python here to ask.");
        tell({ method: "custom", content });
      },
      hear({ method, state: changes, content, buffers = [] }) { // from Python
        if (method === "update") take(unpacked(changes));
        if (method === "custom") fire("msg:custom", content, buffers.map(bytes));
      },
    };
  }

  // Shows a widget in `element`: the text of its module, its style and its state. Resolves to its
  // model, and to `leave`, which takes the widget away.
  async function mount(element, { esm, css, state }, tell) {
    const { default: view } = await import(`data:text/javascript,${encodeURIComponent(esm)}`);
    const style = document.createElement("style");
    style.textContent = css;
    document.head.append(style);
    const left = new AbortController();
    const model = createModel(unpacked(state), tell);
    const cleanUp = await view.render({ model, el: element, signal: left.signal });
    const leave = () => {
      left.abort();
      cleanUp?.();
      style.remove();
      element.replaceChildren();
    };
    return { model, leave };
  }

  return { mount };
})();
