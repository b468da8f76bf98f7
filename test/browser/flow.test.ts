import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type DeskPage, openDesk, type TestDesk, wordsOf } from '#test/support/browser.ts'
import { until } from '#test/support/until.ts'

let desk: TestDesk
beforeAll(async () => {
  desk = await openDesk()
}, 120_000)
afterEach(() => desk.tidy())
afterAll(() => desk.close())

const picture = (at: DeskPage) => at.page.getByRole('img', { name: /^Message flow\./ })
const canvas = (at: DeskPage, what: string) =>
  at.page.locator('#view-flow canvas').getAttribute(`data-${what}`)

async function openFlow(room: string, options: Parameters<TestDesk['open']>[1] = {}): Promise<DeskPage> {
  const at = await desk.open(room, options)
  await at.page.getByRole('tab', { name: 'Flow' }).click()
  await at.page.locator('[data-consumer="reader-3"][data-state="attached"]').waitFor()
  return at
}

/** Arrivals that the drawing counts, over all consumers. */
const arrivals = (at: DeskPage) =>
  at.page
    .locator('#view-flow [data-arrivals]')
    .evaluateAll((nodes) => nodes.reduce((sum, node) => sum + Number(node.getAttribute('data-arrivals')), 0))

describe('one send to all three', () => {
  test("the drawing's name contains every lane's verdict, and each consumer counts its messages", async () => {
    const at = await openFlow(await desk.room())
    await at.sendToAll('who gets it')
    await until('the verdicts', async () => {
      const name = (await picture(at).getAttribute('aria-label')) ?? ''
      return (
        name.includes('RabbitMQ mailbox: 1 of 2 got #1: a queue.') &&
        name.includes('Redis chatroom: 2 of 2 got #1: fan-out.') &&
        name.includes('Kafka datascience: 1 per group got #1: a log.')
      )
    })
    await until('five arrivals', async () => (await arrivals(at)) === 5)
    const bar = await wordsOf(at.page.locator('[data-part="flow-bar"]'))
    expect(bar).toContain('who gets it')
    expect(bar).toContain('1 of 2')
    expect(at.faults).toEqual([])
  })

  test('without reduced motion every message travels, and the animation ends', async () => {
    const at = await openFlow(await desk.room(), { reducedMotion: 'no-preference' })
    const speed = at.page.getByRole('radiogroup', { name: 'Speed of the picture' })
    // Slowly: the first one must still travel when the last one starts, also on a busy machine.
    await speed.getByRole('radio', { name: 'Slow' }).click()
    await at.sendToAll('watch it go')
    // Three ways in and five ways out.
    await until('eight in motion', async () => Number(await canvas(at, 'moving')) >= 8)
    await speed.getByRole('radio', { name: 'Live' }).click()
    await until('everything to have arrived', async () => (await canvas(at, 'moving')) === '0')
    expect(at.faults).toEqual([])
  })

  test('while paused, events wait for a step', async () => {
    const room = await desk.room()
    const at = await openFlow(room, { reducedMotion: 'no-preference' })
    await at.page.getByRole('button', { name: 'Pause the picture' }).click()
    await at.sendTo('all three brokers', 'not yet')
    const all = await until('its whole life', async () => {
      const events = await desk.dashboard.events(0, room)
      const count = (kind: string) => events.filter((event) => event.kind === kind).length
      return count('published') === 3 && count('delivered') === 5 && count('committed') >= 2 && events
    })
    await until('the picture to know', async () => Number(await canvas(at, 'seq')) >= (all.at(-1)?.seq ?? 0))
    const waiting = Number(await canvas(at, 'waiting'))
    await at.page.getByRole('button', { name: 'Step one event' }).click()
    await until('one less', async () => Number(await canvas(at, 'waiting')) === waiting - 1)
    await at.page.getByRole('button', { name: 'Go on' }).click()
    await until('nothing to wait', async () => (await canvas(at, 'waiting')) === '0')
  })
})

test('under load streams replace dots, and the final counts are complete', async () => {
  const room = await desk.room()
  const at = await openFlow(room, { reducedMotion: 'no-preference' })
  const [rate, count] = [200, 300]
  for (const system of ['rabbitmq', 'redis', 'kafka']) {
    await desk.dashboard.request('POST', `/api/rooms/${room}/load`, { system, rate, count, size: 40 })
  }
  await until('streams', async () => (await canvas(at, 'dense')) === 'true')
  // One copy in the queue, two on the channel, one per group in the log.
  await until('every arrival', async () => (await arrivals(at)) === 5 * count, {
    timeoutMs: 45_000,
  })
  await until('dots again', async () => (await canvas(at, 'dense')) === 'false')
  expect(at.faults).toEqual([])
}, 90_000)

test('the slash key focuses the composer of the bar', async () => {
  const at = await openFlow(await desk.room())
  await at.page.keyboard.press('/')
  const field = at.page.getByRole('textbox', { name: 'Message to all three brokers' })
  expect(await field.evaluate((element) => element === document.activeElement)).toBe(true)
  expect(await field.count()).toBe(1)
})

for (const [width, height] of [
  [390, 844],
  [768, 900],
  [1280, 720],
  [1920, 1080],
] as const) {
  test(`at ${width} x ${height} nothing scrolls sideways`, async () => {
    const at = await desk.open(await desk.room(), { viewport: { width, height } })
    const address = `${at.page.url()}#flow`
    // A page of its own: the fragment is there before the first paint.
    await at.page.goto('about:blank')
    await at.page.goto(address)
    await at.page.locator('#view-flow [data-consumer][data-state="attached"]').first().waitFor()
    const across = await at.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    expect(across).toBeLessThanOrEqual(0)
  })
}
