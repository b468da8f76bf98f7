import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { violationsInBothThemes } from '#test/support/axe.ts'
import { type DeskPage, openDesk, type TestDesk } from '#test/support/browser.ts'

/** A dozen boxes are opened and looked at one by one, on a machine that may be busy. */
vi.setConfig({ testTimeout: 120_000 })

let desk: TestDesk
beforeAll(async () => {
  desk = await openDesk()
}, 120_000)
afterEach(() => desk.tidy())
afterAll(() => desk.close())

/** Buttons of the boxes, and what is then pressed inside. */
const BOXES: ReadonlyArray<readonly [button: string | RegExp, inside?: string]> = [
  [/^Destination on RabbitMQ/],
  [/^Destination on RabbitMQ/, 'Add a destination'],
  [/^Destination on Kafka/, 'Settings of datascience'],
  [/^Destination on RabbitMQ/, 'Settings of mailbox'],
  ['Options for RabbitMQ'],
  ['Headers for all three'],
  ['Load on Redis'],
  ['More for worker-1', 'Settings of worker-1'],
  [/^More from Kafka/],
  [/^More from RabbitMQ/],
  ['More for worker-1'],
  ['New worker on RabbitMQ, with its settings'],
]

async function openBox(at: DeskPage, [button, inside]: (typeof BOXES)[number]): Promise<void> {
  await at.page.getByRole('button', { name: button }).first().click()
  const box = at.page.locator('[popover]:popover-open')
  await box.waitFor()
  if (inside) await box.getByRole('button', { name: inside }).click()
}

/** The box lies wholly inside the window. */
async function isInside(at: DeskPage): Promise<boolean> {
  return at.page
    .locator('[popover]:popover-open')
    .last()
    .evaluate((box) => {
      const { left, right, top, bottom } = box.getBoundingClientRect()
      return left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight
    })
}

describe('every box', () => {
  test('has no violation in either theme, and lies inside the window', async () => {
    const at = await desk.open(await desk.room())
    await at.log('worker-1 on RabbitMQ mailbox').waitFor()
    for (const [index, box] of BOXES.entries()) {
      await openBox(at, box)
      // The page around them is the same each time: it is looked at once, around the first.
      const within = index === 0 ? {} : { within: '[popover]:popover-open' }
      expect(await violationsInBothThemes(at.page, within), String(box)).toEqual([])
      expect(await isInside(at), String(box)).toBe(true)
      while ((await at.page.locator('[popover]:popover-open').count()) > 0)
        await at.page.keyboard.press('Escape')
    }
    expect(at.faults).toEqual([])
  })

  test('lies inside the window of a phone as well', async () => {
    const at = await desk.open(await desk.room(), { viewport: { width: 390, height: 844 } })
    await at.log('worker-1 on RabbitMQ mailbox').waitFor()
    for (const box of BOXES.filter(
      ([button]) => !String(button).includes('Kafka') && button !== 'Load on Redis',
    )) {
      await openBox(at, box)
      expect(await isInside(at), String(box)).toBe(true)
      while ((await at.page.locator('[popover]:popover-open').count()) > 0)
        await at.page.keyboard.press('Escape')
    }
  })
})
