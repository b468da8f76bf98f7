/** Stands where server.ts does, for tests of how the bootstrap runs it: says what reaches it, and ends when asked. */
import { onParentGone } from '#lib/launcher/parent-process.ts'

const say = (word: string) => process.stdout.write(`${word}\n`)
const SIGNALS_MAY_COME_TWICE_WITHIN_MS = 300

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    say(signal)
    setTimeout(() => process.exit(7), SIGNALS_MAY_COME_TWICE_WITHIN_MS)
  })
}
onParentGone(() => process.exit(0))
setInterval(() => {}, 1_000)
say(`pid ${process.pid}`)
