const PART_WIDTH = 12
const PHASE_WIDTH = 11
const GLYPHS = { good: '●', busy: '○', bad: '✕', note: '·' }
const COLOURS = { good: 32, busy: 33, bad: 31, note: 2 }
/** Everything that could move the cursor or recolour the terminal: programs' and brokers' words are printed, not obeyed. */
const CONTROL = /\p{Cc}+/gu

const paint = (colour, text, isTty) => (isTty ? `\u001b[${colour}m${text}\u001b[0m` : text)

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`

/**
 * One line of progress: which part, what it is doing, in words, and how long it has taken.
 * `tone` is `good` (done), `busy` (under way), `bad` (why not) or `note`; control characters in `text` become blanks.
 *
 * @typedef {{ tone: 'good' | 'busy' | 'bad' | 'note', part: string, phase: string, text?: string, elapsedMs?: number }} Line
 * @param {Line} line
 * @param {boolean} isTty
 * @returns {string}
 */
export function progressLine({ tone, part, phase, text = '', elapsedMs }, isTty) {
  const words = text.replaceAll(CONTROL, ' ').trim()
  const head = `${paint(COLOURS[tone], GLYPHS[tone], isTty)} ${part.padEnd(PART_WIDTH)}${phase.padEnd(PHASE_WIDTH)}`
  const time = elapsedMs === undefined ? '' : paint(2, `  ${seconds(elapsedMs)}`, isTty)
  return `  ${head}${words}${time}`
}

/** Prints such lines to stdout. */
export function say(line) {
  process.stdout.write(`${progressLine(line, process.stdout.isTTY === true)}\n`)
}

const STILL_EVERY_MS = 10_000

/** Does one part of the preparation: says that it begins, that it is still at it, and how it ended. Rethrows. */
export async function during(part, phase, text, work) {
  const begun = performance.now()
  const elapsed = () => performance.now() - begun
  say({ tone: 'busy', part, phase, text })
  const still = setInterval(
    () => say({ tone: 'busy', part, phase: 'still', text, elapsedMs: elapsed() }),
    STILL_EVERY_MS,
  )
  try {
    const done = await work()
    say({ tone: 'good', part, phase: 'done', text: done, elapsedMs: elapsed() })
  } catch (error) {
    say({ tone: 'bad', part, phase: 'failed', text: error.message.split('\n')[0], elapsedMs: elapsed() })
    throw error
  } finally {
    clearInterval(still)
  }
}
