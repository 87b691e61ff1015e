/** An assignment that compiles as long as nothing broke: `from` where `to` was expected. */
export interface Probe {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  /** Whether its failing breaks a program, or shows that something was added. */
  readonly breaks: "always" | "adds";
}

export function probesOf(place: string, isSentOnly: (name: string) => boolean): Probe[] {
  const [section = "", ...rest] = place.split("/");
  const name = rest.join("/");
  if (section === "webhooks") return publicProbes(place, `webhooks[${JSON.stringify(name)}]`, false);
  if (["paths", "operations", "$defs"].includes(section) || name === "") return [];
  const type = `components[${JSON.stringify(section)}][${JSON.stringify(name)}]`;
  return publicProbes(
    place,
    type,
    section === "requestBodies" || section === "parameters" || isSentOnly(name),
  );
}

/** A type that programs name: they read it, and build it. */
function publicProbes(name: string, type: string, isSent: boolean): Probe[] {
  const [old, now] = [`Old.${type}`, `New.${type}`];
  // A request may take more values than it did: nobody reads one that the vendor made.
  const loose = (one: string): string => (isSent ? `Loose<${one}>` : one);
  return [
    { name, from: old, to: now, breaks: "always" },
    { name, from: loose(now), to: loose(old), breaks: "always" },
    { name, from: loose(`Full<${now}>`), to: loose(`Full<${old}>`), breaks: "always" },
    { name, from: `Full<${old}>`, to: `Full<${now}>`, breaks: "adds" },
    { name, from: now, to: old, breaks: "adds" },
  ];
}

/** What a call takes and what it returns. */
export function operationProbes(name: string): Probe[] {
  const [method = "", path = ""] = name.split(" ");
  const at = (side: string): string =>
    `${side}.paths[${JSON.stringify(path)}][${JSON.stringify(method.toLowerCase())}]`;
  const both = (part: string): [string, string] => [`${part}<${at("Old")}>`, `${part}<${at("New")}>`];
  const probes: Probe[] = [];
  const [oldSent, newSent] = both("Sent");
  probes.push({ name, from: oldSent, to: newSent, breaks: "always" });
  // A program sends what it sent, whatever other media types there are by now.
  const [oldMedia, newMedia] = both("Medias");
  probes.push({ name, from: oldMedia, to: newMedia, breaks: "always" });
  const sameSent = `Sent<${at("New")}, ${oldMedia}>`;
  probes.push({ name, from: `Loose<Full<${sameSent}>>`, to: `Loose<Full<${oldSent}>>`, breaks: "always" });
  probes.push({ name, from: `Full<${oldSent}>`, to: `Full<${newSent}>`, breaks: "adds" });
  probes.push({ name, from: newSent, to: oldSent, breaks: "adds" });
  const [oldData, newData] = both("Data");
  // Programs name a response by its status too.
  const [oldStatuses, newStatuses] = both("Statuses");
  probes.push({ name, from: oldStatuses, to: newStatuses, breaks: "always" });
  // A program can have done nothing with what was never documented.
  probes.push({ name, from: `Known<${newData}, ${oldData}>`, to: oldData, breaks: "always" });
  probes.push({
    name,
    from: `Full<Known<${newData}, ${oldData}>>`,
    to: `Full<${oldData}>`,
    breaks: "always",
  });
  probes.push({ name, from: newData, to: oldData, breaks: "adds" });
  probes.push({ name, from: `Full<${oldData}>`, to: `Full<${newData}>`, breaks: "adds" });
  const [oldError, newError] = both("Failure");
  probes.push({ name, from: `Known<${newError}, ${oldError}>`, to: oldError, breaks: "always" });
  probes.push({ name, from: newError, to: oldError, breaks: "adds" });
  return probes;
}
