import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { connect } from 'amqplib'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { violationsInBothThemes } from '#test/support/axe.ts'
import { testBrokers } from '#test/support/brokers.ts'
import { type DeskPage, openDesk, type TestDesk, wordsOf } from '#test/support/browser.ts'
import { until } from '#test/support/until.ts'

let desk: TestDesk
beforeAll(async () => {
  desk = await openDesk()
}, 120_000)
afterEach(() => desk.tidy())
afterAll(() => desk.close())

async function inspect(text: string): Promise<DeskPage> {
  const at = await desk.open(await desk.room())
  await at.log('worker-1 on RabbitMQ mailbox').waitFor()
  await at.sendToAll(text)
  await until('the fan-out', async () => (await wordsOf(at.verdict('redis'))).includes('2 of 2'))
  const send = at.page.getByRole('button', { name: 'Send to all three' })
  await until('the send to be over', async () => (await wordsOf(send)) === 'Send to all three')
  await at.page.getByRole('main').click({ position: { x: 2, y: 2 } })
  await at.page.keyboard.press('i')
  await at.page.getByRole('complementary', { name: 'Message 1' }).waitFor()
  return at
}

const steps = async (page: Page) =>
  (await page.locator('[data-step]').allInnerTexts()).map((words) => words.replace(/\s+/g, ' ').trim())

describe('the inspector lists a message’s life in order of measured time', () => {
  test('on RabbitMQ: published, routed (inferred), confirmed, delivered, acked', async () => {
    const at = await inspect('a job')
    const life = await until('the ack', async () => {
      const found = await steps(at.page)
      return found.some((step) => step.includes('Acked')) && found
    })
    expect(life[0]).toMatch(/^0 ms Published by .+ basic\.publish exchange "" key sb\..+\.mailbox client$/)
    const find = (word: string) => life.find((step) => step.includes(word)) ?? ''
    expect(find('Routed')).toMatch(
      /^≤ .+ ms Routed to queue mailbox 1 queue matched, no basic\.return inferred$/,
    )
    expect(find('Confirmed')).toMatch(/Confirmed RabbitMQ owns it now basic\.ack from the broker broker$/)
    expect(find('Delivered to worker-')).toMatch(
      /waiting for its ack delivery_tag 1 redelivered false broker$/,
    )
    expect(find('Acked by worker-')).toMatch(/the queue forgets it basic\.ack 1 client$/)
    expect(at.faults).toEqual([])
  })

  test('on Redis and Kafka, by tab, in their own words', async () => {
    const at = await inspect('two sides')
    await at.page.getByRole('tab', { name: 'Redis', exact: true }).click()
    await until('who heard it', async () =>
      (await steps(at.page)).some((step) => /Heard by 2 .*PUBLISH sb\..+\.chatroom → 2 broker$/.test(step)),
    )
    await at.page.keyboard.press('ArrowRight')
    await until('where it is stored', async () =>
      (await steps(at.page)).some((step) => /Stored at p\d@0.* partition \d offset 0 broker$/.test(step)),
    )
    await until(
      'both commits',
      async () => (await steps(at.page)).filter((step) => step.includes('OffsetCommit')).length === 2,
    )
  })

  test('Esc closes it and releases the message that it pinned', async () => {
    const at = await inspect('let go')
    await at.page.keyboard.press('Escape')
    await at.page.getByRole('complementary').waitFor({ state: 'detached' })
    await at.page.getByRole('button', { name: 'Inspect', exact: true }).click()
    await at.page.getByRole('complementary', { name: 'Message 1' }).waitFor()
    await at.page.getByRole('button', { name: 'Close inspector' }).click()
    await at.page.getByRole('complementary').waitFor({ state: 'detached' })
  })
})

describe('the same in code', () => {
  test('is written for the consumer whose cell was pressed, with one line marked', async () => {
    const at = await inspect('code please')
    await at.page.keyboard.press('2')
    await at.page.locator('td[data-consumer="worker-2"] button').click()
    const code = at.page.getByRole('complementary').locator('pre')
    expect(await at.page.getByRole('combobox', { name: 'Whose program' }).inputValue()).toBe('worker-2')
    expect(await code.locator('mark').textContent()).toContain('channel.basic_ack(method.delivery_tag)')
    await at.page.getByRole('tab', { name: 'amqplib' }).click()
    expect(await code.locator('mark').textContent()).toContain('channel.ack(message)')
    await at.page.getByRole('combobox', { name: 'Whose program' }).selectOption('')
    expect(await code.textContent()).toContain('code please')
  })

  test('shows hostile text as text', async () => {
    const at = await inspect('</code><img src=x onerror=alert(1)>"+__import__("os")+"')
    await at.page.getByRole('combobox', { name: 'Whose program' }).selectOption('')
    expect(await at.page.getByRole('complementary').locator('img').count()).toBe(0)
    expect(await at.page.getByRole('complementary').locator('pre').textContent()).toContain(
      '\\"+__import__(\\"os\\")+\\"',
    )
    expect(at.faults).toEqual([])
  })
})

