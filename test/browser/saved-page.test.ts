import { readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { uniqueName } from '#test/support/brokers.ts'
import { openDesk, type TestDesk, wordsOf } from '#test/support/browser.ts'
import { createClassicStream } from '#test/support/classic-stream.ts'
import { allArrived, play, record, stopAndSave } from '#test/support/playing.ts'
import { openOffline, saveAsPage } from '#test/support/saved-page.ts'
import { until } from '#test/support/until.ts'
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
import { recordingOf, textOf } from '#test/unit/recording/recordings.ts'

/** Two pages and three brokers on a small machine. */
const LONG_TEST_MS = 120_000

let desk: TestDesk
beforeAll(async () => {
  desk = await openDesk()
}, 120_000)
afterEach(() => desk.tidy())
afterAll(() => desk.close())

const HOSTILE = `</script><script>document.title='ran'</script><img src=x onerror="document.title='ran'">`

describe('a recording', () => {
  test(
    'is saved as one page that works offline, says the verdicts, and runs nothing that its texts say',
    async () => {
      const at = await desk.open(await desk.room())
      await record(at)
      await at.sendToAll(HOSTILE)
      await allArrived(at, HOSTILE)
      await at.sendToAll('the second')
      await allArrived(at, 'the second')
      const { page, slider } = await play(desk, await stopAndSave(at))
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
      const { page, slider } = await play(desk, path)
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
    const { page, slider, faults } = await play(desk, path)
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
    await until('it to say so', async () => (await wordsOf(button)) === 'Not saved. Try again')
    expect(faults).toEqual(['no room for the page'])
    expect(readFileSync(await saveAsPage(page), 'utf8')).toContain('the classic stream')
    expect(await wordsOf(button)).toBe('Save as a page')
  })
})

/** An A4 sheet at 96 dots an inch, without its margins. */
const SHEET = { width: 703, height: 1032 }
const SUBSCRIBERS = Array.from({ length: 16 }, (_, index) => `subscriber-with-a-name-${index}`)
const LONG_WORD = 'a-very-long-path-without-any-break/'.repeat(6)

/** A recording with more consumers than a sheet has room for. */
const wideRecording = () =>
  recordingOf(
    numbered([
      destination(QUEUE),
      destination(CHANNEL),
      ...['worker-1', 'worker-2'].map((name) => consumer(QUEUE, name, 'attached')),
      ...SUBSCRIBERS.map((name) => consumer(CHANNEL, name, 'attached')),
      published(QUEUE, 'message-1', { ...content(1), text: LONG_WORD }),
      delivered(QUEUE, 'message-1', 'worker-1', 1),
      published(CHANNEL, 'message-1', content(1)),
      ...SUBSCRIBERS.slice(1).map((name) => delivered(CHANNEL, 'message-1', name, 1)),
    ]),
  )

async function saveWide(): Promise<string> {
  const path = join(tmpdir(), `${uniqueName('wide')}.jsonl`)
  writeFileSync(path, textOf(wideRecording()))
  const { page, slider } = await play(desk, path)
  await slider.waitFor()
  return await saveAsPage(page)
}

describe('a saved page', () => {
  test('has the colours of the screen, in both themes', async () => {
    const file = await saveWide()
    const colours = async (colorScheme: 'light' | 'dark') => {
      const { offline, faults } = await openOffline(desk.browser, file, { colorScheme })
      const styleOf = (selector: string, property: string) =>
        offline
          .locator(selector)
          .first()
          .evaluate((element, name) => getComputedStyle(element).getPropertyValue(name), property)
      const found = {
        canvas: await styleOf('body', 'background-color'),
        hue: await styleOf('section[data-lane^="Redis"] h2', 'color'),
        cell: await styleOf('[data-look="delivered"]', 'background-color'),
      }
      expect(faults).toEqual([])
      return found
    }
    expect(await colours('light')).toEqual({
      canvas: 'rgb(242, 242, 238)',
      hue: 'rgb(174, 28, 107)',
      cell: 'rgb(251, 239, 245)',
    })
    expect(await colours('dark')).toEqual({
      canvas: 'rgb(12, 14, 18)',
      hue: 'rgb(255, 122, 182)',
      cell: 'rgb(32, 19, 26)',
    })
    expect(readFileSync(file, 'utf8')).not.toMatch(/https?:|\ssrc="|href="[^#]|@import|url\(/)
  })

  test('on paper is cut nowhere, whatever its texts and however many consumers there are', async () => {
    const page = await printed(await saveWide())
    const beyond = await page.locator('body *').evaluateAll((elements, width) => {
      const right = (element: Element) => element.getBoundingClientRect().right
      return elements.filter((element) => right(element) > width + 1).map(({ outerHTML }) => outerHTML)
    }, SHEET.width)
    expect(beyond).toEqual([])
    const cell = page.locator('section[data-lane^="Redis"] td', { hasText: 'delivered' }).first()
    expect(await wordsOf(cell)).toBe('subscriber-with-a-name-1: delivered, 2 ms, 1st')
    expect(await page.locator('section[data-lane^="RabbitMQ"] thead').isVisible()).toBe(true)
  })

  test('on paper is dark on white from any theme, and says its moment instead of offering to play it', async () => {
    const page = await printed(await saveWide())
    const [paper, ink] = await page
      .locator('body')
      .evaluate((body) => [getComputedStyle(body).backgroundColor, getComputedStyle(body).color])
    expect([paper, ink]).toEqual(['rgb(255, 255, 255)', 'rgb(0, 0, 0)'])
    expect(await page.getByRole('button').count()).toBe(0)
    expect(await wordsOf(page.locator('#moment'))).toMatch(/, event \d+ of \d+$/)
  })

  test('brings React’s renderer only when it is asked for', async () => {
    const path = join(tmpdir(), `${uniqueName('page')}.jsonl`)
    writeFileSync(path, textOf(recordingOf(createClassicStream().take(110))))
    const { page, slider } = await play(desk, path)
    await slider.waitFor()
    const renderers = () =>
      page.evaluate(async () => {
        const urls = performance
          .getEntriesByType('resource')
          .map(({ name }) => name)
          .filter((name) => /\.js(\?|$)/.test(name))
        const texts = await Promise.all(urls.map(async (url) => await (await fetch(url)).text()))
        return texts.filter((text) => text.includes('renderToStaticMarkup=')).length
      })
    expect(await renderers()).toBe(0)
    await saveAsPage(page)
    expect(await renderers()).toBeGreaterThan(0)
  })
})

/** The page as it comes to paper, from a screen in the dark theme. */
async function printed(path: string) {
  const { offline } = await openOffline(desk.browser, path, { viewport: SHEET, colorScheme: 'dark' })
  await offline.emulateMedia({ media: 'print' })
  return offline
}
