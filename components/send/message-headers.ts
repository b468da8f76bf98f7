/** One line of the headers editor, finished or not. */
export interface HeaderLine {
  name: string
  value: string
}

/** The lines up to the last one with something in it: the empty one below them is the editor's. */
export const withoutEmptyEnd = (lines: readonly HeaderLine[]): readonly HeaderLine[] =>
  lines.slice(0, lines.findLastIndex(({ name, value }) => name !== '' || value !== '') + 1)

/**
 * Why these lines cannot be sent as they stand, as a sentence; null when they can. Nothing that was typed is left out
 * silently.
 */
export function headersProblem(lines: readonly HeaderLine[]): string | null {
  const unnamed = lines.findIndex(({ name, value }) => name === '' && value !== '')
  if (unnamed >= 0) return `Header ${unnamed + 1} has a value and no name.`
  const names = lines.map(({ name }) => name).filter((name) => name !== '')
  const repeated = names.find((name, index) => names.indexOf(name) < index)
  return repeated === undefined
    ? null
    : `Two headers have the name ${repeated}; a message carries each name once.`
}

/** The lines that have a name, as they are sent once `headersProblem` finds nothing. */
export const headersOf = (lines: readonly HeaderLine[]): Record<string, string> =>
  Object.fromEntries(lines.filter(({ name }) => name !== '').map(({ name, value }) => [name, value]))
