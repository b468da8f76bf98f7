import { PNG } from 'pngjs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { VIEW_IDS } from '#components/view/view-choice.ts'
import { testBrokers } from '#test/support/brokers.ts'
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
})
