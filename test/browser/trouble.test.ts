import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openDesk, type TestDesk, wordsOf } from '#test/support/browser.ts'
import { freePort } from '#test/support/dashboard.ts'
import { until } from '#test/support/until.ts'

let desk: TestDesk
beforeAll(async () => {
  desk = await openDesk({ kafka: { url: `127.0.0.1:${await freePort()}` } })
}, 120_000)
afterEach(() => desk.tidy())
afterAll(() => desk.close())

const others = (system: 'rabbitmq' | 'redis', room: string) =>
  until(`${system} to be attached`, async () => {
    const { consumers } = await desk.dashboard.snapshot(room)
    const mine = consumers.filter((consumer) => consumer.system === system)
    return mine.length > 0 && mine.every(({ state }) => state === 'attached')
  })

async function openTroubled() {
  const room = await desk.room()
  await Promise.all([others('rabbitmq', room), others('redis', room)])
  return desk.open(room)
}

describe('a broker that is away', () => {
  test('its lane says what was tried and what to do; the others are up', async () => {
    const at = await openTroubled()
    const lane = at.lane('kafka')
    await until('it to be away', async () => (await lane.getAttribute('data-status')) !== 'up')
    await lane.getByRole('button', { name: 'Try Kafka now' }).waitFor()
    await until('the address', async () =>
      /127\.0\.0\.1:\d+/.test(await wordsOf(lane.locator('[data-part="trouble"]'))),
    )
    const connections = at.page.getByRole('list', { name: 'Broker connections' }).getByRole('listitem')
    await until('two up', async () => {
      const words = await connections.allInnerTexts()
      return words.filter((word) => /up$/.test(word)).length === 2
    })
  })

  test('a send to all three is held for it in plain sight, and reaches the other two', async () => {
    const at = await openTroubled()
    await at.lane('kafka').getByRole('button', { name: 'Try Kafka now' }).waitFor()
    await at.sendToAll('two of three')
    await until('the receipt', async () =>
      (await wordsOf(at.page.getByRole('status', { name: 'Receipt' }))).includes('reached 2 of 3 brokers'),
    )
    expect(await wordsOf(at.verdict('kafka'))).toContain('it is held here')
    await until('the others', async () => (await wordsOf(at.verdict('redis'))).includes('2 of 2 got #1'))
    const held = at.page.getByRole('region', { name: 'Held for Kafka' })
    expect(await wordsOf(held)).toContain('1 message held here')
  })

  test('closing the page with held messages asks first; after discarding them it does not', async () => {
    const at = await openTroubled()
    await at.lane('kafka').getByRole('button', { name: 'Try Kafka now' }).waitFor()
    await at.sendTo('Kafka', 'keep me')
    const held = at.page.getByRole('region', { name: 'Held for Kafka' })
    await held.waitFor()
    const asked = at.page.waitForEvent('dialog')
    await at.page.close({ runBeforeUnload: true })
    const dialog = await asked
    expect(dialog.type()).toBe('beforeunload')
    await dialog.dismiss()
    await held.getByRole('button', { name: 'Show what is held for Kafka' }).click()
    await at.page.getByRole('button', { name: /Discard .*held for Kafka/ }).click()
    await held.waitFor({ state: 'detached' })
    const closed = at.page.waitForEvent('close')
    await at.page.close({ runBeforeUnload: true })
    await closed
  })
})

describe('rooms', () => {
  test('a room that does not exist is offered to be made, and opens', async () => {
    const room = `made-${Date.now().toString(36)}`
    const at = await desk.open(room)
    await at.page.getByRole('button', { name: `Create ${room}` }).click()
    await at.page.getByRole('textbox', { name: 'Message to all three brokers' }).waitFor()
    await desk.dashboard.request('DELETE', `/api/rooms/${room}`)
  })

  test('an address that cannot be a room says so', async () => {
    const at = await desk.open('Not A Room')
    await at.page.getByRole('heading', { name: 'There is nothing here' }).waitFor()
  })
})

describe('the dashboard itself', () => {
  test('when its server ends the page says so, holds sends, and comes back by itself', async () => {
    const at = await desk.open('lobby')
    await until(
      'the page to be live',
      async () => (await at.page.locator('.app').getAttribute('data-line')) === 'live',
    )
    await desk.dashboard.kill9()
    await until('the banner', async () =>
      (await at.page.getByRole('alert').allInnerTexts()).some((words) =>
        words.includes('The dashboard is not answering.'),
      ),
    )
    await at.sendTo('Redis', 'sent into the dark')
    await at.page.getByRole('region', { name: 'Held for Redis' }).waitFor()
    await desk.dashboard.startAgain()
    await until(
      'the page to be live again',
      async () => (await at.page.locator('.app').getAttribute('data-line')) === 'live',
      { timeoutMs: 30_000 },
    )
    await until(
      'the held send to leave',
      async () => (await at.page.getByRole('region', { name: 'Held for Redis' }).count()) === 0,
    )
  }, 90_000)
})

test('an address that asks for a room by ?room= goes to that room, and says it where there is none', async () => {
  const page = await desk.page()
  await page.goto(`${desk.dashboard.url}/?room=no-such-room`)
  await page.getByRole('heading', { name: 'There is no room no-such-room' }).waitFor()
  expect(new URL(page.url()).pathname).toBe('/r/no-such-room')
  await page.getByRole('button', { name: 'Create no-such-room' }).waitFor()
  await page.getByRole('link', { name: 'Go to the lobby' }).waitFor()
})
