export { type InstrumentOptions, instrumentFulfillment } from "./instrument.ts";
export { type UndiciHooks, type UndiciRequest, undiciHooks } from "./undici-hooks.ts";
