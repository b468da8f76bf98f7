const TELLING = /error|exception|fatal|fail|denied|refused|cannot|can't|corrupt/i
const STACK_FRAME = /^\s*(at|\.\.\.)\s/

/** What a program's last lines come down to: the last one that names an error, and the very last, where they differ. */
export function tellingLine(lines: readonly string[]): string {
  const spoken = lines
    .filter((line) => line.trim() !== '' && !STACK_FRAME.test(line))
    .map((line) => line.trim())
  const both = [spoken.filter((line) => TELLING.test(line)).at(-1), spoken.at(-1)]
  return [...new Set(both.filter((line) => line !== undefined))].join(' … ')
}
