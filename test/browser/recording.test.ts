import { readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { violations } from '#test/support/axe.ts'
import { uniqueName } from '#test/support/brokers.ts'
import { openDesk, type TestDesk, wordsOf } from '#test/support/browser.ts'
import { createClassicStream } from '#test/support/classic-stream.ts'
import { allArrived, play, record, stopAndSave } from '#test/support/playing.ts'
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

      const { page, faults, slider } = await play(desk, path)
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
    'plays by itself to its end',
    async () => {
      const at = await desk.open(await desk.room())
      await record(at)
      await at.sendToAll('played')
      await allArrived(at, 'played')
      const { page, slider } = await play(desk, await stopAndSave(at))
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
    const { page, faults } = await play(desk, join(import.meta.dirname, 'recording.test.ts'))
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
      const { page, faults, slider } = await play(desk, path)
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

/** Moves the slider as a person would; returns how long the page was busy with it, milliseconds. */
function stepTo(position: number): number {
  const input = document.querySelector<HTMLInputElement>('input[aria-label="Moment of the recording"]')
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
      async () =>
        (await at.page.locator('article [data-message-id]').filter({ hasText: 'pears' }).count()) === 0,
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
    await at.page.locator('article [data-message-id]').filter({ hasText: 'pears' }).first().waitFor()
    expect(at.faults).toEqual([])
  })
})
