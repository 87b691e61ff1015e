import { GenerationError, isObject, type JsonObject } from "../../document/document.ts";
import { message } from "../../document/message.ts";

export const privacyPath = "openapi/privacy.yaml";

export const classes = ["person", "contact", "health", "secret", "none"] as const;
export type PrivacyClass = (typeof classes)[number];

/** What openapi/privacy.yaml says: shape → property, in either spelling → class. */
export type Privacy = ReadonlyMap<string, ReadonlyMap<string, PrivacyClass>>;

/** Reads privacy.yaml. */
export function readPrivacy(document: JsonObject): Privacy {
  const problems: string[] = [];
  const privacy = new Map<string, Map<string, PrivacyClass>>();
  for (const [shape, properties] of Object.entries(isObject(document.schemas) ? document.schemas : {})) {
    const known = new Map<string, PrivacyClass>();
    for (const [name, value] of Object.entries(isObject(properties) ? properties : {})) {
      const sensitivity = classes.find((each) => each === value);
      if (sensitivity !== undefined) known.set(name, sensitivity);
      else
        problems.push(
          message`${privacyPath}: the class of ${shape}.${name} is none of ${classes.join(", ")}.`,
        );
    }
    privacy.set(shape, known);
  }
  if (problems.length > 0) throw new GenerationError(problems);
  return privacy;
}
