// Dash asks for its own full plotly bundle; this page's lighter one stands in the data attribute of this script.
(() => {
  const url = document.currentScript.dataset.url;
  Object.defineProperty(window, "_dashPlotlyJSURL", { get: () => url, set() {} });
})();
