import { PNG } from 'pngjs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { VIEW_IDS } from '#components/view/view-choice.ts'
import { testBrokers, uniqueName } from '#test/support/brokers.ts'
import { type Dashboard, startDashboard } from '#test/support/dashboard.ts'
import { openChromiumEngine } from '#test/support/engines/chromium.ts'
import type { Engine, EnginePage } from '#test/support/engines/engine.ts'
import { openFirefoxEngine } from '#test/support/engines/firefox.ts'
import { openWebKitEngine } from '#test/support/engines/webkit.ts'
import { until } from '#test/support/until.ts'

const DESKTOP = { width: 1440, height: 900 }
const PHONE = { width: 390, height: 844 }
/** A page that shows nothing has one colour, or two. */
const COLOURS_MIN = 20

let dashboard: Dashboard
beforeAll(async () => {
  dashboard = await startDashboard(testBrokers())
  await dashboard.attached()
})
afterAll(() => dashboard?.close())

/** A room with one destination, where a phone's seat is, and what becomes of a message there. */
const SEATS = [
  { system: 'rabbitmq', mode: 'queue', name: 'jobs' },
  { system: 'redis', mode: 'queue', name: 'tasks' },
  { system: 'kafka', mode: 'log', name: 'records' },
] as const

/** Opens the room's link on a phone and joins by name. */
async function takeSeat(page: EnginePage, room: string, name: string): Promise<string> {
  const { code } = (await (await dashboard.request('GET', `/api/rooms/${room}/share`)).json()) as {
    code: string
  }
  await page.goto(`${dashboard.url}/join/${code}`)
  await page.send('input[aria-describedby="name-note"]', name)
  await reads(page, 'You are')
  return code
}

const reads = (page: EnginePage, words: string) =>
  until(`“${words}”`, async () => (await page.words('body')).includes(words))

const isAttached = (room: string) =>
  until('the seat to be attached', async () => {
    const { consumers } = await dashboard.snapshot(room)
    return consumers.some(({ owner, state, away }) => owner && state === 'attached' && !away)
  })

const verdict = (system: string) => `section[data-mode][data-system="${system}"] [data-part="verdict"]`

function coloursOf(picture: Buffer): number {
  const { data } = PNG.sync.read(picture)
  const colours = new Set<number>()
  for (let at = 0; at < data.length; at += 4) colours.add(data.readUInt32BE(at))
  return colours.size
}

async function hasDrawn(page: EnginePage): Promise<void> {
  await until('something to be drawn', async () => coloursOf(await page.picture()) >= COLOURS_MIN)
}

describe.each([
  ['Chromium', openChromiumEngine],
  ['Firefox', openFirefoxEngine],
  ['WebKit', openWebKitEngine],
])('in %s', (name, openEngine) => {
  let engine: Engine
  beforeAll(async () => {
    engine = await openEngine()
  })
  afterAll(() => engine?.close())

  test('a message to all three is sent, each lane says who got it, and every view is drawn without an error', async () => {
    const page = await engine.open(DESKTOP)
    await page.goto(dashboard.url)
    await page.send('textarea[aria-label="Message to all three brokers"]', `hello from ${name}`)
    await until('the verdicts', async () => {
      const words = await Promise.all(['rabbitmq', 'redis', 'kafka'].map((id) => page.words(verdict(id))))
      return (
        /^1 of 2 got/.test(words[0] ?? '') && /^2 of 2 got/.test(words[1] ?? '') && /got/.test(words[2] ?? '')
      )
    })
    for (const id of VIEW_IDS) {
      await page.click(`#tab-${id}`)
      await until(`${id} to show something`, async () => (await page.words(`#view-${id}`)) !== '')
      await hasDrawn(page)
    }
    expect(await page.faults()).toEqual([])
  })

  test('a phone shows one lane at a time, and sends', async () => {
    const page = await engine.open(PHONE)
    await page.goto(dashboard.url)
    await page.send('textarea[aria-label="Message to all three brokers"]', `from a phone in ${name}`)
    await until('a verdict', async () => (await page.words(verdict('rabbitmq'))).includes('got'))
    await hasDrawn(page)
    expect(await page.faults()).toEqual([])
  })

  // Chromium's phones have a file of their own.
  test.runIf(name !== 'Chromium').each(SEATS)(
    'a phone on a $system $mode takes its seat, gets a message and answers it, votes, drops its connection and comes back',
    async ({ system, ...place }) => {
      const room = uniqueName('phone').toLowerCase()
      const scene = { destinations: [{ system, ...place, consumers: [] }] }
      expect((await dashboard.request('PUT', `/api/rooms/${room}`, { scene })).status).toBe(201)
      const page = await engine.open(PHONE)
      const code = await takeSeat(page, room, 'Mei')
      await isAttached(room)
      await dashboard.send(system, 'The coffee is ready', { room, destination: place.name, sender: 'Ada' })
      await reads(page, 'The coffee is ready')
      if (place.mode === 'queue') {
        await page.press('Requeue')
        await reads(page, 'It was given out before.')
        await page.press('Ack')
        await reads(page, 'Acknowledged: done.')
      }
      const question = { question: 'Who gets it?', choices: ['One', 'All'] }
      await dashboard.request('POST', `/api/rooms/${room}/vote`, question)
      await page.press('All')
      await reads(page, '1 of 1 voted')
      await hasDrawn(page)
      await page.press('Drop connection')
      await reads(page, 'Your connection is gone')
      await page.press('Connect again')
      await isAttached(room)
      await page.goto(`${dashboard.url}/join/${code}`)
      await reads(page, 'You are')
      await isAttached(room)
      await page.press('Leave the room')
      await reads(page, 'Join')
      expect(await page.faults()).toEqual([])
      await dashboard.request('DELETE', `/api/rooms/${room}`)
    },
  )
})
