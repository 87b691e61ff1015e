/**
 * A module of Node's own; undefined where the runtime has none of that name. Nothing is imported, so that a bundle for
 * browsers needs none either.
 */
export function builtinModule<Module>(name: `node:${string}`): Module | undefined {
  const { process } = globalThis as {
    process?: { getBuiltinModule?: (name: string) => Module | undefined };
  };
  return process?.getBuiltinModule?.(name);
}
