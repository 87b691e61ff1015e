/** One way of calling the API each, as its documentation teaches it: read an order, place one, list a hundred. */
import { tracingChannel } from "node:diagnostics_channel";
import axios from "axios";
import got from "got";
import { createFulfillmentClient } from "juniper-fulfillment";
import ky from "ky";
import createClient from "openapi-fetch";
import { Agent, Pool, Request as UndiciRequest, fetch as undiciFetch } from "undici";
import {
  createClient as createHeyApiClient,
  createOrder,
  getOrderById,
  listOrders,
} from "./generated/hey-api.mjs";
import { orderRequest, wireRequest } from "./orders.mjs";

const id = "2vSGym0bH8qVEwCIGlyFoRgJq1";
const headers = { authorization: "Bearer a-token" };

/** What this client is made of, without it: measured in each run, as it is. */
export const baselines = ["raw undici", "openapi-fetch on bare dispatch"];

/** Each makes its client when it is called. With the module of another build of this client, that build alone competes. */
export function createContestants(origin, otherBuild) {
  const baseUrl = `${origin}/v1`;
  const middleware = { onRequest: () => undefined };
  const own = {
    "raw undici": () => raw(origin),
    "openapi-fetch on bare dispatch": () => bareDispatch(origin),
    "this client": () => ours(origin),
    "this client, with onCall": () => ours(origin, { onCall: () => {} }),
    "this client, with subscribers": () => subscribed(() => ours(origin)),
    "this client, with a middleware": () => ours(origin, { middleware }),
  };
  if (otherBuild !== undefined) {
    const load = async () => (await import(otherBuild)).createFulfillmentClient;
    return {
      ...own,
      "the other build": async () => ours(origin, { create: await load() }),
      "the other build, with a middleware": async () => ours(origin, { create: await load(), middleware }),
    };
  }
  return {
    ...own,
    "openapi-fetch on fetch": () => openapiFetch(createClient({ baseUrl })),
    "openapi-fetch on undici": () =>
      openapiFetch(
        createClient({ baseUrl, fetch: undiciFetch, Request: UndiciRequest, dispatcher: new Agent() }),
      ),
    "hey-api": () => heyApi(baseUrl),
    axios: () => viaAxios(baseUrl),
    got: () => viaGot(baseUrl),
    ky: () => viaKy(baseUrl),
  };
}

function raw(origin) {
  const pool = new Pool(origin, { connections: 256 });
  const request = async (path, init) => (await pool.request({ path, ...init })).body.json();
  return {
    get: () => request(`/v1/orders/${id}`, { method: "GET", headers }),
    post: () =>
      request("/v1/orders", {
        method: "POST",
        headers: { ...headers, "content-type": "application/json" },
        body: JSON.stringify(wireRequest),
      }),
    list: () => request("/v1/orders?limit=100", { method: "GET", headers }),
  };
}

/** The least that openapi-fetch on undici can take: no sign-in, retry, limit, correction, check, real Request or Response. */
function bareDispatch(origin) {
  const pool = new Pool(origin, { connections: 256 });
  class Request {
    constructor(url, { method, body }) {
      Object.assign(this, { url, method, body });
    }
  }
  const responseHeaders = { get: (name) => (name === "Content-Length" ? "unknown" : null) };
  const fetch = ({ url, method, body }) =>
    new Promise((resolve, reject) => {
      const chunks = [];
      const text = () => Buffer.concat(chunks).toString();
      const response = {
        ok: true,
        status: 200,
        headers: responseHeaders,
        text,
        json: () => JSON.parse(text()),
      };
      const json = body === undefined ? headers : { ...headers, "content-type": "application/json" };
      pool.dispatch(
        { path: url.slice(origin.length), method, headers: json, body },
        {
          onConnect: () => {},
          onHeaders: () => true,
          onData: (chunk) => chunks.push(chunk),
          onComplete: () => resolve(response),
          onError: reject,
        },
      );
    });
  return calls(createClient({ baseUrl: `${origin}/v1`, fetch, Request }));
}

/** With everything on: sign-in, retries and limits armed, corrections. */
function ours(origin, { middleware, create = createFulfillmentClient, ...hooks } = {}) {
  const urls = { baseUrl: `${origin}/v1`, tokenUrl: `${origin}/oauth2/token` };
  const client = create({ clientId: "partner", clientSecret: "secret", ...urls, ...hooks });
  if (middleware) client.use(middleware);
  return calls(client, orderRequest);
}

/** With somebody who follows all that it tells on the channels of `node:diagnostics_channel`. */
function subscribed(create) {
  const ignore = () => {};
  const subscribers = { start: ignore, end: ignore, asyncStart: ignore, asyncEnd: ignore, error: ignore };
  for (const name of ["call", "attempt", "token", "submit"])
    tracingChannel(`juniper-fulfillment:${name}`).subscribe(subscribers);
  return create();
}

function openapiFetch(client) {
  client.use({
    onRequest({ request }) {
      request.headers.set("authorization", headers.authorization);
    },
  });
  return calls(client);
}

function calls(client, body = wireRequest) {
  return {
    get: async () => (await client.GET("/orders/{orderId}", { params: { path: { orderId: id } } })).data,
    post: async () => (await client.POST("/orders", { body })).data,
    list: async () => (await client.GET("/orders", { params: { query: { limit: 100 } } })).data,
  };
}

function heyApi(baseUrl) {
  const client = createHeyApiClient({ baseUrl, auth: () => "a-token" });
  return {
    get: async () => (await getOrderById({ client, path: { orderId: id } })).data,
    post: async () => (await createOrder({ client, body: wireRequest })).data,
    list: async () => (await listOrders({ client, query: { limit: 100 } })).data,
  };
}

function viaAxios(baseURL) {
  const client = axios.create({ baseURL, headers });
  return {
    get: async () => (await client.get(`/orders/${id}`)).data,
    post: async () => (await client.post("/orders", wireRequest)).data,
    list: async () => (await client.get("/orders", { params: { limit: 100 } })).data,
  };
}

function viaGot(prefixUrl) {
  const client = got.extend({ prefixUrl, headers });
  return {
    get: () => client.get(`orders/${id}`).json(),
    post: () => client.post("orders", { json: wireRequest }).json(),
    list: () => client.get("orders", { searchParams: { limit: 100 } }).json(),
  };
}

function viaKy(prefixUrl) {
  const client = ky.create({ prefixUrl, headers });
  return {
    get: () => client.get(`orders/${id}`).json(),
    post: () => client.post("orders", { json: wireRequest }).json(),
    list: () => client.get("orders", { searchParams: { limit: 100 } }).json(),
  };
}
