import express from "express";

/** What Express itself costs: it reads the JSON body and answers it. Prints one JSON line when it listens. */
const app = express();
app.disable("x-powered-by");
app.disable("etag");
app.post("/v1/attestations", express.json(), (request, response) => {
  response.json(request.body);
});
app.get("/cpu", (_request, response) => {
  response.json(process.cpuUsage());
});
const server = app.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${JSON.stringify({ msg: "started", ...Object(server.address()) })}\n`);
});
process.once("SIGTERM", () => {
  server.closeAllConnections();
  server.close();
});
