import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { violationsInBothThemes } from '#test/support/axe.ts'
import { type DeskPage, openDesk, type TestDesk, wordsOf } from '#test/support/browser.ts'
import { until } from '#test/support/until.ts'

let desk: TestDesk
beforeAll(async () => {
  desk = await openDesk()
}, 120_000)
afterEach(() => desk.tidy())
afterAll(() => desk.close())

/** Opens a fresh room in the matrix, by its key. */
async function openMatrix(): Promise<DeskPage & { room: string }> {
  const room = await desk.room()
  const at = await desk.open(room)
  await at.log('worker-1 on RabbitMQ mailbox').waitFor()
  await at.page.keyboard.press('2')
  await at.page.getByRole('table', { name: /^Delivery matrix/ }).waitFor()
  return { ...at, room }
}

/** What every cell of one system says in the row of a text, by its accessible name. */
const cellsOf = (page: Page, text: string, system: string) =>
  page
    .locator('tbody tr', { hasText: text })
    .locator(`td[data-system="${system}"]`)
    .evaluateAll((cells) => cells.map((cell) => cell.getAttribute('aria-label') ?? ''))

describe('one send to all three, in the matrix', () => {
  test('one worker acked it, both subscribers got it, one reader of each group committed it', async () => {
    const at = await openMatrix()
    await at.sendToAll('Who runs the build?')
    const cells = (system: string) => cellsOf(at.page, 'Who runs the build?', system)
    await until('the worker’s ack', async () =>
      (await cells('rabbitmq')).some((name) => name.includes('acked')),
    )
    await until('both commits', async () => {
      const committed = (await cells('kafka')).filter((name) => /committed, .+ ms, p\d@0/.test(name))
      return committed.length === 2
    })
    const workers = await cells('rabbitmq')
    expect(workers.filter((name) => /^worker-\d: acked, .+ ms, 1st$/.test(name))).toHaveLength(1)
    expect(
      workers.filter((name) => /^worker-\d: never: worker-\d has it\. One worker per message\.$/.test(name)),
    ).toHaveLength(1)
    expect((await cells('redis')).map((name) => name.replace(/, .+ ms/, ''))).toEqual([
      'subscriber-1: delivered, 1st',
      'subscriber-2: delivered, 1st',
    ])
    const readers = await cells('kafka')
    expect(readers.filter((name) => name.includes('never'))).toHaveLength(1)
    expect(readers[2]).toMatch(/^reader-3: committed/)
    expect(at.faults).toEqual([])
  })

  test('each lane has a verdict in words, with its evidence', async () => {
    const at = await openMatrix()
    await at.sendToAll('the question')
    const verdict = async (label: string) =>
      wordsOf(at.page.getByRole('status', { name: `Verdict for ${label}` }))
    await until('the queue', async () => (await verdict('RabbitMQ')) === '1 of 2 got it: a queue')
    await until('the fan-out', async () => (await verdict('Redis')) === '2 of 2 got it: fan-out')
    await until('the log', async () => (await verdict('Kafka')) === '1 per group got it: a log')
    const evidence = at.page.locator('thead [data-system="redis"] [data-part="evidence"]')
    await until(
      'who they were',
      async () => (await evidence.getAttribute('title')) === 'by subscriber-1 and subscriber-2',
    )
  })

  test('a message sent to one broker has one cell for each of the others, and the foot counts it', async () => {
    const at = await openMatrix()
    await at.sendToAll('to all of them')
    await desk.dashboard.send('rabbitmq', 'a job only', { room: at.room })
    const row = at.page.locator('tbody tr', { hasText: 'a job only' })
    await until('the row', async () => (await wordsOf(row)).includes('not sent to Redis not sent to Kafka'))
    await until('the count', async () =>
      /Since the room opened 1 of 2 1 of 2 0 waiting 1 of 1 1 of 1 0 kept/.test(
        await wordsOf(at.page.locator('tfoot')),
      ),
    )
  })

  test('shows the crashed worker’s cell beside the cell of the worker that finished the message', async () => {
    const at = await openMatrix()
    const command = async (name: string, what: string) =>
      desk.dashboard.request('POST', `/api/rooms/${at.room}/consumers/rabbitmq:mailbox:${name}/${what}`)
    await command('worker-1', 'pause')
    await command('worker-2', 'pause')
    await at.sendToAll('holding this')
    const cells = () => cellsOf(at.page, 'holding this', 'rabbitmq')
    const holder = await until(
      'somebody to hold it',
      async () => (await cells()).find((name) => name.includes('waiting for ack'))?.split(':')[0],
    )
    const other = holder === 'worker-1' ? 'worker-2' : 'worker-1'
    await command(other, 'resume')
    await command(holder, 'crash')
    await until('the other to finish it', async () =>
      (await cells()).find((name) => name.startsWith(`${other}: acked, redelivered`)),
    )
    expect((await cells()).find((name) => name.startsWith(holder))).toMatch(/: lost in a crash, .+ ms, 1st$/)
    const verdict = at.page.getByRole('status', { name: 'Verdict for RabbitMQ' })
    expect(await wordsOf(verdict)).toBe('1 of 2 finished it: a queue')
  })
})

