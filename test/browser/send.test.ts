import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openDesk, type TestDesk, wordsOf } from '#test/support/browser.ts'
import { until } from '#test/support/until.ts'

const WORKERS = ['worker-1 on RabbitMQ mailbox', 'worker-2 on RabbitMQ mailbox']
const SUBSCRIBERS = ['subscriber-1 on Redis chatroom', 'subscriber-2 on Redis chatroom']
const ANALYTICS = ['reader-1 on Kafka datascience', 'reader-2 on Kafka datascience']
const AUDIT = ['reader-3 on Kafka datascience']

let desk: TestDesk
beforeAll(async () => {
  desk = await openDesk()
}, 120_000)
afterEach(() => desk.tidy())
afterAll(() => desk.close())

/** How many rows with this text each of the named panes shows. */
async function counts(at: Awaited<ReturnType<TestDesk['open']>>, panes: string[], text: string) {
  return Promise.all(
    panes.map((name) => at.log(name).locator('[data-message-id]').filter({ hasText: text }).count()),
  )
}

/** The words of the first alert that appears beside the lane's buttons. */
function firstRefusalIn(element: Element): Promise<string> {
  return new Promise((resolve) => {
    const look = () => {
      const words = element.querySelector('[data-part="actions"] [role="alert"]')?.textContent
      if (words) resolve(words)
    }
    new MutationObserver(look).observe(element, { childList: true, subtree: true, characterData: true })
    look()
  })
}

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0)

describe('one send, three fates', () => {
  test('a send to all three lands at one worker, at every subscriber and at one reader of each group', async () => {
    const at = await desk.open(await desk.room())
    await at.sendToAll('to all of you')
    await until('one worker', async () => sum(await counts(at, WORKERS, 'to all of you')) === 1)
    await until('both subscribers', async () =>
      (await counts(at, SUBSCRIBERS, 'to all of you')).every((count) => count === 1),
    )
    await until(
      'one reader of analytics',
      async () => sum(await counts(at, ANALYTICS, 'to all of you')) === 1,
    )
    await until('the reader of audit', async () => sum(await counts(at, AUDIT, 'to all of you')) === 1)
    expect(at.faults).toEqual([])
  })

  test('each lane says in one sentence who got it, and the receipt says it for all three', async () => {
    const at = await desk.open(await desk.room())
    await at.sendToAll('who has it?')
    await until('the queue', async () =>
      (await wordsOf(at.verdict('rabbitmq'))).includes('1 of 2 got #1: a queue'),
    )
    await until('the fan-out', async () =>
      (await wordsOf(at.verdict('redis'))).includes('2 of 2 got #1: fan-out'),
    )
    await until('the log', async () =>
      (await wordsOf(at.verdict('kafka'))).includes('1 per group got #1: a log'),
    )
    const receipt = at.page.getByRole('status', { name: 'Receipt' })
    const words = await wordsOf(receipt)
    expect(words).toContain('#1 sent to all three')
    expect(words).toContain('1 of 2 workers')
    expect(words).toContain('2 of 2 subscribers')
    expect(words).toContain('1 per group')
  })

  test('the worker that did not get it says who did', async () => {
    const at = await desk.open(await desk.room())
    await at.sendTo('RabbitMQ', 'a single job')
    const ghost = at.lane('rabbitmq').locator('[data-ghost="other-consumer"]')
    await ghost.waitFor()
    expect(await wordsOf(ghost)).toMatch(/worker-[12] has it\. One worker per message\./)
    expect(await at.lane('rabbitmq').locator('.cord').count()).toBe(1)
  })

  test('a send to one broker reaches no other, and their lanes say so', async () => {
    const at = await desk.open(await desk.room())
    await at.sendTo('Redis', 'for Redis alone')
    await until('both subscribers', async () =>
      (await counts(at, SUBSCRIBERS, 'for Redis alone')).every((count) => count === 1),
    )
    expect(sum(await counts(at, [...WORKERS, ...ANALYTICS, ...AUDIT], 'for Redis alone'))).toBe(0)
    await until('the lane to say it', async () =>
      (await wordsOf(at.verdict('kafka'))).includes('#1 was not sent here'),
    )
  })

  test('a second browser in the room sees the same rows', async () => {
    const room = await desk.room()
    const [mine, theirs] = [await desk.open(room), await desk.open(room)]
    await mine.sendTo('Redis', 'seen by both')
    await until('the other browser', async () =>
      (await counts(theirs, SUBSCRIBERS, 'seen by both')).every((count) => count === 1),
    )
  })
})

