import { readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { violations } from '#test/support/axe.ts'
import { uniqueName } from '#test/support/brokers.ts'
import { type DeskPage, openDesk, type TestDesk, wordsOf } from '#test/support/browser.ts'
import { createClassicStream } from '#test/support/classic-stream.ts'
import { openOffline, saveAsPage } from '#test/support/saved-page.ts'
import { until } from '#test/support/until.ts'
import { recordingOf, textOf } from '#test/unit/recording/recordings.ts'

const PANES = [
  'worker-1 on RabbitMQ mailbox',
  'worker-2 on RabbitMQ mailbox',
  'subscriber-1 on Redis chatroom',
  'subscriber-2 on Redis chatroom',
  'reader-1 on Kafka datascience',
  'reader-3 on Kafka datascience',
]

/** Two pages and three brokers on a small machine. */
const LONG_TEST_MS = 120_000

let desk: TestDesk
beforeAll(async () => {
  desk = await openDesk()
}, 120_000)
afterEach(() => desk.tidy())
afterAll(() => desk.close())

/** The messages that each pane shows, by id. */
const rowsIn = (page: Page) =>
  Promise.all(
    PANES.map((name) =>
      page
        .getByRole('log', { name, exact: true })
        .locator('[data-message-id]')
        .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-message-id'))),
    ),
  )

async function record(at: DeskPage) {
  await at.page.getByRole('button', { name: 'Record', exact: true }).click()
  await at.page.getByRole('button', { name: 'Start recording' }).click()
  await at.page.getByRole('button', { name: 'Stop recording' }).waitFor()
}

/** Stops and saves the recording; answers where it lies. */
async function stopAndSave(at: DeskPage): Promise<string> {
  await at.page.getByRole('button', { name: 'Stop recording' }).click()
  const [saved] = await Promise.all([
    at.page.waitForEvent('download'),
    at.page.getByRole('button', { name: 'Download' }).click(),
  ])
  const path = join(tmpdir(), `${uniqueName('recording')}.jsonl`)
  await saved.saveAs(path)
  return path
}

async function play(path: string) {
  const context = await desk.browser.newContext({
    viewport: { width: 1600, height: 1000 },
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  const faults: string[] = []
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
  page.on('pageerror', (error) => faults.push(error.message))
  await page.goto(`${desk.dashboard.url}/play`)
  await page.locator('input[type=file]').setInputFiles(path)
  return { page, faults, slider: page.getByRole('slider', { name: 'Moment of the recording' }) }
}

const HOSTILE = `</script><script>document.title='ran'</script><img src=x onerror="document.title='ran'">`

const allArrived = (at: DeskPage, text: string) =>
  until('every system to have it', async () => {
    const shown = await at.page.locator('[data-message-id]').filter({ hasText: text }).count()
    return shown >= 5
  })

describe('a recording', () => {
  test(
    'made of a send to all opens without a room, shows the same rows, and goes back and forth',
    async () => {
      const at = await desk.open(await desk.room())
      await at.sendToAll('before recording')
      await allArrived(at, 'before recording')
      await record(at)
      await at.sendToAll('while recording')
      await allArrived(at, 'while recording')
      await until(
        'a read to be committed',
        async () => (await at.lane('kafka').getByText('committed').count()) > 0,
      )
      const live = await rowsIn(at.page)
      const path = await stopAndSave(at)
      expect(at.faults).toEqual([])

      const { page, faults, slider } = await play(path)
      await slider.waitFor()
      expect(await rowsIn(page)).toEqual(live)
      const last = await slider.inputValue()
      await slider.fill('0')
      await until('the beginning', async () => (await rowsIn(page)).every((rows) => rows.length === 0))
      await page.getByRole('button', { name: 'One event on' }).click()
      await until('one event', async () => (await slider.inputValue()) === '1')
      await slider.fill(last)
      await until('the end', async () => JSON.stringify(await rowsIn(page)) === JSON.stringify(live))
      expect(await page.getByRole('button', { name: 'Crash worker-1' }).isVisible()).toBe(false)
      expect(await page.getByRole('textbox', { name: 'Message to RabbitMQ' }).isVisible()).toBe(false)
      expect(await violations(page)).toEqual([])
      expect(faults).toEqual([])
    },
    LONG_TEST_MS,
  )

  test(
    'is saved as one page that works offline, says the verdicts, and runs nothing that its texts say',
    async () => {
      const at = await desk.open(await desk.room())
      await record(at)
      await at.sendToAll(HOSTILE)
      await allArrived(at, HOSTILE)
      await at.sendToAll('the second')
      await allArrived(at, 'the second')
      const { page, slider } = await play(await stopAndSave(at))
      await slider.waitFor()
      const file = await saveAsPage(page)
      const { offline, faults, verdict } = await openOffline(desk.browser, file)
      await until(
        'the verdict',
        async () => (await wordsOf(verdict('RabbitMQ'))) === '1 of 2 got #2: a queue',
      )
      expect(await wordsOf(verdict('Redis'))).toBe('2 of 2 got #2: fan-out')
      const rows = offline.getByRole('region', { name: 'RabbitMQ mailbox' }).locator('tbody tr:visible')
      expect(await wordsOf(rows.first())).toContain(HOSTILE)
      expect(await rows.first().getByText('One worker per message').count()).toBe(1)
      await offline.getByRole('slider', { name: 'Moment of the recording' }).fill('0')
      await until('the beginning', async () => (await rows.count()) === 0)
      expect(await wordsOf(verdict('RabbitMQ'))).toBe('Nothing sent yet')
      expect(await offline.title()).not.toBe('ran')
      expect(faults).toEqual([])
    },
    LONG_TEST_MS,
  )

  test(
    'is saved as a page that says the same without scripts',
    async () => {
      const path = join(tmpdir(), `${uniqueName('page')}.jsonl`)
      writeFileSync(path, textOf(recordingOf(createClassicStream().take(110))))
      const { page, slider } = await play(path)
      await slider.waitFor()
      const { offline, verdict } = await openOffline(desk.browser, await saveAsPage(page), {
        javaScriptEnabled: false,
      })
      expect(await wordsOf(verdict('Kafka'))).toContain('got #10')
      expect(await offline.locator('#events li').count()).toBe(110)
      expect(await offline.getByRole('slider').count()).toBe(0)
    },
    LONG_TEST_MS,
  )

  test('that could not be saved as a page says so, and can be saved again', async () => {
    const path = join(tmpdir(), `${uniqueName('page')}.jsonl`)
    writeFileSync(path, textOf(recordingOf(createClassicStream().take(110))))
    const { page, slider, faults } = await play(path)
    await slider.waitFor()
    await page.evaluate(() => {
      const { createObjectURL } = URL
      URL.createObjectURL = () => {
        URL.createObjectURL = createObjectURL
        throw new Error('no room for the page')
      }
    })
    const button = page.getByRole('button', { name: 'Save as a page' })
    await button.click()
    await until('it to be told', async () => (await wordsOf(button)) === 'Not saved. Try again')
    expect(faults).toEqual(['no room for the page'])
    expect(readFileSync(await saveAsPage(page), 'utf8')).toContain('the classic stream')
    expect(await wordsOf(button)).toBe('Save as a page')
  })

  test(
    'plays by itself to its end',
    async () => {
      const at = await desk.open(await desk.room())
      await record(at)
      await at.sendToAll('played')
      await allArrived(at, 'played')
      const { page, slider } = await play(await stopAndSave(at))
      await slider.waitFor()
      await page.getByRole('button', { name: '8×' }).click()
      await page.getByRole('button', { name: 'Play', exact: true }).click()
      await until(
        'it to play',
        async () => (await page.getByRole('button', { name: 'Pause', exact: true }).count()) === 1,
      )
      await until('the end', async () => (await slider.inputValue()) === (await slider.getAttribute('max')))
      await page.getByRole('button', { name: 'Play', exact: true }).waitFor()
    },
    LONG_TEST_MS,
  )

  test(
    'is sent again into a live room, once each',
    async () => {
      const from = await desk.open(await desk.room())
      await record(from)
      await from.sendToAll('once more')
      await allArrived(from, 'once more')
      const path = await stopAndSave(from)
      const room = await desk.room()
      const to = await desk.open(room)
      await to.log('worker-1 on RabbitMQ mailbox').waitFor()
      await to.page.getByRole('button', { name: 'Record', exact: true }).click()
      await to.page.locator('input[type=file]').setInputFiles(path)
      await to.page.getByRole('button', { name: 'Send again into this room' }).click()
      await allArrived(to, 'once more')
      await until('the books to say so', async () =>
        (await wordsOf(to.lane('redis').getByRole('group', { name: 'Ledger of Redis chatroom' }))).startsWith(
          '1 sent 1 seen',
        ),
      )
      expect(to.faults).toEqual([])
    },
    LONG_TEST_MS,
  )

  test('that is none, or a broken one, is refused in words', async () => {
    const { page, faults } = await play(join(import.meta.dirname, 'recording.test.ts'))
    expect(await wordsOf(page.getByRole('alert').filter({ hasText: 'recording' }))).toContain(
      'This file is no recording',
    )
    expect(await violations(page)).toEqual([])
    expect(faults).toEqual([])
  })
})

describe('a long recording', () => {
  const EVENTS = 100_000
  /** Far above what `bench/recording.ts` measures on a quiet machine: what grows with the length would still be met. */
  const OPEN_MAX_MS = 15_000
  const STEP_MAX_MS = 500

  test(
    'of 100,000 events opens in one go, and a step in it costs the same wherever it leads',
    async () => {
      const path = join(tmpdir(), `${uniqueName('long')}.jsonl`)
      writeFileSync(path, textOf(recordingOf(createClassicStream().take(EVENTS))))
      const { page, faults, slider } = await play(path)
      await slider.waitFor({ timeout: OPEN_MAX_MS })
      const steps: number[] = []
      for (const position of [99_999, 99_998, 50_000, 49_999, 10_000, 75_321, 3, 88_888]) {
        steps.push(await page.evaluate(stepTo, position))
        await until('the step', async () => (await slider.inputValue()) === String(position))
      }
      const median = steps.toSorted((a, b) => a - b)[Math.floor(steps.length / 2)]
      expect(median).toBeLessThan(STEP_MAX_MS)
      expect(faults).toEqual([])
    },
    LONG_TEST_MS,
  )
})

/** Moves the slider as a person would; answers how long the page was busy with it, milliseconds. */
function stepTo(position: number): number {
  const input = document.querySelector<HTMLInputElement>('.scrub')
  const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set
  if (!input || !set) throw new Error('no slider')
  set.call(input, String(position))
  const from = performance.now()
  input.dispatchEvent(new Event('input', { bubbles: true }))
  return performance.now() - from
}

describe('finding', () => {
  test('by words, narrows the panes to what matches, jumps to a message, and saves what was found', async () => {
    const at = await desk.open(await desk.room())
    await at.sendToAll('apples =1+1')
    await at.sendToAll('pears')
    await allArrived(at, 'pears')
    await at.page.getByRole('button', { name: 'Find and export messages' }).click()
    await at.page.getByRole('searchbox', { name: 'Find a message' }).fill('apples')
    await at.page.getByText('1 match', { exact: true }).waitFor()
    expect(await violations(at.page)).toEqual([])
    await at.page.getByRole('button', { name: 'Only these in the panes' }).click()
    await until(
      'the pears to be gone',
      async () => (await at.page.locator('.row').filter({ hasText: 'pears' }).count()) === 0,
    )
    const [saved] = await Promise.all([
      at.page.waitForEvent('download'),
      at.page.getByRole('button', { name: 'CSV' }).click(),
    ])
    const csv = readFileSync(await saved.path(), 'utf8')
    expect(csv.trimEnd().split('\r\n')).toHaveLength(4)
    expect(csv).not.toContain('pears')
    await at.page.locator('[data-listed]').first().click()
    await until('the trace', async () => (await wordsOf(at.verdict('redis'))).includes('#1'))
    await at.page.getByRole('button', { name: 'Show all' }).click()
    await at.page.locator('.row').filter({ hasText: 'pears' }).first().waitFor()
    expect(at.faults).toEqual([])
  })
})
