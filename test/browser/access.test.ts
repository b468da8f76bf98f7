import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { violations, violationsInBothThemes } from '#test/support/axe.ts'
import { openDesk, type TestDesk, wordsOf } from '#test/support/browser.ts'
import { until } from '#test/support/until.ts'

let desk: TestDesk
beforeAll(async () => {
  desk = await openDesk()
}, 120_000)
afterEach(() => desk.tidy())
afterAll(() => desk.close())

describe('axe finds no violation', () => {
  test('in the panes, the flow and the timeline, with a traced message, a crash and an open form, in both themes', async () => {
    const at = await desk.open(await desk.room())
    await at.sendToAll('{"seat": 12}')
    await until('the fan-out', async () => (await wordsOf(at.verdict('redis'))).includes('2 of 2'))
    await at.page.getByRole('button', { name: 'Crash worker-1' }).click()
    await at.page.getByRole('button', { name: 'Start again worker-1' }).waitFor()
    expect(await violationsInBothThemes(at.page)).toEqual([])
    await at.page.getByRole('button', { name: 'New reader on Kafka, with its settings' }).click()
    await at.page.getByRole('button', { name: 'Add reader-4' }).waitFor()
    expect(await violationsInBothThemes(at.page)).toEqual([])
    await at.page.keyboard.press('Escape')
    for (const view of ['flow', 'timeline']) {
      await at.page.getByRole('tab', { name: view, exact: false }).click()
      await at.page.locator(`#view-${view} canvas[data-seq]`).waitFor()
      expect(await violationsInBothThemes(at.page), view).toEqual([])
    }
  })

  test('on a phone and in present mode', async () => {
    const room = await desk.room()
    const phone = await desk.open(room, { viewport: { width: 390, height: 844 } })
    await phone.log('worker-1 on RabbitMQ mailbox').waitFor()
    expect(await violations(phone.page)).toEqual([])
    const projector = await desk.open(room, { viewport: { width: 1280, height: 720 }, colorScheme: 'dark' })
    await projector.log('worker-1 on RabbitMQ mailbox').waitFor()
    await projector.page.keyboard.press('p')
    expect(await violations(projector.page)).toEqual([])
  })
})

describe('at the width of a phone', () => {
  const viewport = { width: 390, height: 844 }

  test('messages are found, and a recording is made and saved', async () => {
    const at = await desk.open(await desk.room(), { viewport, hasTouch: true })
    await at.sendToAll('found by thumb')
    await until('the queue', async () => (await wordsOf(at.verdict('rabbitmq'))).includes('1 of 2'))
    await at.page.getByRole('button', { name: 'Record', exact: true }).tap()
    await at.page.getByRole('button', { name: 'Start recording' }).tap()
    await at.page.getByRole('button', { name: 'Find and export messages' }).tap()
    await at.page.getByRole('searchbox', { name: 'Find a message' }).fill('thumb')
    await at.page.getByText('1 match', { exact: true }).waitFor()
    await at.page.keyboard.press('Escape')
    await at.page.getByRole('button', { name: 'Stop recording' }).tap()
    const [saved] = await Promise.all([
      at.page.waitForEvent('download'),
      at.page.getByRole('button', { name: 'Download' }).tap(),
    ])
    expect(saved.suggestedFilename()).toMatch(/\.jsonl$/)
    expect(await violations(at.page)).toEqual([])
    expect(at.faults).toEqual([])
  })

  test('the bar keeps its buttons apart and inside the window, also while recording', async () => {
    const at = await desk.open(await desk.room(), { viewport })
    await at.log('worker-1 on RabbitMQ mailbox').waitFor()
    expect(await barFaults(at.page)).toEqual([])
    await at.page.getByRole('button', { name: 'Record', exact: true }).click()
    await at.page.getByRole('button', { name: 'Start recording' }).click()
    await at.page.getByRole('button', { name: 'Stop recording' }).waitFor()
    expect(await barFaults(at.page)).toEqual([])
  })
})

/** What of the top bar's visible parts overlaps the next, or sticks out of the window. */
const barFaults = (page: Page): Promise<string[]> =>
  page.locator('header [data-part="room"] > *, header [data-part="tools"] > *').evaluateAll((parts) => {
    const boxes = parts
      .map((part) => ({
        name: part.getAttribute('aria-label') ?? part.className,
        box: part.getBoundingClientRect(),
      }))
      .filter(({ box }) => box.width > 0)
    return boxes.flatMap(({ name, box }, index) => {
      const next = boxes[index + 1]
      const faults = box.right > innerWidth || box.left < 0 ? [`${name} sticks out`] : []
      return next && next.box.left < box.right ? [...faults, `${name} lies under ${next.name}`] : faults
    })
  })

