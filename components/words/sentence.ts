/** A sentence with an emphasized beginning. Plain data, so that texts can be tested without a screen. */
export interface Sentence {
  strong: string
  /** Left out where there is little space. */
  aside?: string
  rest: string
}

export const sentence = (strong: string, rest = ''): Sentence => ({ strong, rest })

/** The whole sentence as one string. */
export const plain = ({ strong, aside, rest }: Sentence): string =>
  [strong, aside, rest].filter(Boolean).join(' ').replace(/ :/g, ':')

/** `a`, `a and b`, `a, b and c` */
export function listed(names: readonly string[]): string {
  if (names.length <= 1) return names[0] ?? ''
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}
