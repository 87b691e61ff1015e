import { readFile, writeFile } from "node:fs/promises";
import { parseArgs, styleText } from "node:util";
import {
  ConfigurationError,
  createFulfillmentClient,
  type Environment,
  type FulfillmentClientOptions,
  fromEnv,
} from "juniper-fulfillment";
import { isProductionUrl } from "../src/cli/production.ts";
import { ResponseJudge } from "./contract-live/findings.ts";
import { Spellings } from "./contract-live/heard-spellings.ts";
import { markdownReport, spellingLines, trialLines } from "./contract-live/live-report.ts";
import { type TrialResult, tryOperations } from "./contract-live/try-operations.ts";
import { type JsonObject, listOperations, parseDocument } from "./document/document.ts";
import { readRegister } from "./document/register.ts";
import { runScript } from "./run-script.ts";

const usage = `Usage: npm run contract:live -- --environment sandbox [options]

Holds a live API against the document: calls its operations and compares the shape of each response. Credentials come from
JUNIPER_CLIENT_ID and JUNIPER_CLIENT_SECRET. Responses stay in memory, and the report has none of their values.

  --environment NAME  sandbox or production
  --base-url URL      another address of the API, with --token-url
  --token-url URL     another address of the token endpoint
  --allow-writes      also create, change, cancel and delete; never against production
  --report FILE       where to write the report as Markdown (default: contract-live.md)

Ends with 0 when every operation that was tried holds, and with 1 when one drifts or fails.`;

await runScript(usage, async () => {
  const { values } = parseArgs({
    options: {
      environment: { type: "string" },
      "base-url": { type: "string" },
      "token-url": { type: "string" },
      "allow-writes": { type: "boolean", default: false },
      report: { type: "string", default: "contract-live.md" },
    },
  });
  const options = readOptions(values);
  if (typeof options === "string") {
    console.error(`${options}\n\n${usage}`);
    return 2;
  }
  const document = await readOpenApi("corrected.yaml");
  const register = readRegister(await readOpenApi("corrections.yaml"), "openapi/corrections.yaml");
  const spellings = new Spellings(document, register);
  const onDiscrepancy = (id: string, spelling: string): void => spellings.hear(id, spelling);
  const client = createFulfillmentClient({ ...options, onDiscrepancy });

  const where =
    values["base-url"] === undefined ? `The ${options.environment}` : "An API at an address of your own";
  console.log(`\n${styleText("bold", `${where}, against openapi/corrected.yaml`)}\n`);
  const verdicts: TrialResult[] = [];
  const trial = { judge: new ResponseJudge(document), spellings, allowWrites: values["allow-writes"] };
  for await (const verdict of tryOperations(client, listOperations(document), trial)) {
    verdicts.push(verdict);
    console.log(trialLines(verdict));
  }
  // How an error is told can be heard without doing harm.
  const unknown = { params: { path: { orderId: "contract-test-no-such-order" } } };
  const { error } = await client.GET("/orders/{orderId}", unknown).catch(() => ({ error: undefined }));
  if (error !== undefined) spellings.listenToError(error);
  console.log(`\n${styleText("bold", "Which spelling it speaks")}\n\n${spellingLines(spellings)}`);
  const date = new Date().toISOString().slice(0, 10);
  await writeFile(values.report, markdownReport(where, date, verdicts, spellings));

  const count = (outcome: TrialResult["outcome"]): number =>
    verdicts.filter((verdict) => verdict.outcome === outcome).length;
  const counts = (["holds", "drifts", "failed", "not tried"] as const).map(
    (outcome) => `${count(outcome)} ${outcome}`,
  );
  console.log(`\n${counts.join(", ")}. The report: ${values.report}`);
  return count("drifts") + count("failed") === 0 ? 0 : 1;
});

async function readOpenApi(name: string): Promise<JsonObject> {
  const path = new URL(`../openapi/${name}`, import.meta.url);
  return parseDocument(await readFile(path, "utf8"), `openapi/${name}`);
}

interface Values {
  readonly environment?: string | undefined;
  readonly "base-url"?: string | undefined;
  readonly "token-url"?: string | undefined;
  readonly "allow-writes": boolean;
}

/** The options of the client, or what is wrong with the words on the command line. */
function readOptions(values: Values): (FulfillmentClientOptions & { environment: Environment }) | string {
  const { environment, "base-url": baseUrl, "token-url": tokenUrl } = values;
  if (environment !== "sandbox" && environment !== "production") {
    return "Say which API: --environment sandbox, or --environment production.";
  }
  if ((baseUrl === undefined) !== (tokenUrl === undefined)) {
    return "--base-url and --token-url go together: a token of one API must not go to another.";
  }
  const isProduction = environment === "production" || isProductionUrl(baseUrl) || isProductionUrl(tokenUrl);
  if (values["allow-writes"] && isProduction) {
    return "--allow-writes is never for production: its orders are real parcels of pills.";
  }
  try {
    return { ...fromEnv({ ...process.env, JUNIPER_ENVIRONMENT: undefined }), environment, baseUrl, tokenUrl };
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
}
