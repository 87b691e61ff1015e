/**
 * Gives a light class the prototype of a platform class, and hands every member that the light class does not have
 * itself to a real object. The real one is built by `toReal`, when the first such member is used.
 *
 * The platform's own members would refuse an object that the platform did not make, so each of them is covered,
 * those of later versions included.
 *
 * Returns what each constructor of the light class has to call. The first call does the work: on Node the mere
 * mention of `Request` loads the whole of fetch, which an import must not pay for.
 */
export function delegate<Light extends object>(
  light: { readonly prototype: Light },
  platform: () => { readonly prototype: object },
  toReal: (object: Light) => object,
): () => void {
  let isDone = false;
  return () => {
    if (!isDone) install(light, platform(), toReal);
    isDone = true;
  };
}

function install<Light extends object>(
  light: { readonly prototype: Light },
  platform: { readonly prototype: object },
  toReal: (object: Light) => object,
): void {
  const real = (object: Light): Record<PropertyKey, unknown> =>
    toReal(object) as Record<PropertyKey, unknown>;
  for (const key of Reflect.ownKeys(platform.prototype)) {
    if (key === "constructor" || Object.hasOwn(light.prototype, key)) continue;
    const descriptor = Object.getOwnPropertyDescriptor(platform.prototype, key);
    if (descriptor === undefined) continue;
    const isMethod = typeof descriptor.value === "function";
    Object.defineProperty(light.prototype, key, {
      configurable: true,
      enumerable: descriptor.enumerable ?? false,
      ...(isMethod
        ? {
            writable: true,
            value(this: Light, ...args: unknown[]) {
              const target = real(this);
              return (target[key] as (...args: unknown[]) => unknown).apply(target, args);
            },
          }
        : {
            get(this: Light) {
              return real(this)[key];
            },
          }),
    });
  }
  // `constructor` and `Symbol.toStringTag` are inherited: whoever asks is told that it is the platform's.
  Reflect.deleteProperty(light.prototype, "constructor");
  Object.setPrototypeOf(light.prototype, platform.prototype);
}
