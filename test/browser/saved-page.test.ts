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
