/** A program of which one line matters most. */
export interface HighlightedProgram {
  code: string
  /** Its number, from 1. */
  line: number
}

/** Puts a program together from what stands before the line that matters, that line, and the rest. */
export function highlightedProgram(
  before: readonly string[],
  line: string,
  after: readonly string[] = [],
): HighlightedProgram {
  return { code: [...before, line, ...after].join('\n'), line: before.length + 1 }
}
