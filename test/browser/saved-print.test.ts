import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { savedPage } from '#components/recording/saved/page.ts'
import { uniqueName } from '#test/support/brokers.ts'
import { sharedChromium } from '#test/support/browser.ts'
import type { PagePool } from '#test/support/page-pool.ts'
import { openOffline } from '#test/support/saved-page.ts'
import {
  CHANNEL,
  consumer,
  content,
  delivered,
  destination,
  numbered,
  published,
  QUEUE,
} from '#test/unit/ledger/event-maker.ts'
import { recordingOf } from '#test/unit/recording/recordings.ts'

/** An A4 sheet at 96 dots an inch, without its margins. */
const SHEET = { width: 703, height: 1032 }
const SUBSCRIBERS = Array.from({ length: 16 }, (_, index) => `subscriber-with-a-name-${index}`)
const longWord = 'a-very-long-path-without-any-break/'.repeat(6)

const drafts = [
  destination(QUEUE),
  destination(CHANNEL),
  ...['worker-1', 'worker-2'].map((name) => consumer(QUEUE, name, 'attached')),
  ...SUBSCRIBERS.map((name) => consumer(CHANNEL, name, 'attached')),
  published(QUEUE, 'message-1', { ...content(1), text: longWord }),
  delivered(QUEUE, 'message-1', 'worker-1', 1),
  published(CHANNEL, 'message-1', content(1)),
  ...SUBSCRIBERS.slice(1).map((name) => delivered(CHANNEL, 'message-1', name, 1)),
]

let browser: Browser
let pages: PagePool
beforeAll(async () => {
  ;({ browser, pages } = await sharedChromium())
})
afterEach(() => pages.release())

/** The page as it comes to paper, from a screen in the dark theme. */
async function printed() {
  const path = join(tmpdir(), `${uniqueName('print')}.html`)
  const options = { note: '', zoneMinutes: 0, yieldWhenDue: () => undefined }
  writeFileSync(path, await savedPage(recordingOf(numbered(drafts)), options))
  const { offline } = await openOffline(browser, path, { viewport: SHEET, colorScheme: 'dark' })
  await offline.emulateMedia({ media: 'print' })
  return offline
}

describe('a saved page on paper', () => {
  test('is cut nowhere, whatever its texts and however many consumers there are', async () => {
    const page = await printed()
    const beyond = await page.locator('body *').evaluateAll((elements, width) => {
      const right = (element: Element) => element.getBoundingClientRect().right
      return elements.filter((element) => right(element) > width + 1).map(({ outerHTML }) => outerHTML)
    }, SHEET.width)
    expect(beyond).toEqual([])
    const cell = page.locator('section[data-lane^="Redis"] td', { hasText: 'delivered' }).first()
    expect(await cell.innerText()).toBe('subscriber-with-a-name-1: delivered, 2 ms, 1st')
    expect(await page.locator('section[data-lane^="RabbitMQ"] thead').isVisible()).toBe(true)
  })

  test('is dark on white from any theme, and says its moment instead of offering to play it', async () => {
    const page = await printed()
    const [paper, ink] = await page
      .locator('body')
      .evaluate((body) => [getComputedStyle(body).backgroundColor, getComputedStyle(body).color])
    expect([paper, ink]).toEqual(['rgb(255, 255, 255)', 'rgb(0, 0, 0)'])
    expect(await page.getByRole('button').count()).toBe(0)
    expect(await page.locator('#moment').innerText()).toMatch(/, event \d+ of \d+$/)
  })
})
