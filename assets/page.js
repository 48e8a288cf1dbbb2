// What the pages of figures share: their components, their words, the address bar, and what is filtered by.
(() => {
  const NARROW = ["region", "category", "channel", "source"];
  const MONTHS = ["from", "to"];
  const page = () => document.querySelector(".sg-page:is([data-sg-page], [data-sg-board])");
  const id = (part) => `${page().dataset.sgPage || page().dataset.sgBoard}-${part}`;
  const control = (part) => document.getElementById(id(part));
  const slot = (name) => page()?.querySelector(`[data-sg="${name}"]`);
  const set = (part, props) => window.dash_clientside.set_props(id(part), props);

  function write(name, words) {
    const place = slot(name);
    if (!place) return;
    place.textContent = words || "";
    place.hidden = !words;
  }

  // ---- the address bar: each choice is a step that the browser's back button takes back
  let drawnOn = null;
  let drawn = {};
  function remember(query) {
    const address = window.location.pathname + (query ? `?${query}` : "");
    const same = address === window.location.pathname + window.location.search;
    if (!same && drawnOn === page()) window.history.pushState(null, "", address);
    else if (!same) window.history.replaceState(window.history.state, "", address);
    drawnOn = page();
    drawn = Object.fromEntries([...MONTHS, ...NARROW].map((name) => [name, control(name)?.value]));
    // Printed beside the months: paper has no filters.
    slot("window").dataset.sgNarrowed = NARROW.map((name) => drawn[name]).filter((value) => value && value !== "*").map((value) => ` · ${value}`).join("");
  }
  window.addEventListener("popstate", () => {
    if (page()) window.location.reload();
  });

  // What is filtered by: as the address says, but for what was chosen since and is not answered yet.
  function filters() {
    const now = new URLSearchParams(window.location.search);
    const late = (name) => drawnOn === page() && drawn[name] && control(name).value !== drawn[name];
    const pairs = [MONTHS, ...NARROW.map((name) => [name])].flatMap((names) =>
      names.map((name) => [name, names.some(late) ? control(name).value : now.get(name)]),
    );
    return pairs.filter(([, value]) => value && value !== "*");
  }

  // It goes along to the other pages of figures.
  document.addEventListener(
    "click",
    (event) => {
      const link = event.target.closest(".sg-nav a");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !/^\/(overview|revenue|units|changes|classes|stock|product|data)$/.test(link.pathname)) return;
      const kept = page() ? filters() : [];
      if (!kept.length) return;
      event.preventDefault();
      event.stopPropagation();
      window.location.assign(`${link.pathname}?${new URLSearchParams(kept)}`);
    },
    true,
  );

  // Components may not be in the page yet when Dash calls: then `work` waits for them.
  const whenThere = (kind, work) => (view) =>
    page()?.dataset[kind] ? work(view) : new Promise((done) => { requestAnimationFrame(() => done(whenThere(kind, work)(view))); });

  window.salesgatePage = { NARROW, page, id, control, slot, set, write, remember, filters, whenThere };
})();
