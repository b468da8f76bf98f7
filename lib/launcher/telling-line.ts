/** The line that says most: the last one that names an error, else the last. */
export function tellingLine(lines: readonly string[]): string {
  const telling = lines.filter((line) =>
    /error|exception|fatal|fail|denied|refused|cannot|can't|corrupt/i.test(line),
  )
  const notStackFrames = telling.filter((line) => !/^\s*(at|\.\.\.)\s/.test(line))
  return (notStackFrames.at(-1) ?? lines.at(-1) ?? '').trim()
}
