// A relay on Node's library ws: what comes on one side goes out on the other.
"use strict";
const fs = require("fs");
const http = require("http");
const https = require("https");
const { WebSocket, WebSocketServer } = require("ws");

const given = {};
for (let i = 2; i < process.argv.length; i += 2) given[process.argv[i].slice(2)] = process.argv[i + 1];

const ca = fs.readFileSync(given.ca);
const server = given.cert
  ? https.createServer({ cert: fs.readFileSync(given.cert), key: fs.readFileSync(given.key) })
  : http.createServer();
const chargers = new WebSocketServer({ noServer: true, perMessageDeflate: false });

server.on("upgrade", (request, socket, head) => {
  const central = new WebSocket(given.upstream + request.url, ["ocpp1.6"], {
    ca,
    perMessageDeflate: false,
    headers: { Authorization: given.auth },
  });
  central.on("error", () => socket.destroy());
  central.on("open", () =>
    chargers.handleUpgrade(request, socket, head, (charger) => {
      charger.on("message", (data, binary) => central.send(data, { binary }));
      central.on("message", (data, binary) => charger.send(data, { binary }));
      charger.on("close", () => central.close());
      central.on("close", () => charger.close());
      charger.on("error", () => central.terminate());
    }),
  );
});
server.listen({ port: Number(given.port), host: "127.0.0.1", backlog: 4096 });
