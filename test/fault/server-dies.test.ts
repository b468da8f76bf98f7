import { expect, test } from 'vitest'
import { testBrokers } from '#test/support/brokers.ts'
import { startDashboard } from '#test/support/dashboard.ts'
import { until } from '#test/support/until.ts'

test('after the server was killed and started again, a reader with an old position gets a gap event, and the lanes work', async () => {
  const dashboard = await startDashboard(testBrokers())
  try {
    const before = await dashboard.attached()
    await dashboard.send('kafka', 'before the crash')
    await dashboard.kill9()
    await dashboard.startAgain()
    const after = await dashboard.attached()
    expect(after.epoch).not.toBe(before.epoch)

    const abort = new AbortController()
    const stream = await fetch(`${dashboard.url}/api/rooms/lobby/events`, {
      headers: { accept: 'text/event-stream', 'last-event-id': `${before.epoch}:${before.seq}` },
      signal: abort.signal,
    })
    const first = await stream.body?.getReader().read()
    abort.abort()
    expect(new TextDecoder().decode(first?.value)).toMatch(
      /"kind":"gap".*"reason":"epoch"|"reason":"epoch".*"kind":"gap"/,
    )

    const { id, seq } = await dashboard.send('rabbitmq', 'after the return')
    await until('it to be delivered', async () =>
      (await dashboard.events(seq)).some((event) => event.kind === 'delivered' && event.messageId === id),
    )
  } finally {
    await dashboard.close()
  }
}, 120_000)
