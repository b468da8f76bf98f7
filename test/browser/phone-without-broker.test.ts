import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { violations } from '#test/support/axe.ts'
import { openDesk, type TestDesk, wordsOf } from '#test/support/browser.ts'
import { joinByPhone } from '#test/support/phone.ts'
import { type OwnBroker, startOwnBroker } from '#test/support/start-brokers.ts'
import { until } from '#test/support/until.ts'

/** What a phone shows whose consumer was attached when its broker stopped answering. Each test leaves the broker running. */

vi.setConfig({ testTimeout: 120_000 })

let own: OwnBroker
let desk: TestDesk
beforeAll(async () => {
  own = await startOwnBroker('redis')
  desk = await openDesk({ redis: { url: own.url } })
}, 120_000)
afterEach(() => desk.tidy())
afterAll(async () => {
  await desk.close()
  await own.close()
})

async function seatOnRedis(room: string) {
  const set = await desk.dashboard.request('PUT', `/api/rooms/${room}/seats`, { choice: true })
  expect(set.ok).toBe(true)
  return joinByPhone(desk, room, 'Mei', (page) => page.getByRole('button', { name: /on Redis/ }).tap())
}

test('a seat whose broker dies is kept, which its phone says without the driver’s words, and it is connected again when the broker is back', async () => {
  const room = await desk.room()
  const { page, faults, end } = await seatOnRedis(room)
  await page.getByText('Listening.').waitFor()
  await own.kill9()
  const card = page.getByRole('region', { name: 'Your connection' })
  await card.getByRole('heading', { name: 'Redis is away' }).waitFor()
  expect(await wordsOf(card)).toBe(
    'Redis is away Your seat is kept. You are connected as soon as it is back.',
  )
  expect(await violations(page)).toEqual([])
  await own.start()
  await page.getByText('Listening.').waitFor()
  await until('the card to go', async () => (await card.count()) === 0)
  expect(faults).toEqual([])
  await end()
})

test('a phone that plays a part says that its part’s broker is away, and nothing once it is back', async () => {
  const room = await desk.room()
  await desk.post(room, '/lesson', { lesson: 'slow-subscriber' })
  const { page, faults, end } = await joinByPhone(desk, room, 'Noa')
  const name = await wordsOf(page.getByRole('heading', { level: 1 }))
  await page.getByText('Listening.').waitFor()
  await own.kill9()
  const card = page.getByRole('region', { name: 'Your connection' })
  await card.getByRole('heading', { name: 'Redis is away' }).waitFor()
  expect(await wordsOf(card)).toBe(`Redis is away ${name} is connected as soon as it is back.`)
  await own.start()
  await until('the card to go', async () => (await card.count()) === 0)
  expect(faults).toEqual([])
  await end()
})

test('a phone whose broker is frozen promises no message until it answers again', async () => {
  const room = await desk.room()
  const { page, faults, end } = await seatOnRedis(room)
  await page.getByText('Listening.').waitFor()
  await own.pause()
  const card = page.getByRole('region', { name: 'Your connection' })
  try {
    await card.getByText('Redis').waitFor({ timeout: 60_000 })
    expect(await wordsOf(card)).toMatch(/^Redis (does not answer|is away) Your seat is kept\./)
    expect(await page.getByText('Listening.').count()).toBe(0)
  } finally {
    await own.resume()
  }
  await page.getByText('Listening.').waitFor()
  expect(faults).toEqual([])
  await end()
})
