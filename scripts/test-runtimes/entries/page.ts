/** Gives the page that loads it a function that runs the scenario. */
import { runScenario } from "../scenario.ts";

Object.assign(globalThis, { runScenario });
