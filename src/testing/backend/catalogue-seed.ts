import type { Administration, Product, ShippingMethod } from "../../generated/schema.ts";

type Row = readonly [
  name: string,
  pack: string,
  price: string,
  form: NonNullable<Product["form"]> | "powder" | "liquid",
];

/** The whole catalogue. The first is the documentation's sample. */
const rows: readonly Row[] = [
  ["Elite EPA", "Heart and Brain", "0.53", "softgel"],
  ["Vitamin D3", "Bones and Immunity", "0.12", "softgel"],
  ["Magnesium Glycinate", "Calm and Sleep", "0.21", "capsule"],
  ["Vitamin B12", "Energy", "0.19", "tablet"],
  ["Zinc Picolinate", "Immunity", "0.14", "capsule"],
  ["Daily Multivitamin", "Whole Body Wellness", "0.37", "tablet"],
  ["Probiotic 30", "Digestion", "0.68", "capsule"],
  ["Curcumin", "Joints", "0.59", "capsule"],
  ["Vitamin C", "Immunity", "0.11", "tablet"],
  ["Iron Bisglycinate", "Energy", "0.17", "capsule"],
  ["Coenzyme Q10", "Heart", "0.83", "softgel"],
  ["Ashwagandha", "Calm", "0.42", "capsule"],
  ["Melatonin", "Sleep", "0.09", "tablet"],
  ["Biotin", "Hair and Skin", "0.16", "gummy"],
  ["Creatine", "Strength", "0.61", "powder"],
  ["Collagen Peptides", "Skin and Joints", "1.25", "powder"],
  ["Cod Liver Oil", "Heart and Brain", "0.48", "liquid"],
  ["Folate", "Prenatal", "0.15", "tablet"],
  ["Choline", "Brain", "0.33", "capsule"],
  ["Selenium", "Thyroid", "0.10", "capsule"],
  ["Potassium Citrate", "Electrolytes", "0.13", "tablet"],
  ["Vitamin K2", "Bones", "0.29", "softgel"],
  ["Elderberry", "Immunity", "0.24", "gummy"],
  ["Berberine", "Metabolism", "0.55", "capsule"],
  ["Quercetin", "Seasonal", "0.46", "capsule"],
];

const firstId = 77_123_129_891;
/** The products that are not ACTIVE, by index. */
const otherStatuses: Readonly<Record<number, Product["status"]>> = {
  12: "BACKORDERED",
  18: "BACKORDERED",
  22: "DISCONTINUED",
  24: "DRAFT",
};
const dosages: readonly Administration[] = [
  { morning: 1, afternoon: 0, evening: 1, sleep: 0 },
  { morning: 1, afternoon: 0, evening: 0, sleep: 0 },
  { morning: 0, afternoon: 0, evening: 0, sleep: 2 },
];

/** The mock's default catalogue, the same in every run. */
export const seedProducts: readonly Product[] = rows.map(([name, packDescription, price, form], index) => {
  const isExternal = form === "powder" || form === "liquid";
  return {
    id: firstId + index * 1_009,
    name,
    description: `${name}, as a ${form}.`,
    packDescription,
    price,
    external: isExternal,
    productImage: `https://images.example.com/${name.toLowerCase().replaceAll(" ", "-")}.png`,
    recommendedUsage: dosages[index % dosages.length] ?? { morning: 1, afternoon: 0, evening: 0, sleep: 0 },
    // The document has no form for powders and liquids.
    ...(!isExternal && { form }),
    certifications: index % 3 === 0 ? ["kosher", "non_gmo"] : ["non_gmo"],
    status: otherStatuses[index] ?? "ACTIVE",
    supplementFactsPanel: { servingSize: `1 ${form}`, ingredients: [{ name }] },
    createdAt: "2023-10-01T12:00:00Z",
    updatedAt: `2025-${String(1 + (index % 12)).padStart(2, "0")}-15T12:00:00Z`,
  };
});

/** The shipping methods, the first as the documentation's sample. */
export const shippingMethods: readonly Required<ShippingMethod>[] = [
  { name: "STANDARD", description: "5-8 business days", price: "9.99" },
  { name: "EXPRESS", description: "2-3 business days", price: "19.99" },
  { name: "OVERNIGHT", description: "1 business day", price: "39.99" },
];
