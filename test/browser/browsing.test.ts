import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { violations } from '#test/support/axe.ts'
import { openDesk, type TestDesk, wordsOf } from '#test/support/browser.ts'
import { until } from '#test/support/until.ts'

/** The figure of what a destination keeps opens the list of it. */

let desk: TestDesk
beforeAll(async () => {
  desk = await openDesk()
}, 120_000)
afterEach(() => desk.tidy())
afterAll(() => desk.close())

describe('what is kept', () => {
  test('is listed from its figure, the newest last, and a row opens in full; Esc gives the focus back', async () => {
    const at = await desk.open(await desk.room())
    const { page } = at
    await at.sendToAll('first')
    await at.sendToAll('{"second": 2}')
    const figure = page.getByRole('button', { name: /look at what Kafka keeps of datascience/ })
    await until('both to be counted', async () => (await wordsOf(figure)).startsWith('2'))
    await figure.click()
    const list = page.getByRole('list', { name: 'Kept in datascience' })
    await list.waitFor()
    const rows = list.getByRole('button')
    expect(await rows.count()).toBe(2)
    expect(await wordsOf(rows.nth(1))).toMatch(/^#2 .*"second".* p\d@\d+ \d\d:\d\d:\d\d$/)
    expect(await violations(page, { within: ':popover-open' })).toEqual([])
    await rows.nth(1).press('Enter')
    await until('the body as JSON', async () =>
      (await wordsOf(page.getByRole('region', { name: 'The body' }))).includes('"second": 2'),
    )
    expect(await violations(page, { within: ':popover-open' })).toEqual([])
    const back = page.getByRole('button', { name: 'Back to the list' })
    await until('the focus on the way back', () => back.evaluate((one) => one === document.activeElement))
    await back.press('Enter')
    await until('the focus on the row', () => rows.nth(1).evaluate((one) => one === document.activeElement))
    await page.keyboard.press('Escape')
    await list.waitFor({ state: 'hidden' })
    await until('the focus on the figure', () => figure.evaluate((one) => one === document.activeElement))
    expect(at.faults).toEqual([])
  })

  test('cannot be looked at in a queue of RabbitMQ, and its figure says why', async () => {
    const at = await desk.open(await desk.room())
    const figure = at.lane('rabbitmq').locator('[data-part="keep"] dd button').first()
    await figure.focus()
    const why = at.page.getByRole('tooltip').filter({ hasText: 'only to whoever takes it out' })
    await why.waitFor()
    await at.page.keyboard.press('Tab')
    await why.waitFor({ state: 'hidden' })
  })
})
