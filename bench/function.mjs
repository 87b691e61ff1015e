/** Measures the CPU time of one row of functions.mjs, in a process of its own: `node function.mjs GROUP ROW SERVERS`. */
import { createFunctions } from "./functions.mjs";
import { answer } from "./measure.mjs";

const [group, row, servers] = process.argv.slice(2);
const call = await createFunctions(JSON.parse(servers))[group][row]();
answer({
  async [group]() {
    if (!(await call())) throw new Error("wrong result");
  },
});
