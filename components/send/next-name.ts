/** The first free `noun-N`, counting on from the highest there is, so that a name is not used twice in a row. */
export function nextFreeName(noun: string, taken: readonly string[]): string {
  const numbers = taken.map((name) => (name.startsWith(`${noun}-`) ? Number(name.slice(noun.length + 1)) : 0))
  const highest = Math.max(0, ...numbers.filter(Number.isInteger))
  return `${noun}-${highest + 1}`
}
