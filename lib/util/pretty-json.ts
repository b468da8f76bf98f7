/** A string, a mark, or any other run of characters that belong together: a number, `true`, `null`. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g
const INDENT = '  '
/** Deeper than people nest; the indentation of endless nesting would be far longer than the text. */
const DEPTH_MAX = 64

/**
 * A JSON text with one member or item to a line; null for what is not an object or a list in JSON. Only white space differs:
 * every number, escape and duplicate name stays as it was written.
 */
export function prettyJson(text: string): string | null {
  if (!/^\s*[[{]/.test(text) || !isJson(text)) return null
  let pretty = ''
  let depth = 0
  let before = ''
  const line = () => `\n${INDENT.repeat(depth)}`
  for (const [token] of text.matchAll(TOKENS)) {
    const closes = token === '}' || token === ']'
    if (closes) depth -= 1
    const opened = before === '{' || before === '['
    if ((closes && !opened) || (!closes && (opened || before === ','))) pretty += line()
    pretty += token === ':' ? ': ' : token
    if (token === '{' || token === '[') depth += 1
    if (depth > DEPTH_MAX) return null
    before = token
  }
  return pretty
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return false
    throw error
  }
}
