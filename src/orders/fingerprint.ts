import type { Order, OrderRequest } from "../generated/schema.ts";
import { canonicalJson } from "../wrapper/digest.ts";
import { isOrderId } from "./order-of.ts";

type Fields = Readonly<Record<string, unknown>>;

/** An order in the form in which it is compared. */
export interface Likeness {
  readonly order: OrderRequest | Order;
  /** What its fingerprint is made from. */
  readonly loose: Fields;
  /** What its strict fingerprint is made from. */
  readonly strict: Fields;
}

/** The form of an order, to be made once for several comparisons. */
export function likenessOf(order: OrderRequest | Order): Likeness {
  return { order, loose: fingerprintFields(order), strict: strictFields(order) };
}

/**
 * What makes two orders identical to a lookup: the customer by the partner's own identifier, the products with their
 * quantities, and the terms. Addresses and names are left out, since a server may well store them in another form.
 * Case, white space and Unicode forms make no difference, for the same reason.
 */
export function fingerprintOf(order: OrderRequest | Order): string {
  return canonicalJson(fingerprintFields(order));
}

/** What a customer is known by, in the form in which it is compared, or hashed. Undefined, or empty as a hash, where it isn't told. */
export interface Traits {
  readonly name: string | undefined;
  readonly email: string | undefined;
  /** The partner's own identifier, and what may be left of it where a server cuts something off. */
  readonly ids: readonly string[];
}

export function traitsOf({ customer }: OrderRequest | Order): Traits {
  const { sourceId, firstName, lastName, email } = customer ?? {};
  return {
    name: inLetters(`${plain(firstName) ?? ""}${plain(lastName) ?? ""}`),
    email: withoutMarks(email),
    ids: endsOf(plain(sourceId) ?? ""),
  };
}

/** Whether two customers may be the same one, in whatever form: by name, by email, or by an identifier that ends or begins with the other. */
export function haveSameTrait(mine: Traits, theirs: Traits): boolean {
  return isSame(mine.name, theirs.name) || isSame(mine.email, theirs.email) || isSameId(mine, theirs);
}

function isSameId(mine: Traits, theirs: Traits): boolean {
  return mine.ids.includes(theirs.ids[0] ?? "") || theirs.ids.includes(mine.ids[0] ?? "");
}

/** Whether enough is told of a customer to be another one. One may be filed under another identifier, but not under another name and email. */
export function areComparable(mine: Traits, theirs: Traits): boolean {
  const isNamed = Boolean(mine.name || mine.email);
  return !isNamed || Boolean(mine.name && theirs.name) || Boolean(mine.email && theirs.email);
}

/** Whether a customer can be the one that was sent, under whatever identifier the server has filed it. */
function isFiledAs(mine: Traits, theirs: Traits): boolean {
  if (mine.ids.length === 0 || theirs.ids.length === 0 || isSameId(mine, theirs)) return true;
  const told = (["name", "email"] as const).filter((trait) => mine[trait] && theirs[trait]);
  return told.length > 0 && told.every((trait) => mine[trait] === theirs[trait]);
}

function isSame(one: string | undefined, other: string | undefined): boolean {
  return Boolean(one) && one === other;
}

/** No identifier has more. */
const mostWords = 16;

/** A text, and each of its beginnings and ends, in words: `shop/customer-17` ends in 17, and 117 does not. */
function endsOf(text: string): readonly string[] {
  const words = text.split(/[^\p{L}\p{N}\p{M}]+/u).filter((word) => word !== "");
  if (words.length === 0) return text === "" ? [] : [text];
  if (words.length > mostWords) return [words.join(" ")];
  const ends = words.flatMap((_, index) => [words.slice(index), words.slice(0, index)]);
  return ends.filter((part) => part.length > 0).map((part) => part.join(" "));
}

/** Whether an order of the API says everything that its fingerprint is made from. One that does not can't be ruled out. */
export function isComparable({
  id,
  customer,
  lineItems,
  daysSupply,
  shippingMethod,
  orderType,
}: Order): boolean {
  const said = [customer?.sourceId, daysSupply, shippingMethod, orderType];
  return isOrderId(id) && said.every((value) => plain(value) !== undefined) && areTold(lineItems);
}

/** Whether items are listed, and of each which product and how many. An order in short form may have none. */
function areTold(lineItems: Order["lineItems"]): boolean {
  const items = itemsOf(lineItems);
  const isSaid = (value: unknown): boolean => plain(value) !== undefined;
  return items.length > 0 && items.every(({ productId, quantity }) => isSaid(productId) && isSaid(quantity));
}

/** Everything else that the partner says of an order. It tells identical orders apart, where it comes back as it was sent. */
export function strictFingerprintOf(order: OrderRequest | Order): string {
  return canonicalJson(strictFields(order));
}

