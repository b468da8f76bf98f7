import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { violations } from '#test/support/axe.ts'
import { openDesk, type TestDesk } from '#test/support/browser.ts'
import { freePort } from '#test/support/dashboard.ts'
import { until } from '#test/support/until.ts'

let desk: TestDesk
beforeAll(async () => {
  const [amqp, management, redis] = await Promise.all([freePort(), freePort(), freePort()])
  desk = await openDesk({
    rabbitmq: {
      url: `amqp://127.0.0.1:${amqp}`,
      managementUrl: `http://guest:guest@127.0.0.1:${management}`,
    },
    redis: { url: `redis://127.0.0.1:${redis}` },
    kafka: { url: 'no such list of brokers' },
  })
}, 120_000)
afterEach(() => desk.tidy())
afterAll(() => desk.close())

test('with no broker at all every lane says what to do, and the top bar has room for all three to be away', async () => {
  const at = await desk.open('lobby')
  const connections = at.page.getByRole('list', { name: 'Broker connections' })
  await until('all to be away', async () => (await connections.locator('[data-status="down"]').count()) === 3)
  for (const label of ['RabbitMQ', 'Redis']) {
    await at.page.getByRole('button', { name: `Try ${label} now` }).waitFor()
  }
  // What the environment says of it is read at the start alone: to try again changes nothing.
  await at.lane('kafka').getByText('set it right, then start Switchboard again').waitFor()
  expect(await at.page.getByRole('button', { name: 'Try Kafka now' }).count()).toBe(0)
  for (const width of [1100, 1280, 1440, 1920]) {
    await at.page.setViewportSize({ width, height: 900 })
    const tabs = await at.page.getByRole('tablist', { name: 'View', exact: true }).boundingBox()
    const words = await connections.boundingBox()
    expect((words?.x ?? 0) - (tabs ? tabs.x + tabs.width : Infinity), `at ${width}`).toBeGreaterThan(0)
  }
})

test('a send to all names whom it goes to: not the broker whose variable cannot be used', async () => {
  const at = await desk.open('lobby')
  await until('the fault', async () => (await at.lane('kafka').innerText()).includes('KAFKA_BROKERS must be'))
  await at.page.getByRole('textbox', { name: 'Message to RabbitMQ and Redis', exact: true }).waitFor()
  await at.page.getByRole('button', { name: 'Send to RabbitMQ and Redis', exact: true }).waitFor()
  await at.sendTo('RabbitMQ and Redis', 'for two')
  await at.page.getByRole('region', { name: 'Held for Redis' }).waitFor()
  expect(await at.page.getByRole('region', { name: 'Held for Kafka' }).count()).toBe(0)
  await at.page.getByRole('tab', { name: 'Flow' }).click()
  await at.page.getByRole('textbox', { name: 'Message to RabbitMQ and Redis', exact: true }).waitFor()
})

test('a lesson is watched without a broker: its question stands before the step that answers it, and what happened after it', async () => {
  const page = await desk.page()
  const faults: string[] = []
  page.on('pageerror', ({ message }) => faults.push(message))
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
  await page.goto(`${desk.dashboard.url}/play`)
  await page.getByRole('link', { name: /^One message, three fates/ }).click()
  const panel = page.getByRole('complementary', { name: 'Lesson: One message, three fates' })
  await panel.getByRole('radio', { name: /^One worker, every subscriber/ }).click()
  expect(await panel.getByText('what happened', { exact: true }).count()).toBe(0)
  expect(await panel.getByText('same', { exact: true }).count()).toBe(0)
  await panel.getByRole('button', { name: 'Play this step' }).click()
  await panel.getByText('What the brokers did').waitFor()
  await panel.getByText('what happened', { exact: true }).waitFor()
  await until('what was seen', async () => (await panel.getByText('same', { exact: true }).count()) > 0)
  expect(await panel.getByText('differs').count()).toBe(0)
  await panel.getByRole('region', { name: 'Why' }).waitFor()
  expect(await violations(page)).toEqual([])
  await page.keyboard.press('PageUp')
  await panel.getByRole('button', { name: 'Play this step' }).waitFor()
  await page.emulateMedia({ colorScheme: 'dark' })
  expect(await violations(page, { coloursOnly: true })).toEqual([])
  expect(faults).toEqual([])
})
