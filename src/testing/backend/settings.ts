import type { PartnerSettings } from "../../generated/schema.ts";
import { formatPercent, type Millionths, parsePercent, shareOf, shareValue } from "./money.ts";
import { Refusal, type RefusedField, unprocessable } from "./refusal.ts";
import type { Seeded } from "./seeded.ts";

/** What a partner may change, by the document's `PartnerSettingsUpdate`. */
const writable = [
  ...["description", "primaryColor", "secondaryColor", "logo", "phone", "supportEmail", "website"],
  ...["webhookUrl", "billingAddressLine1", "billingAddressLine2", "billingCity", "billingState"],
  ...["billingPostalCode", "billingCountry"],
];
const fixed = ["id", "name"] as const;

/** A partner's settings and webhook secret. */
export class Settings {
  #settings: PartnerSettings = {
    id: "2vSGyPartnerVEwCIGlyFoRgJq1",
    name: "Example Wellness",
    description: "Supplements for runners.",
    primaryColor: "#1F6F54",
    secondaryColor: "#F4EFE6",
    supportEmail: "support@example.com",
    website: "https://www.example.com",
    billingCountry: "US",
    createdAt: "2023-10-01T12:00:00Z",
    updatedAt: "2023-10-01T12:00:00Z",
  };
  #discount: Millionths = shareOf(0.1);
  #secret: string | undefined;
  readonly #seeded: Seeded;

  constructor(seeded: Seeded) {
    this.#seeded = seeded;
  }

  get discount(): Millionths {
    return this.#discount;
  }

  /** Where webhooks go, if anywhere. */
  get webhookUrl(): string | undefined {
    return this.#settings.webhookUrl || undefined;
  }

  read(): PartnerSettings {
    const share = { discount: formatPercent(this.#discount), discountValue: shareValue(this.#discount) };
    return { ...this.#settings, ...share };
  }

  /**
   * Changes what the body names. The first webhook URL creates a secret; an empty one turns webhooks off.
   *
   * @throws {Refusal} 422 when the name or identifier would change, and for an invalid webhook URL or discount.
   */
  update(body: Readonly<Record<string, unknown>>, now: string): PartnerSettings {
    const discount = readDiscount(body, this.#discount);
    const faults: readonly RefusedField[] = [
      ...fixed.filter((name) => name in body && body[name] !== this.#settings[name]),
      ...(isWebhookUrl(body.webhookUrl ?? "") ? [] : ["webhookUrl"]),
      ...(discount === undefined ? ["discount"] : []),
    ].map((name) => ({ loc: ["body", name], type: "invalid" }));
    if (faults.length > 0) throw unprocessable(...faults);
    const changes = writable.filter((name) => name in body).map((name) => [name, body[name]]);
    this.#settings = { ...this.#settings, ...Object.fromEntries(changes), updatedAt: now };
    this.#discount = discount ?? this.#discount;
    if (this.webhookUrl !== undefined) this.#secret ??= this.#seeded.hex("webhook secret");
    return this.read();
  }

  /** @throws {Refusal} 404 as long as no webhook URL has been set. */
  get secret(): string {
    // The document has a bare item for this response (JH-08).
    if (this.#secret === undefined) throw new Refusal(404, { loc: ["webhookSecret"], type: "missing" });
    return this.#secret;
  }

  /** Makes a new secret. @throws {Refusal} 404 as long as there is none. */
  rotateSecret(): string {
    this.#secret = this.secret && this.#seeded.hex("webhook secret");
    return this.#secret;
  }
}

/** The discount after a change, or undefined when the change names an invalid one. */
function readDiscount(
  { discount, discountValue }: Readonly<Record<string, unknown>>,
  current: Millionths,
): Millionths | undefined {
  // A caller who sends all settings back has changed only one of the two.
  const share = typeof discountValue === "number" ? shareOf(discountValue) : current;
  if (share !== current || typeof discount !== "string") return share;
  return parsePercent(discount);
}

function isWebhookUrl(value: unknown): boolean {
  if (value === "") return true;
  return typeof value === "string" && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}
