// The shell around the pages: theme switch, sign-out, saved views, and the theme as a store that charts follow.
(() => {
  document.addEventListener("click", (event) => {
    if (event.target.closest("#theme-switch")) window.salesgateTheme.toggle();
  });
  document.addEventListener("salesgate:theme", (event) => {
    if (document.getElementById("theme-switch")) window.dash_clientside.set_props("theme", { data: event.detail });
  });

  // The script of the saved views comes when they are asked for.
  document.addEventListener("toggle", ({ target }) => {
    const { sgScript } = target.dataset;
    if (!sgScript || !target.open) return;
    delete target.dataset.sgScript;
    document.head.append(Object.assign(document.createElement("script"), { src: sgScript }));
  }, true);

  // On a phone the menu is one line that scrolls: what is open shall be seen.
  const show = () => document.querySelector(".sg-nav .active")?.scrollIntoView({ block: "nearest", inline: "center" });
  const wait = (tries) => (document.querySelector(".sg-nav .active") || !tries ? show() : setTimeout(() => wait(tries - 1), 100));
  wait(50);

  // On paper charts are as wide as the page, in the light colours, whatever the theme.
  const PAPER = 660;
  const drawn = () => document.querySelectorAll(".js-plotly-plot");
  const palette = () => {
    const style = getComputedStyle(document.documentElement);
    return ["series", "worst", "quiet", "mark", "good", "bad", "surface", "text", "grid"].map((name) => style.getPropertyValue(`--sg-${name}`).trim());
  };
  const kept = new Map();
  window.addEventListener("beforeprint", () => {
    const root = document.documentElement.dataset;
    const from = palette();
    root.bsTheme = "light";
    const to = palette();
    const paint = (part) => JSON.parse(from.reduce((text, colour, i) => text.replaceAll(`"${colour}"`, `"${to[i]}"`), JSON.stringify(part)));
    drawn().forEach((plot) => {
      kept.set(plot, [plot.data, plot.layout]);
      window.Plotly.react(plot, paint(plot.data), { ...paint(plot.layout), width: PAPER, autosize: false });
    });
  });
  window.addEventListener("afterprint", () => {
    document.documentElement.dataset.bsTheme = window.salesgateTheme.current();
    kept.forEach((was, plot) => window.Plotly.react(plot, ...was));
    kept.clear();
  });
})();