describe('the message itself', () => {
  test('is saved as JSON with every step', async () => {
    const at = await inspect('keep this')
    const [download] = await Promise.all([
      at.page.waitForEvent('download'),
      at.page.getByRole('button', { name: 'Export as JSON' }).click(),
    ])
    expect(download.suggestedFilename()).toBe('message-1.json')
    const saved = JSON.parse(readFileSync(await download.path(), 'utf8'))
    expect(saved).toMatchObject({ number: 1, text: 'keep this' })
    expect(saved.lives.map(({ system }: { system: string }) => system).sort()).toEqual([
      'kafka',
      'rabbitmq',
      'redis',
    ])
  })

  test('that is JSON stands on lines of its own, with its numbers as they were typed', async () => {
    const at = await inspect('{"id":9007199254740993,"price":1.10}')
    const body = at.page.getByRole('region', { name: 'The body', exact: true })
    expect(await body.textContent()).toBe('{\n  "id": 9007199254740993,\n  "price": 1.10\n}')
    await at.page.getByRole('button', { name: 'Hex', exact: true }).click()
    expect(await body.textContent()).toMatch(/^00000000 {2}7b 22 69 64 22 3a /)
    await at.page.getByRole('button', { name: 'Text', exact: true }).click()
    expect(await body.textContent()).toBe('{"id":9007199254740993,"price":1.10}')
  })

  test('of ours has beside it what each broker carried, with types', async () => {
    const at = await inspect('beside')
    const beside = at.page.getByRole('region', { name: 'Beside the body on RabbitMQ' })
    await until('its properties', async () =>
      /content_type\s*string\s*text\/plain/.test(await wordsOf(beside)),
    )
    expect(await wordsOf(beside)).toMatch(/cloudEvents_type\s*string\s*switchboard\.chat\.message/)
    await at.page.getByRole('tab', { name: 'Redis', exact: true }).click()
    const redis = at.page.getByRole('region', { name: 'Beside the body on Redis' })
    expect(await wordsOf(redis)).toContain('Redis pub/sub carries the text and nothing else.')
  })

  test('from outside shows every header and property with its type, and a gzip body can be opened', async () => {
    const room = await desk.room()
    const at = await desk.open(room)
    await at.log('worker-1 on RabbitMQ mailbox').waitFor()
    const model = await connect(testBrokers().rabbitmq.url)
    const channel = await model.createConfirmChannel()
    const large = { '!': 'int64', value: 9_007_199_254_740_993n }
    const headers = { large, bin: Buffer.from([0xff, 0x00]), long: 'x'.repeat(5_000) }
    const given = { headers, contentEncoding: 'gzip', correlationId: 'c-1' }
    channel.sendToQueue(`sb.${room}.mailbox`, gzipSync('{"packed":1.0}'), given)
    await channel.waitForConfirms()
    await model.close()
    await at.page
      .locator('[data-message-id] [data-part="text"]', { hasText: /gzip, \d+ bytes/ })
      .first()
      .waitFor()
    await at.page.getByRole('main').click({ position: { x: 2, y: 2 } })
    await at.page.keyboard.press('i')
    const beside = at.page.getByRole('region', { name: 'Beside the body on RabbitMQ' })
    const words = await wordsOf(beside)
    expect(words).toMatch(/large\s*int64\s*9007199254740993/)
    expect(words).toMatch(/bin\s*bytes\s*ff 00/)
    expect(words).toContain('… 3,976 more bytes')
    await beside.getByRole('button', { name: 'Base64' }).click()
    expect(await wordsOf(beside)).toMatch(/bin\s*bytes\s*\/wA=/)
    expect(words).toMatch(/content_encoding\s*string\s*gzip/)
    expect(words).toMatch(/correlation_id\s*string\s*c-1/)
    await at.page.getByRole('button', { name: 'Open the gzip' }).click()
    const opened = at.page.getByRole('region', { name: 'The opened body' })
    await opened.waitFor()
    expect(await opened.textContent()).toBe('{\n  "packed": 1.0\n}')
    expect(at.faults).toEqual([])
  })

  test('has no axe violation in either theme', async () => {
    const at = await inspect('{"seat": 12}')
    expect(await violationsInBothThemes(at.page)).toEqual([])
  })
})
