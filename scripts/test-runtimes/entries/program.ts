/** Runs the scenario on Node, Bun and Deno: options as an argument, the report as the last line of the output. */
import { runScenario } from "../scenario.ts";

const [, , options = "{}"] = process.argv;
console.log(JSON.stringify(await runScenario(JSON.parse(options))));
