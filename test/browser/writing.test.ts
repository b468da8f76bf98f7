import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { openDesk, type TestDesk, wordsOf } from '#test/support/browser.ts'
import { until } from '#test/support/until.ts'

/** Several rooms' worth of real consumers, on a machine that may be busy. */
vi.setConfig({ testTimeout: 90_000 })

let desk: TestDesk
beforeAll(async () => {
  desk = await openDesk()
}, 120_000)
afterEach(() => desk.tidy())
afterAll(() => desk.close())

describe('before it is sent', () => {
  test('a key lights the partition up, and there it goes', async () => {
    const at = await desk.open(await desk.room())
    await at.log('reader-1 on Kafka datascience').waitFor()
    await until('facts', async () =>
      (await wordsOf(at.lane('kafka').locator('[data-part="keep"]'))).includes('end 0'),
    )
    await at.page.getByRole('textbox', { name: 'Partition key for Kafka' }).fill('tenant-7')
    const words = await wordsOf(at.lane('kafka').locator('[data-aim]'))
    const partition = /^goes to p(\d)$/.exec(words)?.[1]
    expect(await at.lane('kafka').locator('.cell.next').count()).toBe(1)
    await at.sendTo('Kafka', 'with a key')
    await until('it there', async () =>
      (await wordsOf(at.log('reader-3 on Kafka datascience'))).includes(`p${partition}@0`),
    )
  })

  test('a routing key names whom it reaches, and marks their panes', async () => {
    const room = await desk.room()
    const bus = { system: 'rabbitmq', mode: 'fanout', name: 'bus', settings: { exchange: 'topic' } }
    await desk.post(room, 'destinations', bus)
    for (const [name, bindingKey] of [
      ['europe', 'eu.#'],
      ['asia', 'as.#'],
    ]) {
      const consumer = { system: 'rabbitmq', destination: 'bus', name, settings: { bindingKey } }
      await desk.post(room, 'consumers', consumer)
    }
    const at = await desk.open(room)
    await at.log('worker-1 on RabbitMQ mailbox').waitFor()
    await at.page
      .getByRole('radiogroup', { name: 'Mode for RabbitMQ' })
      .getByRole('radio', { name: 'Fan-out' })
      .click()
    await at.log('europe on RabbitMQ bus').waitFor()
    await at.page.getByRole('textbox', { name: 'Routing key for RabbitMQ' }).fill('eu.orders')
    const aimed = at.lane('rabbitmq').locator('[data-aim]')
    await until('the name', async () => (await wordsOf(aimed)) === 'goes to europe')
    expect(
      await at.lane('rabbitmq').locator('article:has(header :text("goes here")) h3').allInnerTexts(),
    ).toEqual(['europe'])
    await at.sendTo('RabbitMQ', 'for Europe')
    await at.log('europe on RabbitMQ bus').locator('[data-message-id]').waitFor()
    await until('the verdict', async () => (await wordsOf(at.verdict('rabbitmq'))).startsWith('1 of 2'))
    await at.page.getByRole('textbox', { name: 'Routing key for RabbitMQ' }).fill('us.orders')
    await until('nobody', async () => (await wordsOf(aimed)) === 'goes to no subscriber here')
  })

  test('headers and settings of a message ride along, and only those that were set', async () => {
    const room = await desk.room()
    const at = await desk.open(room)
    await at.page.getByRole('button', { name: 'Options for RabbitMQ' }).click()
    await at.page.getByRole('textbox', { name: 'Name of header 1' }).fill('tenant')
    await at.page.getByRole('textbox', { name: 'Value of header 1' }).fill('acme')
    await at.page.keyboard.press('Escape')
    await at.page.getByRole('button', { name: 'Options for RabbitMQ: 1 set' }).waitFor()
    await at.sendTo('RabbitMQ', 'with a header')
    await at.lane('rabbitmq').locator('[data-message-id]').first().waitFor()
    const events = await desk.dashboard.events(0, room)
    const sent = events.find((event) => 'text' in event && event.text === 'with a header')
    expect(sent).toMatchObject({ headers: { tenant: 'acme' } })
  })

  test('headers of a send to all are written by keyboard, and who cannot carry them says so', async () => {
    const room = await desk.room()
    const at = await desk.open(room)
    await at.log('worker-1 on RabbitMQ mailbox').waitFor()
    const { keyboard } = at.page
    const button = at.page.getByRole('button', { name: 'Headers for all three' })
    await button.focus()
    await keyboard.press('Enter')
    const box = at.page.locator('[popover]:popover-open')
    await box.waitFor()
    expect(await wordsOf(box)).toContain(
      'Redis pub/sub carries the text and nothing else. It gets the message without headers.',
    )
    await keyboard.press('Tab')
    await keyboard.type('tenant')
    await keyboard.press('Tab')
    await keyboard.type('acme')
    expect(await box.getByRole('textbox', { name: /^Name of header/ }).count()).toBe(2)
    await keyboard.press('Escape')
    await at.page.getByRole('button', { name: 'Headers for all three: 1 set' }).waitFor()
    await at.sendToAll('with a header')
    const came = async (system: string) =>
      (await desk.dashboard.events(0, room)).find(
        (event) => event.kind === 'delivered' && event.system === system,
      )
    for (const system of ['rabbitmq', 'redis', 'kafka']) await until(system, () => came(system))
    const sent = (await desk.dashboard.events(0, room)).find(
      (event) => 'text' in event && event.text === 'with a header',
    )
    expect(sent).toMatchObject({ headers: { tenant: 'acme' } })
  })
})

describe('a load', () => {
  test('runs at its rate, shows how far it is, and says what was sent, confirmed and seen', async () => {
    const at = await desk.open(await desk.room())
    await at.page.getByRole('button', { name: 'Load on RabbitMQ' }).click()
    await at.page.getByRole('spinbutton', { name: 'How many' }).fill('300')
    await at.page.getByRole('spinbutton', { name: 'Messages a second' }).fill('0')
    await at.page.getByRole('button', { name: 'Start the load' }).click()
    const progress = at.page.locator('[data-load]')
    await until(
      'all of it',
      async () => (await wordsOf(progress)).includes('sent 300 · confirmed 300 · seen 300'),
      { timeoutMs: 20_000 },
    )
    await until('its end', async () => (await progress.getAttribute('data-load')) === 'done')
    await until('its words', async () => /Done: 300 in \d+\.\d s/.test(await wordsOf(progress)))
  })

  test('is stopped by the same button', async () => {
    const at = await desk.open(await desk.room())
    await at.page.getByRole('button', { name: 'Load on Redis' }).click()
    await at.page.getByRole('spinbutton', { name: 'Messages a second' }).fill('50')
    await at.page.getByRole('button', { name: 'Start the load' }).click()
    await at.page.getByRole('progressbar', { name: 'Load on Redis' }).waitFor()
    await at.page.getByRole('button', { name: 'Stop the load' }).click()
    await until(
      'its end',
      async () => (await at.page.locator('[data-load]').getAttribute('data-load')) === 'stopped',
    )
    await at.page.getByRole('button', { name: 'Start the load' }).waitFor()
  })
})
