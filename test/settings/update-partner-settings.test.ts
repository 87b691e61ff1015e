import { createFulfillmentClient, updatePartnerSettings, ValidationError } from "juniper-fulfillment";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ScriptedServer, startScriptedServer } from "../../scripts/samples/scripted-server.ts";
import { updatePartnerSettingsWith } from "../../src/settings/update-partner-settings.ts";
import { systemTiming } from "../../src/wrapper/timing.ts";

const timing = { ...systemTiming, sleep: () => systemTiming.sleep(1) };
const body = { webhookUrl: "https://shop.example/webhooks", phone: "555" };

let server: ScriptedServer;
let settings: Record<string, string>;
let response: "sent" | "lost" | "lost, and stored at the next read" | "refused";
beforeEach(async () => {
  settings = { id: "p-1", phone: "444", website: "https://shop.example" };
  let late: object = {};
  server = await startScriptedServer((request, outgoing) => {
    if (request.method === "GET") {
      const json = { ...settings };
      settings = { ...settings, ...late };
      return { json };
    }
    if (response === "refused") return { status: 422, json: { detail: "no" } };
    if (response === "lost, and stored at the next read") late = JSON.parse(request.body);
    else settings = { ...settings, ...JSON.parse(request.body) };
    return response === "sent" ? { json: settings } : void outgoing.destroy();
  });
});
afterEach(() => server.close());

const update = (own: object = body) =>
  updatePartnerSettingsWith(
    createFulfillmentClient({ accessToken: "token", baseUrl: server.origin, maxRetries: 0 }),
    own,
    {},
    timing,
  );
const count = (method: string) => server.requests.filter((request) => request.method === method).length;

test("updates the settings, and reads nothing when the response says so", async () => {
  response = "sent";
  const client = createFulfillmentClient({ accessToken: "token", baseUrl: server.origin });
  expect(await updatePartnerSettings(client, body)).toMatchObject({ outcome: "updated", settings: body });
  expect([count("PATCH"), count("GET")]).toEqual([1, 0]);
});

test("reads after a lost response that the settings are as they were sent, also when that comes late", async () => {
  for (response of ["lost", "lost, and stored at the next read"] as const) {
    expect(await update({ ...body, website: undefined })).toMatchObject({
      outcome: "updated",
      settings: { ...body, website: "https://shop.example" },
    });
  }
  expect(count("PATCH")).toBe(2);
});

test("says unknown, never that nothing was changed, while another value is read, or none", async () => {
  response = "lost";
  expect(await update({ discount: "10%", primaryColor: { a: 1 } })).toMatchObject({ outcome: "updated" });
  settings = {};
  server.script = (request, outgoing) =>
    request.method === "GET" ? { json: { phone: "444" } } : void outgoing.destroy();
  expect(await update()).toMatchObject({
    outcome: "unknown",
    settings: { phone: "444" },
    error: expect.any(Error),
  });
  server.script = (_request, outgoing) => void outgoing.destroy();
  const { outcome, ...rest } = await update();
  expect(outcome).toBe("unknown");
  expect(rest).not.toHaveProperty("settings");
});

test("throws what the API refuses, after which nothing is changed", async () => {
  response = "refused";
  await expect(update()).rejects.toThrow(ValidationError);
  expect(count("GET")).toBe(0);
});

test("does not believe a 2xx that says something else, or nothing: it reads", async () => {
  const replies: { status?: number; json?: unknown; text?: string }[] = [
    { json: { id: "p-1", phone: "444" } },
    { json: {} },
    { json: [] },
    { status: 204, text: "" },
    { status: 202, json: {} },
  ];
  for (const reply of replies) {
    for (const isStored of [true, false]) {
      server.script = ({ method }) =>
        method === "GET" ? { json: isStored ? { id: "p-1", ...body } : { id: "p-1" } } : reply;
      expect(await update()).toMatchObject({ outcome: isStored ? "updated" : "unknown" });
    }
  }
});

test("compares what it has sent, whatever becomes of the body meanwhile, and sends nothing that is no object", async () => {
  response = "lost";
  const own = { ...body };
  const updating = update(own);
  own.phone = "999";
  expect(await updating).toMatchObject({ outcome: "updated", settings: { phone: "555" } });
  const sent = count("PATCH");
  for (const wrong of [null, 7, "x"]) {
    await expect(update(wrong as never)).rejects.toThrow("The settings to change must be an object.");
  }
  expect(count("PATCH")).toBe(sent);
});
