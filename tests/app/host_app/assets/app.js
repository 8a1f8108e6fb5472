// A client and a record of everything that it hears, for tests to look at.
window.heard = [];
window.client = ZAFClient.init((context) => {
  window.registered = context;
  document.getElementById("state").textContent = "registered";
});
window.hear = (name) => window.client.on(name, (message) => window.heard.push([name, message ?? null]));
for (const name of ["app.activated", "app.deactivated", "app.willDestroy"]) window.hear(name);
/** Makes a rejection a value: tests see what an app would. */
window.caught = (promise) => promise.then((value) => ({ value }), (error) => ({
  error: { name: error?.name, message: error?.message, isError: error instanceof Error, status: error?.status,
    statusText: error?.statusText, responseText: error?.responseText, responseJSON: error?.responseJSON } }));
