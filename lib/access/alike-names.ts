/**
 * Letters of other alphabets, and digits, that look like a Latin letter, each group by the letter it is taken for: Cyrillic,
 * Greek, Armenian. A few that only their capitals are like are among them, for a name may be written in capitals.
 */
const LOOKS_LIKE: Readonly<Record<string, string>> = {
  a: 'аαɑ',
  b: 'вβ',
  c: 'сϲ',
  d: 'ԁ',
  e: 'еεєҽ',
  g: 'ɡց',
  h: 'нһհ',
  i: 'іιıɩl1|ӏǀ',
  j: 'јϳ',
  k: 'кκ',
  m: 'мμ',
  n: 'ηո',
  o: 'оοσօ0',
  p: 'рρ',
  q: 'ԛզ',
  s: 'ѕꜱ',
  t: 'тτ',
  u: 'υս',
  v: 'νѵ',
  w: 'ԝωա',
  x: 'хχ',
  y: 'уγүყ',
  z: 'ζᴢ',
}

const LATIN = new Map(
  Object.entries(LOOKS_LIKE).flatMap(([letter, others]) => Array.from(others, (other) => [other, letter])),
)

/**
 * The same text for names that people cannot tell apart at a glance: large and small, wide and narrow letters, spaces, accents
 * typed in two ways, and letters of other alphabets and digits that look alike.
 */
export function looksOf(name: string): string {
  const plain = name.normalize('NFKC').toLowerCase().normalize('NFKC').replaceAll(/\s+/gu, '')
  return Array.from(plain, (letter) => LATIN.get(letter) ?? letter).join('')
}

/** Who speaks under one of these would be taken for whoever runs the room. */
const OFFICES = new Set(['presenter', 'switchboard'].map(looksOf))

export const isOffice = (name: string): boolean => OFFICES.has(looksOf(name))
