import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { uniqueName } from '#test/support/brokers.ts'
import { openDesk, type TestDesk, wordsOf } from '#test/support/browser.ts'
import { saveAsPage } from '#test/support/saved-page.ts'
import { until } from '#test/support/until.ts'
import {
  AT,
  CHANNEL,
  consumer,
  content,
  type Draft,
  delivered,
  destination,
  LOG,
  numbered,
  published,
  QUEUE,
} from '#test/unit/ledger/event-maker.ts'
import { recordingOf, textOf } from '#test/unit/recording/recordings.ts'

let desk: TestDesk
beforeAll(async () => {
  desk = await openDesk()
}, 120_000)
afterEach(() => desk.tidy())
afterAll(() => desk.close())

/** Years ago: a message; then RabbitMQ is lost, and a reader crashes that Kafka has not missed yet. */
const drafts: Draft[] = [
  ...[QUEUE, CHANNEL, LOG].map(destination),
  consumer(QUEUE, 'worker-1', 'attached'),
  consumer(LOG, 'reader-1', 'attached', { group: 'analytics' }),
  published(QUEUE, 'message-1', content(1)),
  delivered(QUEUE, 'message-1', 'worker-1', 1),
  {
    ...published(QUEUE, 'unused'),
    kind: 'broker',
    at: AT + 500,
    now: {
      system: 'rabbitmq',
      status: 'connecting',
      since: AT + 500,
      tries: 2,
      nextTryAt: AT + 8_000,
      reason: { code: 'lost', text: 'gone' },
    },
  } as unknown as Draft,
  consumer(LOG, 'reader-1', 'crashed', { group: 'analytics', evictedAt: AT + 6_000 }, AT + 1_000),
]

async function play(recorded = drafts): Promise<Page> {
  const path = join(tmpdir(), `${uniqueName('replay')}.jsonl`)
  writeFileSync(path, textOf(recordingOf(numbered(recorded))))
  const page = await desk.page({ reducedMotion: 'no-preference' })
  await page.goto(`${desk.dashboard.url}/play`)
  await page.locator('input[type=file]').setInputFiles(path)
  await page.getByRole('slider', { name: 'Moment of the recording' }).waitFor()
  return page
}

describe('a recording has its own clock', () => {
  test('which countdowns in the panes and in the Flow use', async () => {
    const page = await play()
    const who = page.locator('[data-system="rabbitmq"] [data-part="broker"]')
    await until('the next try', async () => (await wordsOf(who)).includes('try 2, next in 7 s'))
    expect(await page.locator('[data-part="next-try"]').allTextContents()).toEqual(['Next try in 7 s.'])
    await page.getByText('crashed, evicted in 5 s').waitFor()
    await page.getByRole('tab', { name: 'Flow' }).click()
    await page.locator('[data-consumer]').getByText('evicted in 5 s').waitFor()
  })

  test('which a pane’s rate of arrivals uses, however the moment was reached', async () => {
    const burst = Array.from({ length: 20 }, (_, index) =>
      delivered(QUEUE, `message-${index + 1}`, 'worker-1', index + 1, { at: AT + index * 40 }),
    )
    const silence = consumer(QUEUE, 'worker-2', 'attached', {}, AT + 60_000)
    const recorded = [destination(QUEUE), consumer(QUEUE, 'worker-1', 'attached'), ...burst, silence]
    const page = await play(recorded)
    const chip = page.locator('[data-rate]')
    const slider = page.getByRole('slider', { name: 'Moment of the recording' })
    await slider.fill(String(recorded.length - 1))
    await until('the burst', async () => (await chip.allTextContents()).join() === '+20/s')
    await slider.fill(String(recorded.length))
    await until('the silence after it', async () => (await chip.count()) === 0)
  })

  test('which the Timeline uses, also after going back and forth', async () => {
    const page = await play()
    await page.getByRole('tab', { name: 'Timeline' }).click()
    const lines = page.getByRole('list', { name: 'In the window' })
    const says = async (words: string) => (await lines.allTextContents()).join().includes(words)
    await until('the delivery', () => says('worker-1: 1 change of state, 1 delivery'))
    const slider = page.getByRole('slider', { name: 'Moment of the recording' })
    await slider.fill('0')
    await until('nothing', async () => !(await says('delivery')) && !(await says('publish')))
    await slider.fill(String(drafts.length))
    await until('the delivery once', () => says('worker-1: 1 change of state, 1 delivery'))
  })
})

test('a long recording is saved as a page in portions, while the page says so and keeps drawing', async () => {
  const many = Array.from({ length: 5_000 }, (_, index) =>
    delivered(QUEUE, `message-${index}`, 'worker-1', index + 1, content(index + 1)),
  )
  const page = await play([destination(QUEUE), consumer(QUEUE, 'worker-1', 'attached'), ...many])
  await page.evaluate(() => {
    const drawn = { frames: 0 }
    Object.assign(window, { drawn })
    const watch = () => {
      const words = document.querySelector('header [role="status"]')?.textContent
      if (words === 'Preparing the page') drawn.frames += 1
      requestAnimationFrame(watch)
    }
    watch()
  })
  await saveAsPage(page)
  const frames = await page.evaluate(() => (window as unknown as { drawn: { frames: number } }).drawn.frames)
  expect(frames).toBeGreaterThan(3)
  const words = page.locator('header [role="status"]')
  await until('it to be over', async () => (await words.textContent()) === '')
})
