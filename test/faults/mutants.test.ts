import { expect, test } from "vitest";
import { buildMutant, mutate } from "../../scripts/faults/mutants/build-mutant.ts";
import { type Mutant, mutants } from "../../scripts/faults/mutants/list.ts";
import { tryMutant } from "../../scripts/faults/mutants.ts";

const named = (name: string): Mutant => mutants.find((mutant) => mutant.name === name) as Mutant;

test.each([
  "a POST is repeated that the server may have processed",
  "nothing is checked right before the first byte",
])("the fault harness notices when %s", async (name) => {
  const { result, wrongs } = await tryMutant(named(name), 400, 2611);
  expect({ result, wrongs }).toEqual({ result: "caught", wrongs: expect.arrayContaining(["duplicated"]) });
});

test.each(
  mutants.map((mutant) => [mutant.name, mutant] as const),
)("there still is the place where %s", async (_name, mutant) => {
  expect(await mutate(mutant)).toContain(mutant.to);
});

test("a mutant whose place isn't there once is refused", async () => {
  const mutant = {
    ...named("nothing is checked right before the first byte"),
    from: "no such piece",
  };
  await expect(buildMutant(mutant, "schedules", "unused.mjs")).rejects.toThrow("stands 0 times");
});
