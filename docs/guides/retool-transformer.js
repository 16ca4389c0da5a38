if (data.callback !== "success") {
  throw new Error(data.contextWrites.to.status_msg);
}
return data.contextWrites.to.results.map(({ ref, callback, result }) => ({
  id: ref,
  sent: callback === "success",
  reason: callback === "success" ? "" : result.hint ?? result.status_msg,
}));
