/** The bare server that every contestant talks to, in a process of its own. Prints its port. */
import { createServer } from "node:http";
import { wireOrder } from "./orders.mjs";

const body = (value) => Buffer.from(JSON.stringify(value));
const order = body(wireOrder(1));
const orders = Array.from({ length: 100 }, (_, index) => wireOrder(index));
const list = body({ orders, cursor: "next" });
const lastPage = body({ orders });
const token = body({ access_token: "a-token", token_type: "Bearer", expires_in: 3600 });

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const chunks = [];
  request
    .on("data", (chunk) => chunks.push(chunk))
    .on("end", () => {
      const isOrder = request.method === "POST" && request.url === "/v1/orders";
      const body = isOrder ? orderOf(Buffer.concat(chunks)) : bodyOf(request.url);
      const headers = { "content-type": "application/json", "content-length": body.length };
      response.writeHead(isOrder ? 201 : 200, headers).end(body);
    });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));

function bodyOf(url) {
  if (url === "/oauth2/token") return token;
  if (!url.startsWith("/v1/orders?")) return order;
  return url.includes("cursor=") ? lastPage : list;
}

let stores = 0;

/** The order that a request asks for. It says whose it is, as the API does, and has an identifier of its own. */
function orderOf(bytes) {
  const { sourceId } = JSON.parse(bytes.toString()).customer;
  const stored = wireOrder(++stores);
  return body({ ...stored, customer: { ...stored.customer, sourceId } });
}