describe('names', () => {
  test('lanes, logs, fields and buttons bear the names that a screen reader and a test use', async () => {
    const at = await desk.open(await desk.room())
    await at.log('worker-1 on RabbitMQ mailbox').waitFor()
    for (const name of ['RabbitMQ queue mailbox', 'Redis channel chatroom', 'Kafka topic datascience']) {
      expect(await at.page.getByRole('main').getByRole('region', { name, exact: true }).count()).toBe(1)
    }
    for (const name of [
      'Message to RabbitMQ',
      'Message to Redis',
      'Message to Kafka',
      'Sender name for RabbitMQ',
    ]) {
      expect(await at.page.getByRole('textbox', { name, exact: true }).count()).toBe(1)
    }
    for (const name of [
      'Send to RabbitMQ',
      'Send to Redis',
      'Send to Kafka',
      'Send to all three',
      'Crash reader-3',
    ]) {
      expect(await at.page.getByRole('button', { name, exact: true }).count()).toBe(1)
    }
    expect(await at.page.getByRole('log').count()).toBe(7)
    const worker = at.log('worker-1 on RabbitMQ mailbox')
    expect(await worker.getAttribute('aria-live')).toBe('off')
    expect(await worker.getAttribute('data-consumer')).toBe('worker-1')
    expect(await at.lane('kafka').getAttribute('data-status')).toBe('up')
    expect(await at.page.getByRole('tablist', { name: 'View' }).getByRole('tab').allInnerTexts()).toEqual([
      'Panes',
      'Matrix',
      'Flow',
      'Timeline',
      'Chat',
    ])
  })
})

/** As much of the page as the classic three have, with a message and so with figures that open something. */
const TAB_STOPS_MAX = 25

const focusedName = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const { activeElement: here } = document
    return here === null || here === document.body ? '' : here.getAttribute('aria-label') || here.textContent
  })

/** What Tab leads to, one after the other, from the page's beginning until it leaves the page or begins again. */
async function tabStops(page: Page): Promise<string[]> {
  const stops: string[] = []
  while (stops.length <= TAB_STOPS_MAX) {
    await page.keyboard.press('Tab')
    const isNew = await page.evaluate(() => {
      const { activeElement: here } = document
      if (here === null || here === document.body || here.hasAttribute('data-stopped')) return false
      here.setAttribute('data-stopped', '')
      return true
    })
    if (!isNew) break
    stops.push(await focusedName(page))
  }
  return stops
}

describe('keyboard', () => {
  test('all of the desk is a few stops by Tab, and arrows reach every control of a bar, a lane or a pane', async () => {
    const at = await desk.open(await desk.room())
    await at.sendToAll('reached by few stops')
    await until('the fan-out', async () => (await wordsOf(at.verdict('redis'))).includes('2 of 2'))
    await at.page.reload()
    await until('the fan-out', async () => (await wordsOf(at.verdict('redis'))).includes('2 of 2'))
    const stops = await tabStops(at.page)
    expect(stops.length).toBeLessThanOrEqual(TAB_STOPS_MAX)
    for (const name of [
      'Message to Kafka',
      'worker-1 on RabbitMQ mailbox',
      'subscriber-1 on Redis chatroom',
    ]) {
      expect(stops).toContain(name)
    }
    const { keyboard } = at.page
    await at.page.getByRole('button', { name: 'Pause worker-1' }).focus()
    const passed: string[] = []
    for (const _ of Array.from({ length: 3 })) {
      await keyboard.press('ArrowRight')
      passed.push(await focusedName(at.page))
    }
    expect(passed).toEqual(['Slow down worker-1', 'Crash worker-1', 'More for worker-1'])
    // Where the focus was is where Tab comes back to.
    await keyboard.press('Tab')
    expect(await focusedName(at.page)).toBe('worker-1 on RabbitMQ mailbox')
    await keyboard.press('Shift+Tab')
    expect(await focusedName(at.page)).toBe('More for worker-1')
    // In a field the arrows move the caret; at the end of what is written they lead on to the next control.
    const sender = at.page.getByRole('textbox', { name: 'Sender name for Kafka' })
    await sender.focus()
    await keyboard.press('Home')
    await keyboard.press('ArrowRight')
    expect(await focusedName(at.page)).toBe('Sender name for Kafka')
    await keyboard.press('End')
    await keyboard.press('ArrowRight')
    expect(await focusedName(at.page)).toBe('Partition key for Kafka')
  })

  test('a slash goes to the main field, arrows go from pane to pane', async () => {
    const at = await desk.open(await desk.room())
    await at.log('worker-1 on RabbitMQ mailbox').waitFor()
    const focused = () => at.page.evaluate(() => document.activeElement?.getAttribute('aria-label'))
    await at.page.keyboard.press('/')
    expect(await focused()).toBe('Message to all three brokers')
    await at.log('worker-1 on RabbitMQ mailbox').focus()
    await at.page.keyboard.press('ArrowRight')
    expect(await focused()).toBe('worker-2 on RabbitMQ mailbox')
    await at.page.keyboard.press('ArrowRight')
    expect(await focused()).toBe('subscriber-1 on Redis chatroom')
    await at.page.keyboard.press('ArrowLeft')
    expect(await focused()).toBe('worker-2 on RabbitMQ mailbox')
  })

  test('a message can be sent, pinned and released without a pointer', async () => {
    const at = await desk.open(await desk.room())
    await at.sendTo('Redis', 'by keyboard')
    const row = at.log('subscriber-1 on Redis chatroom').locator('[data-message-id]')
    await row.waitFor()
    await at.log('subscriber-1 on Redis chatroom').focus()
    await at.page.keyboard.press('Enter')
    await at.page.keyboard.press('Enter')
    await at.sendTo('Redis', 'another')
    await at.log('subscriber-2 on Redis chatroom').locator('[data-message-id]').nth(1).waitFor()
    expect(await wordsOf(at.verdict('redis'))).toContain('#1')
  })
})
