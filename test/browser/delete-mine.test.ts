import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { violations } from '#test/support/axe.ts'
import { openDesk, type TestDesk } from '#test/support/browser.ts'

let desk: TestDesk
beforeAll(async () => {
  desk = await openDesk()
}, 120_000)
afterEach(() => desk.tidy())
afterAll(() => desk.close())

test('the room menu deletes what is one’s own, after it has said what goes with it, and nothing else', async () => {
  const at = await desk.open(await desk.room())
  const { page } = at
  await at.log('worker-1 on RabbitMQ mailbox').waitFor()
  await page
    .getByRole('button', { name: /^Add worker/ })
    .first()
    .click()
  await at.log('worker-3 on RabbitMQ mailbox').waitFor()
  await page.getByRole('button', { name: /: all rooms$/ }).click()
  const menu = page.locator(':popover-open')
  await menu.getByRole('button', { name: 'Delete what is mine' }).click()
  await menu.getByText(/^worker-3 leaves; what it holds goes back to the broker/).waitFor()
  expect(await violations(page, { within: ':popover-open' })).toEqual([])
  await menu.getByRole('button', { name: 'Delete what is mine' }).click()
  await at.log('worker-3 on RabbitMQ mailbox').waitFor({ state: 'detached' })
  await at.log('worker-2 on RabbitMQ mailbox').waitFor()
  expect(at.faults).toEqual([])
})
