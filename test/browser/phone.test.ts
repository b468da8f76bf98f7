import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { violations } from '#test/support/axe.ts'
import { openDesk, type TestDesk } from '#test/support/browser.ts'
import { joinByPhone } from '#test/support/phone.ts'
import { until } from '#test/support/until.ts'

/** A phone's page, 390 px wide, on a real room. */

vi.setConfig({ testTimeout: 90_000 })

/** Script of a phone's page, compressed: a hall loads it over one network. */
const PHONE_MAX_KIB = 180
/** A thumb's target. */
const TARGET_MIN_PX = 44

let desk: TestDesk
beforeAll(async () => {
  desk = await openDesk()
}, 120_000)
afterEach(() => desk.tidy())
afterAll(() => desk.close())

const join = (room: string, name: string, takeSeat?: (page: Page) => Promise<void>) =>
  joinByPhone(desk, room, name, takeSeat)

const seats = async (room: string) =>
  (await desk.dashboard.snapshot(room)).consumers.filter(({ owner }) => owner !== undefined)

test('a phone joins, gets a job, answers it, drops its connection, comes back and leaves', async () => {
  const room = await desk.room()
  for (const worker of ['worker-1', 'worker-2']) {
    await desk.dashboard.request('DELETE', `/api/rooms/${room}/consumers/rabbitmq:mailbox:${worker}`)
  }
  const { page, faults, end } = await join(room, 'Mei')
  await page.getByRole('heading', { name: 'worker-1' }).waitFor()
  await page.getByText('No jobs yet.').waitFor()
  await desk.dashboard.send('rabbitmq', 'The coffee is ready', { room, sender: 'Ada' })
  const job = page.getByRole('region', { name: 'A job for you' })
  await job.getByRole('heading', { name: 'The coffee is ready' }).waitFor()
  expect(await violations(page)).toEqual([])
  const small = await page
    .getByRole('button')
    .evaluateAll(
      (buttons, min) =>
        buttons.filter((one) => one.getBoundingClientRect().height < min).map((one) => one.outerHTML),
      TARGET_MIN_PX,
    )
  expect(small).toEqual([])

  await job.getByRole('button', { name: 'Requeue' }).tap()
  await page.getByText('It was given out before.').waitFor()
  await job.getByRole('button', { name: /^Ack/ }).tap()
  await page.getByText('Acknowledged: done.').waitFor()
  await page.getByText('You did 1').waitFor()

  await page.getByRole('button', { name: /Drop connection/ }).tap()
  await page.getByRole('heading', { name: 'Your connection is gone' }).waitFor()
  expect(await seats(room)).toMatchObject([{ state: 'crashed' }])
  await page.getByRole('button', { name: /Connect again/ }).tap()
  await until('the seat to be back', async () => (await seats(room))[0]?.state === 'attached')

  // The page is loaded again, as a phone does that was put away: it is the same person in the same seat.
  await page.reload()
  await page.getByRole('heading', { name: 'worker-1' }).waitFor()
  await until(
    'one seat',
    async () =>
      (await seats(room)).map(({ state, away }) => `${state} ${away}`).join() === 'attached undefined',
  )
  await page.getByRole('textbox', { name: 'Message to RabbitMQ mailbox' }).fill('from my phone')
  await page.getByRole('button', { name: 'Send' }).tap()
  await page.getByRole('heading', { name: 'from my phone' }).waitFor()

  await page.getByRole('button', { name: 'Leave the room' }).tap()
  await page.getByRole('button', { name: 'Join' }).waitFor()
  await until('no seat', async () => (await seats(room)).length === 0)
  expect(faults).toEqual([])
  await end()
})

test('a phone whose page is gone is an absent seat, and the room’s question is answered by one tap', async () => {
  const room = await desk.room()
  const { page, end } = await join(room, 'Ben')
  await desk.post(room, '/vote', { question: 'Who gets it?', choices: ['One', 'All'] })
  await page.getByRole('radio', { name: 'All' }).tap()
  await page.getByText('1 of 1 voted').waitFor()
  await desk.post(room, '/vote/reveal', { right: 0 })
  await page.getByText('what happened').waitFor()
  await end()
  await until('the loss', async () => (await seats(room))[0]?.away === true)
})

test('a wrong code and a name with hidden characters are refused in words, and the page asks for little script', async () => {
  const page = await desk.page({ viewport: { width: 390, height: 844 } })
  await page.goto(`${desk.dashboard.url}/join`)
  await page.getByLabel('Room code').fill('ACDEFG')
  await page.getByLabel('Your name').fill('Me\u202ei')
  await page.getByRole('button', { name: 'Join' }).click()
  await page.getByRole('alert').getByText('nobody can see').waitFor()
  await page.getByLabel('Your name').fill('Mei')
  await page.getByRole('button', { name: 'Join' }).click()
  await page.getByRole('alert').getByText('No room has this code').waitFor()
  expect(await violations(page)).toEqual([])
  const html = await (await fetch(`${desk.dashboard.url}/join`)).text()
  const asked = [...html.matchAll(/<script\b[^>]*?\bsrc="([^"]+)"[^>]*>/g)].filter(
    ([tag]) => !tag.includes('noModule'),
  )
  const sizes = await Promise.all(
    asked.map(
      async ([, src]) =>
        gzipSync(new Uint8Array(await (await fetch(`${desk.dashboard.url}${src}`)).arrayBuffer()), {
          level: 9,
        }).length,
    ),
  )
  expect(sizes.reduce((sum, size) => sum + size, 0) / 1024).toBeLessThan(PHONE_MAX_KIB)
})

test('where the presenter lets people choose where they sit, a phone takes the seat that it picks', async () => {
  const room = await desk.room()
  const page = await desk.page()
  await page.goto(`${desk.dashboard.url}/r/${room}`)
  await page
    .getByRole('button', { name: /^Share/ })
    .first()
    .click()
  await page.getByRole('checkbox', { name: 'People choose where they sit' }).check()
  await page.getByText('Each phone picks').waitFor()
  expect(await violations(page)).toEqual([])
  const { faults, end } = await join(room, 'Kim', async (phone) => {
    await phone.getByText('Where do you sit?').waitFor()
    await phone.getByRole('button', { name: /on Kafka/ }).tap()
  })
  expect((await seats(room)).map(({ system }) => system)).toEqual(['kafka'])
  expect(faults).toEqual([])
  await end()
})

test('in a lesson with parts a phone plays one of its consumers, and takes a seat when the lesson is over', async () => {
  const room = await desk.room()
  const { page, faults, end } = await join(room, 'Noa')
  expect(await seats(room)).toHaveLength(1)
  await desk.post(room, '/lesson', { lesson: 'crash-a-worker' })
  await page.getByText('In this lesson you play').waitFor()
  await page.getByRole('heading', { name: /^worker-[12]$/ }).waitFor()
  expect(await seats(room)).toEqual([])
  expect(await page.getByRole('button', { name: /Drop connection|Send/ }).count()).toBe(0)
  expect(await violations(page)).toEqual([])
  await desk.dashboard.request('DELETE', `/api/rooms/${room}/lesson`)
  await page.getByText('You are').waitFor()
  await until('the seat', async () => (await seats(room)).length === 1)
  expect(faults).toEqual([])
  await end()
})