describe('composing', () => {
  test('Enter sends, Shift+Enter makes a new line', async () => {
    const at = await desk.open(await desk.room())
    const field = at.page.getByRole('textbox', { name: 'Message to RabbitMQ' })
    await field.fill('first')
    await field.press('Shift+Enter')
    await field.pressSequentially('second')
    await field.press('Enter')
    const row = at.lane('rabbitmq').locator('[data-message-id]')
    await row.waitFor()
    expect(await row.locator('[data-part="text"]').textContent()).toContain('first\nsecond')
    expect(await field.inputValue()).toBe('')
  })

  test('an empty field sends nothing', async () => {
    const at = await desk.open(await desk.room())
    await at.page.getByRole('button', { name: 'Send to all three' }).click()
    await at.sendTo('Redis', 'the first real one')
    await until('its number', async () => (await wordsOf(at.verdict('redis'))).includes('got #1'))
  })

  test('a text over the limit is counted, and cannot be sent', async () => {
    const at = await desk.open(await desk.room())
    await at.page.getByRole('textbox', { name: 'Message to Redis' }).fill('ä'.repeat(4_097))
    expect(await wordsOf(at.lane('redis').locator('[data-part="text-size"]'))).toBe('8,194 of 8,192 bytes')
    expect(await at.page.getByRole('button', { name: 'Send to Redis' }).isDisabled()).toBe(true)
  })

  test('more than the server takes at once is refused in words', async () => {
    const at = await desk.open(await desk.room())
    const burst = at.page.getByRole('button', { name: 'Send a burst of 10 to Redis' })
    await burst.waitFor()
    // The last burst of all may be taken again, which takes the words away: what shows for a moment counts.
    const words = at.lane('redis').evaluate(firstRefusalIn)
    // Far more than the limit gains while a busy machine sends them.
    await burst.evaluate((button) => {
      for (let click = 0; click < 100; click += 1) if (button instanceof HTMLElement) button.click()
    })
    expect(await words).toMatch(/^Too many at once\. Try again in \d+ s\.$/)
  })

  test('a partition key keeps messages of one key in one partition, in order', async () => {
    const at = await desk.open(await desk.room())
    await at.page.getByRole('textbox', { name: 'Partition key for Kafka' }).fill('desk-7')
    for (const text of ['k1', 'k2', 'k3', 'k4']) await at.sendTo('Kafka', text)
    const rows = at.log('reader-3 on Kafka datascience').locator('[data-message-id]')
    await until('four rows', async () => (await rows.count()) === 4)
    const places = await rows.locator('[data-badge="pos"]').allInnerTexts()
    expect(new Set(places.map((place) => place.split('@')[0])).size).toBe(1)
    expect((await rows.locator('[data-part="text"]').allInnerTexts()).map((text) => text.slice(-2))).toEqual([
      'k1',
      'k2',
      'k3',
      'k4',
    ])
  })

  test('a burst is ten messages, shared out among the workers', async () => {
    const at = await desk.open(await desk.room())
    await at.page.getByRole('button', { name: 'Send a burst of 10 to RabbitMQ' }).click()
    await until('ten jobs done', async () => {
      const heads = await at.lane('rabbitmq').locator('[data-part="state"]').allInnerTexts()
      const done = heads.map((words) => Number(/(\d+) done/.exec(words)?.[1] ?? 0))
      return sum(done) === 10 && done.every((count) => count > 0)
    })
  })
})

describe('hostile text', () => {
  test('markup and script stay text', async () => {
    const room = await desk.room()
    const at = await desk.open(room)
    const script = '<script>globalThis.stolen = 1</script><img src=x onerror="globalThis.stolen = 1">'
    await at.sendToAll(script)
    const row = at.log('subscriber-1 on Redis chatroom').locator('[data-message-id]')
    await row.waitFor()
    expect(await row.locator('[data-part="text"]').textContent()).toContain(script)
    expect(await at.page.evaluate(() => 'stolen' in globalThis)).toBe(false)
    expect(await at.page.locator('main img, main script').count()).toBe(0)
    expect(at.faults).toEqual([])
  })

  test('a name with markup stays text', async () => {
    const at = await desk.open(await desk.room())
    await at.log('subscriber-1 on Redis chatroom').waitFor()
    const name = at.page.getByRole('textbox', { name: 'Sender name for Redis' })
    await name.fill('<b>Eve</b>')
    await name.press('Enter')
    await at.sendTo('Redis', 'who am I')
    const sender = at.log('subscriber-1 on Redis chatroom').locator('[data-part="text"] b')
    await sender.waitFor()
    expect(await sender.textContent()).toBe('<b>Eve</b>')
  })
})
