/**
 * A caller of the dashboard in a process of its own, which asks for one page of figures at a time, a few times a second:
 * how long it waits is the server's doing alone. Ends when its parent does.
 */

const ASK_EVERY_MS = 250

let slowestMs = 0
/** When the request was made that has no answer yet. */
let waitingSince: number | undefined

const noteWait = () => {
  if (waitingSince !== undefined) slowestMs = Math.max(slowestMs, performance.now() - waitingSince)
}

async function ask(url: string): Promise<void> {
  waitingSince = performance.now()
  const response = await fetch(`${url}/api/metrics`)
  await response.text()
  noteWait()
  waitingSince = undefined
}

async function askOnAndOn(url: string): Promise<void> {
  for (;;) {
    await ask(url).catch(() => undefined)
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS))
  }
}

process.on('message', (message: { type: 'ask'; url: string } | { type: 'count' }) => {
  if (message.type === 'ask') void askOnAndOn(message.url)
  else {
    noteWait()
    process.send?.({ type: 'count', slowestMs })
  }
})
process.on('disconnect', () => process.exit(0))
