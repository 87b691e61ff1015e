/** The bare server that every contestant talks to, in a process of its own. Prints its port. */
import { createServer } from "node:http";
import { wireOrder } from "./orders.mjs";

const body = (value) => Buffer.from(JSON.stringify(value));
const order = body(wireOrder(1));
const list = body({ orders: Array.from({ length: 100 }, (_, index) => wireOrder(index)), cursor: "next" });
const token = body({ access_token: "a-token", token_type: "Bearer", expires_in: 3600 });

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  request.resume().on("end", () => {
    const body =
      request.url === "/oauth2/token" ? token : request.url.startsWith("/v1/orders?") ? list : order;
    const status = request.method === "POST" && body === order ? 201 : 200;
    response.writeHead(status, { "content-type": "application/json", "content-length": body.length });
    response.end(body);
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
