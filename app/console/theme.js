// Before the first paint, so that a chosen theme does not flash; without a choice the system's is taken.
try {
  const theme = localStorage.getItem("plivo-connector.theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden: then the system's theme it is.
}
