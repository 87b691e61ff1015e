/** Runs the scenario in a Worker: options as the body of a request, the report as that of its response. */
import { runScenario } from "../scenario.ts";

export default {
  async fetch(request: Request): Promise<Response> {
    return Response.json(await runScenario(await request.json()));
  },
};
