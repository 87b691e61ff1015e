/**
 * A text of the user's or of the API's as it is printed: what could move the cursor, end a line or turn the direction of
 * writing is spelled out, so that it can't pass for output of ours.
 */
export function shown(text: string): string {
  return text.replace(
    /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