describe('columns', () => {
  test('share the width so that names fit, and have their least width in a narrow window', async () => {
    const at = await openMatrix()
    await desk.post(at.room, 'consumers', { system: 'redis', name: 'sub.billing-archive' })
    const names = at.page.locator('thead tr:last-child th[data-state]')
    await names.filter({ hasText: 'sub.billing-archive' }).waitFor()
    const cut = () =>
      names.evaluateAll((cells) =>
        cells
          .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
          .map(({ textContent }) => textContent),
      )
    expect(await cut()).toEqual([])
    await at.page.setViewportSize({ width: 1100, height: 800 })
    const widths = () =>
      names.evaluateAll((cells) => cells.map((cell) => Math.round(cell.getBoundingClientRect().width)))
    await until('the least', async () => (await widths()).every((width) => width >= 104 && width <= 116))
    const message = at.page.locator('thead tr:last-child th').first()
    expect((await message.boundingBox())?.width ?? 0).toBeLessThan(320)
  })
})

describe('rows', () => {
  test('are sorted newest first; pressing one pins it in every view', async () => {
    const at = await openMatrix()
    await at.sendToAll('first words')
    await at.sendToAll('second words')
    const rows = at.page.locator('tbody tr[data-message-id]')
    await until('two rows', async () => (await rows.count()) === 2)
    await until('the newer one on top', async () => (await wordsOf(rows.first())).includes('second words'))
    await at.page.locator('tbody th', { hasText: 'first words' }).click()
    const tag = at.page.getByRole('button', { name: '#1', exact: true })
    await until('it to be pinned', async () => (await tag.getAttribute('aria-pressed')) === 'true')
    await at.page.keyboard.press('1')
    await until('the panes to follow', async () => (await wordsOf(at.verdict('redis'))).includes('#1'))
    await at.page.keyboard.press('2')
    await at.page.locator('tbody th', { hasText: 'first words' }).click()
    await at.page.keyboard.press('ArrowUp')
    const newer = at.page.getByRole('button', { name: '#2', exact: true })
    await until('the next row', async () => (await newer.getAttribute('aria-pressed')) === 'true')
  })

  test('say why each absent consumer has no copy and what is kept; a chosen one in whole sentences', async () => {
    const at = await openMatrix()
    await at.sendToAll('who and why')
    const row = at.page.locator('tbody tr[data-message-id]', { hasText: 'who and why' })
    await until('what each broker keeps', async () =>
      (await row.locator('td.kept').allInnerTexts()).join('|').includes('no copy|no copy|in log'),
    )
    expect(await wordsOf(row)).toMatch(/taken by worker-\d/)
    expect(await wordsOf(row)).toMatch(/in p\d of reader-\d/)
    await row.locator('th').click()
    const detail = at.page.locator('tbody tr.detail')
    await detail.waitFor()
    const words = await wordsOf(detail)
    expect(words).toMatch(
      /worker-\d: worker-\d has it\. One worker per message\. RabbitMQ keeps no copy of it\./,
    )
    expect(words).toContain('Kafka keeps it in the topic, also for those who come later.')
    await row.locator('th').click()
    await detail.waitFor({ state: 'detached' })
  })

  test('exist in the page only where they are in sight, and do not move while new ones come', async () => {
    const at = await openMatrix()
    await desk.dashboard.request('POST', `/api/rooms/${at.room}/load`, {
      system: 'redis',
      rate: 500,
      count: 400,
      size: 20,
    })
    const rows = at.page.locator('tbody tr[data-message-id]')
    await until('the newest row', async () => (await wordsOf(rows.first())).includes('#400'))
    expect(await rows.count()).toBeLessThan(60)
    await at.page.getByRole('region', { name: 'Messages and consumers' }).evaluate((element) => {
      element.scrollTop = 4_000
    })
    const reading = await until('older rows', async () => {
      if ((await wordsOf(rows.first())).includes('#400')) return false
      return wordsOf(rows.nth(12))
    })
    await desk.dashboard.send('redis', 'news meanwhile', { room: at.room })
    await at.page.getByRole('button', { name: '1 new' }).waitFor()
    expect(await rows.filter({ hasText: reading.split(' ')[0] ?? '' }).count()).toBe(1)
    await at.page.getByRole('button', { name: '1 new' }).click()
    await until('the newest row again', async () => (await wordsOf(rows.first())).includes('news meanwhile'))
  })
})

test('axe finds no violation in the matrix, with a traced row, in both themes', async () => {
  const at = await openMatrix()
  await at.sendToAll('{"seat": 12}')
  await until('a delivery', async () => (await cellsOf(at.page, 'seat', 'redis')).length === 2)
  expect(await violationsInBothThemes(at.page)).toEqual([])
  expect(at.faults).toEqual([])
})
