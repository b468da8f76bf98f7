export interface Line {
  tone: 'good' | 'busy' | 'bad' | 'note'
  part: string
  phase: string
  text?: string
  elapsedMs?: number
}

/** One line of progress, without its newline; control characters in `text` become blanks. */
export function progressLine(line: Line, isTty: boolean): string
