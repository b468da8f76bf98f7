import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type DeskPage, openDesk, type TestDesk, wordsOf } from '#test/support/browser.ts'
import { until } from '#test/support/until.ts'

let desk: TestDesk
beforeAll(async () => {
  desk = await openDesk()
}, 120_000)
afterEach(() => desk.tidy())
afterAll(() => desk.close())

async function openTimeline(room: string): Promise<DeskPage> {
  const at = await desk.open(room)
  await at.page.getByRole('tab', { name: 'Timeline' }).click()
  await at.page.getByRole('list', { name: 'Rows' }).getByText('reader-3').waitFor()
  return at
}

const chart = (at: DeskPage) => at.page.getByRole('group', { name: /^Timeline\./ })
const selected = (at: DeskPage) => at.page.getByRole('status', { name: 'Selected event' })

/** What the list of the window says of one row. */
async function inWindow(at: DeskPage, row: string): Promise<string> {
  const lines = await at.page
    .getByRole('list', { name: 'In the window' })
    .getByRole('listitem')
    .allTextContents()
  return lines.find((line) => line.startsWith(`${row}: `)) ?? ''
}

describe('the chart', () => {
  test('shows a publish on the broker’s row, deliveries and acks on the consumers’ rows', async () => {
    const at = await openTimeline(await desk.room())
    await at.sendToAll('on the clock')
    await until('the publish', async () => (await inWindow(at, 'RabbitMQ mailbox')).includes('1 publish'))
    for (const name of ['subscriber-1', 'subscriber-2', 'reader-3']) {
      await until(`${name} to have it`, async () => (await inWindow(at, name)).includes('1 delivery'))
    }
    const workers = await Promise.all(['worker-1', 'worker-2'].map((name) => inWindow(at, name)))
    expect(workers.filter((line) => line.includes('1 delivery, 1 ack'))).toHaveLength(1)
    expect(at.faults).toEqual([])
  })

  test('looks the same drawn event by event and redrawn at once', async () => {
    const at = await openTimeline(await desk.room())
    for (const text of ['one', 'two', 'three']) {
      await at.sendToAll(text)
      const taken = await inWindow(at, 'reader-3')
      await until('it to come', async () => (await inWindow(at, 'reader-3')) !== taken)
    }
    await at.page.getByRole('button', { name: 'Pause', exact: true }).click()
    const picture = () =>
      at.page.locator('#view-timeline canvas').evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL())
    let drawn = ''
    await until('it to stand still', async () => {
      const before = drawn
      drawn = await picture()
      return drawn === before
    })
    await at.page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
    await until('other colours', async () => (await picture()) !== drawn)
    await at.page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
    await until('the same picture', async () => (await picture()) === drawn)
  })

  test('shows a crash and the redelivery after it', async () => {
    const room = await desk.room()
    const at = await openTimeline(room)
    const { consumers } = await desk.dashboard.snapshot(room)
    const worker = consumers.find(({ name }) => name === 'worker-1')
    const command = (what: string) =>
      desk.dashboard.request(
        'POST',
        `/api/rooms/${room}/consumers/${encodeURIComponent(worker?.id ?? '')}/${what}`,
      )
    await command('pause')
    // One for each worker: the paused one keeps its own in hand.
    await at.sendTo('all three brokers', 'first')
    await at.sendTo('all three brokers', 'second')
    await until('worker-1 to hold one', async () => (await inWindow(at, 'worker-1')).includes('1 delivery'))
    await command('crash')
    await until('the crash', async () => (await inWindow(at, 'worker-1')).includes('1 crash'))
    await until('it to come again', async () => (await inWindow(at, 'worker-2')).includes('1 redelivery'))
    expect(at.faults).toEqual([])
  })
})

describe('the controls', () => {
  test('while paused, new events are counted, and all are shown on resuming', async () => {
    const at = await openTimeline(await desk.room())
    await at.page.getByRole('button', { name: 'Pause', exact: true }).click()
    for (const text of ['one', 'two', 'three']) await at.sendTo('all three brokers', text)
    // On Redis a send is one receipt and two arrivals; the others add theirs.
    const resume = at.page.getByRole('button', { name: /^Resume: \d+ newer$/ })
    await until(
      'what came to be counted',
      async () => Number((await resume.textContent())?.match(/\d+/)?.[0]) >= 9,
    )
    expect(await inWindow(at, 'Redis chatroom')).toBe('Redis chatroom: nothing')
    await resume.click()
    await until('all of it', async () => (await inWindow(at, 'Redis chatroom')).includes('3 publishes'))
    for (const name of ['subscriber-1', 'subscriber-2']) {
      await until(name, async () => (await inWindow(at, name)).includes('3 deliveries'))
    }
  })

  test('work by keys alone: step to an event, read it, pin its message, zoom, resume', async () => {
    const at = await openTimeline(await desk.room())
    await at.sendToAll('the first')
    await until('an ack', async () => (await inWindow(at, 'subscriber-2')).includes('1 delivery'))
    await at.sendToAll('the second')
    await until('both', async () => (await inWindow(at, 'subscriber-2')).includes('2 deliveries'))
    await chart(at).focus()
    await until('an arrival of the first one', async () => {
      await at.page.keyboard.press(',')
      return /^subscriber-[12] got #1, (<1|\d+) ms after it was sent$/.test(await wordsOf(selected(at)))
    })
    await at.page.keyboard.press('Enter')
    await until('the trace', async () =>
      (await wordsOf(at.page.locator('[aria-label="Receipt"]'))).includes('#1'),
    )
    await at.page.keyboard.press('+')
    expect(await at.page.getByLabel('Time shown').textContent()).toBe('20 s')
    expect(await at.page.getByRole('button', { name: /^Resume/ }).count()).toBe(1)
    await at.page.keyboard.press('Space')
    await at.page.getByRole('button', { name: 'Pause', exact: true }).waitFor()
  })
})