/** The names of the fields that the API returned in another form than they were sent in. */
export function differingFields(sent: Likeness, stored: Likeness): { loose: string[]; strict: string[] } {
  return { loose: differing(sent.loose, stored.loose), strict: differing(sent.strict, stored.strict) };
}

/**
 * In which fields the order of a response is another one than was sent. Empty where it can be the same.
 *
 * A server may well store a field in another form, so a difference alone says little: products and quantities have no
 * other form, and a customer with another identifier is the same one by all that is told of name and email: families
 * share the one or the other. Days count only where the
 * response tells no items: JH-06 allows any number in it. What the response leaves out says nothing.
 */
export function foreignFields(
  { order: sent, loose: mine }: Likeness,
  { order: stored, loose: theirs }: Likeness,
): string[] {
  const fields: string[] = [];
  if (!isFiledAs(traitsOf(sent), traitsOf(stored))) fields.push("customer");
  const isTold = areTold(stored.lineItems);
  if (isTold && canonicalJson(mine.lineItems) !== canonicalJson(theirs.lineItems)) fields.push("lineItems");
  if (!isTold && theirs.daysSupply !== undefined && theirs.daysSupply !== mine.daysSupply)
    fields.push("daysSupply");
  return fields;
}

/** Whether an order may be of the customer that it was sent for, in whatever form, or filed under another identifier. */
export function isOfSameCustomer(sent: OrderRequest | Order, stored: OrderRequest | Order): boolean {
  const [mine, theirs] = [traitsOf(sent), traitsOf(stored)];
  return mine.ids.length === 0 || theirs.ids.length === 0 || haveSameTrait(mine, theirs);
}

function fingerprintFields({
  customer,
  lineItems,
  daysSupply,
  shippingMethod,
  orderType,
}: OrderRequest | Order): Fields {
  return {
    "customer.sourceId": plain(customer?.sourceId),
    lineItems: itemsOf(lineItems)
      .map(({ productId, quantity }) => `${plain(productId)} ${plain(quantity)}`)
      .sort(),
    daysSupply: plain(daysSupply),
    shippingMethod: plain(shippingMethod),
    // With JH-02 switched off it comes back in the vendor's spelling.
    orderType: plain(orderType)?.replace("-", "_"),
  };
}

function strictFields({ customer, lineItems }: OrderRequest | Order): Fields {
  const { address, firstName, lastName, email, phone } = customer ?? {};
  // With JH-01 switched off the ZIP comes back in the vendor's spelling.
  const { zip, ...place } = (address ?? {}) as Fields;
  const items = itemsOf(lineItems);
  return {
    "customer.firstName": plain(firstName),
    "customer.lastName": plain(lastName),
    "customer.email": plain(email),
    "customer.phone": plain(phone),
    "customer.address": withPlainValues({ ...place, zipCode: place.zipCode ?? zip }),
    "lineItems.packDescription": items
      .map(({ productId, packDescription }) => `${plain(productId)} ${plain(packDescription)}`)
      .sort(),
    "lineItems.administration": items
      .map(({ productId, administration }) => `${plain(productId)} ${canonicalJson(administration ?? {})}`)
      .sort(),
  };
}

/** The items, of whatever shape. A response may hold anything, and nothing about it may hide that an order exists. */
function itemsOf(lineItems: unknown): readonly Fields[] {
  return Array.isArray(lineItems) ? lineItems.map((item) => Object(item)) : [];
}

function differing(sent: Fields, stored: Fields): string[] {
  return Object.keys(sent).filter(
    (name) => sent[name] !== stored[name] && canonicalJson(sent[name]) !== canonicalJson(stored[name]),
  );
}

function withPlainValues(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plain(value)]));
}

/** An empty value counts as none: servers don't agree on which of the two to store. */
function plain(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  // The string of an object is whatever its own toString says, if it has a function there.
  const written = typeof value === "object" ? canonicalJson(value) : String(value);
  const isPlain = /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(written);
  const text = isPlain
    ? written.toLowerCase()
    : withoutCase(written.normalize("NFKC")).trim().replace(/\s+/g, " ");
  return text === "" ? undefined : text;
}

/** Servers write names in capitals: SS is ß then, and I is ı. */
function withoutCase(text: string): string {
  return text.toUpperCase().toLowerCase().replaceAll("i\u0307", "i");
}

/** As it is written where accents are lost. */
function withoutMarks(value: unknown): string | undefined {
  return plain(
    plain(value)
      ?.normalize("NFKD")
      .replace(/\p{M}+/gu, ""),
  );
}

/** A name as it is compared: hyphens, apostrophes and blanks are lost more easily than accents. */
function inLetters(name: string): string | undefined {
  return withoutMarks(name.replace(/[^\p{L}\p{N}\p{M}]+/gu, "")) ?? plain(name);
}
