/** How many results are kept. */
const most = 100;

/**
 * Remembers what is made of the first hundred texts. A program uses the same few all the time; others, made anew for each
 * call, are not to fill the memory.
 */
export function rememberFew<Value>(make: (text: string) => Value): (text: string) => Value {
  const known = new Map<unknown, Value>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const made = make(text);
    if (known.size < most) known.set(text, made);
    return made;
  };
}
