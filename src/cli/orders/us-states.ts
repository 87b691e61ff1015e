/**
 * What the United States Postal Service delivers to: states, the district, territories, associated states and the posts
 * of its forces.
 *
 * @see https://pe.usps.com/text/pub28/28apb.htm
 */
const states: ReadonlySet<string> = new Set(
  (
    "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI " +
    "SC SD TN TX UT VT VA WA WV WI WY DC AS FM GU MH MP PW PR VI AA AE AP"
  ).split(" "),
);

export function isState(name: string): boolean {
  return states.has(name);
}
