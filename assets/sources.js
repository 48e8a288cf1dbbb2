// Fills the Sources page, and follows a refresh while one goes on. Asking how it stands is no use of the session.
(() => {
  const { make } = window.salesgateTables;
  const { card } = window.salesgateParts;
  const { slot, button, notice, plain, question, callbacks } = window.salesgateAdmin;
  const TICK = 1000;
  const PATIENCE = 180_000; // until a refresh that was begun shows itself: it runs at low priority
  const tabs = window.BroadcastChannel && new BroadcastChannel("salesgate-sources");
  const act = (wish) => window.dash_clientside.set_props("sources-act", { data: { do: wish, at: Date.now() } });
  let now = null; // what is shown
  let expected = 0; // until when a refresh is expected to begin
  let told = null; // the end that was told last
  let timer = null;
  let acts = null;

  function say(words, kind = "success") {
    slot("sources.said").replaceChildren(...(words ? [notice(words, kind)] : []));
  }

  // ---- what to do: the buttons stay where they are, so that the keyboard keeps its place
  function make_acts() {
    const one = (words, look, wish, ask) => {
      const element = button(words, look, () => {
        if (element.getAttribute("aria-disabled") === "true") return;
        if (ask) question(ask, () => act(wish));
        else act(wish);
      });
      return element;
    };
    const again = {
      title: "Read everything again?",
      words: ["Every month of every source is added up in its database once more, which may take it a while. The pages show the figures read before until it is done."],
      yes: "Read everything again",
    };
    acts = {
      begin: [one("Refresh now", "btn btn-sm btn-primary", "incremental"), one("Read everything again…", plain, "full", again), one("Verify", plain, "verify")],
      cancel: one("Cancel", "btn btn-sm btn-outline-danger", "cancel"),
    };
    acts.begin[2].title = "Add some closed months up again in the databases and compare";
    slot("sources.acts").replaceChildren(...acts.begin, acts.cancel);
  }

  function enable(running) {
    const busy = Boolean(running) || Date.now() < expected;
    const had = acts.cancel === document.activeElement;
    acts.begin.forEach((element) => element.setAttribute("aria-disabled", String(busy)));
    acts.cancel.hidden = !running;
    if (had && !running) acts.begin[0].focus();
  }

  // ---- the refresh under way
  function progress(running) {
    const place = slot("sources.run");
    place.hidden = !running;
    if (!running) return place.replaceChildren();
    if (!place.firstChild) {
      const bar = make("div", { className: "progress" }, make("div", { className: "progress-bar" }));
      bar.setAttribute("role", "progressbar");
      bar.setAttribute("aria-label", "How far the refresh is");
      bar.setAttribute("aria-valuemin", "0");
      bar.setAttribute("aria-valuemax", "100");
      // What changes every second is not read out; each new step is.
      const step = make("span", { className: "sg-run-step" });
      step.setAttribute("role", "status");
      place.append(
        make("div", { className: "sg-chart-head" }, make("h2", { className: "h6 mb-0" }), make("span", { className: "sg-hint sg-run-since" })),
        bar,
        make("p", { className: "sg-run-words" }, step, make("span", { className: "sg-run-rows" })),
      );
    }
    const write = (selector, words) => {
      const element = place.querySelector(selector);
      if (element.textContent !== words) element.textContent = words;
    };
    write("h2", running.title);
    write(".sg-run-since", running.since);
    write(".sg-run-step", running.step);
    write(".sg-run-rows", [running.rows, `${running.share} %`].filter(Boolean).join(" · "));
    place.querySelector(".progress").setAttribute("aria-valuenow", running.share);
    place.querySelector(".progress-bar").style.width = `${running.share}%`;
  }

  // ---- a row a source; on a phone each is a card of its own
  const pill = (words, tone) => make("span", { className: `sg-state sg-tone-${tone}`, textContent: words });
  const small = (words, name = "sg-small") => (words ? [make("span", { className: name, textContent: words })] : []);
  const COLUMNS = ["Source", "State", "Data as of", "Lines", "Groups", "Read-only"];

  function cells(row) {
    return [
      [make("strong", { textContent: row.label }), ...small(row.database), ...small(row.address)],
      [pill(row.state, row.tone), ...row.said.flatMap(([words, todo]) => [...small(words, "sg-said"), ...small(todo)])],
      [row.as_of],
      [row.lines],
      [row.groups],
      [pill(row.read_only, row.read_only_tone), ...row.evidence.flatMap((words) => small(words))],
    ];
  }

  function table(rows) {
    const part = (role, tag, properties, ...children) => {
      const element = make(tag, properties, ...children);
      element.setAttribute("role", role); // a table stays one where its rows are drawn as cards
      return element;
    };
    const kind = (index) => (index === 3 || index === 4 ? "sg-cell-number" : index === 2 ? "sg-cell-moment" : "");
    const head = COLUMNS.map((label, index) => part("columnheader", "th", { scope: "col", className: kind(index), textContent: label }));
    const body = rows.map((row) =>
      part("row", "tr", {}, ...cells(row).map((inside, index) => {
        const cell = part("cell", "td", { className: kind(index) }, ...inside);
        cell.dataset.label = COLUMNS[index];
        return cell;
      })),
    );
    const caption = make("caption", { className: "visually-hidden", textContent: "Sources" });
    const parts = [part("rowgroup", "thead", {}, part("row", "tr", {}, ...head)), part("rowgroup", "tbody", {}, ...body)];
    return part("table", "table", { className: "table table-sm mb-0" }, caption, ...parts);
  }

  const changed = (name, next) => JSON.stringify(now?.[name]) !== JSON.stringify(next[name]);

  function show(next) {
    if (!acts) make_acts();
    if (changed("cards", next)) slot("sources.cards").replaceChildren(...next.cards.map(card));
    if (changed("rows", next)) slot("sources.table").replaceChildren(table(next.rows));
    const was = now;
    now = next;
    const end = next.last?.at || "";
    told ??= end;
    const ended = !next.running && end !== told;
    if (ended) told = end;
    if (next.running || ended) expected = 0;
    progress(next.running);
    enable(next.running);
    if (next.running && !was?.running) say("");
    if (ended) say(next.last.words, next.last.tone);
    follow();
  }

  // ---- asking again, only while something goes on
  function follow(wait = TICK) {
    clearTimeout(timer);
    if (now.running || Date.now() < expected) timer = setTimeout(ask, wait);
    else if (expected) {
      expected = 0;
      enable(null);
      say("The refresh has not begun: look at the log of the site.", "warning");
    }
  }

  async function ask() {
    clearTimeout(timer);
    const answer = await fetch("/sources/state", { cache: "no-store", headers: { Accept: "application/json" } }).catch(() => null);
    if (answer?.ok) return show(await answer.json());
    // A session that is over says so itself; a server that starts again answers soon.
    if (!answer || answer.status >= 500) follow(5 * TICK);
  }

  function done(answer) {
    if (!answer) return;
    if (answer.error) return say(answer.error, "danger");
    say(answer.do === "cancel" ? "The refresh is asked to stop …" : "Starting …", "info");
    if (answer.do !== "cancel") {
      told = answer.before; // what ended unseen since the page was loaded is not told now
      expected = Date.now() + PATIENCE;
    }
    enable(now.running);
    tabs?.postMessage(answer.do);
    ask();
  }

  const here = () => now && slot("sources.table");
  tabs?.addEventListener("message", ({ data }) => {
    if (data !== "cancel") expected = Date.now() + PATIENCE; // a page that is not drawn yet follows as soon as it is
    if (here()) ask();
  });
  document.addEventListener("visibilitychange", () => document.hidden || !here() || ask());
  callbacks({ sources: ["sources.table", show], sources_done: ["sources.said", done] });
})();
