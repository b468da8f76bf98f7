import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { whyNot } from '#components/actions/action.ts'
import { allActions } from '#components/actions/all-actions.ts'
import { keyGroups } from '#components/actions/keys.ts'
import { PAGE_KEYS } from '#components/actions/use-page-keys.ts'
import { restingFeed } from '#components/feed/resting-feed.ts'
import { VIEWS } from '#components/view/views.ts'
import { youOf } from '#lib/commands/permission.ts'
import type { Feed } from '#lib/feed/feed.ts'
import { createLedger } from '#lib/ledger/ledger.ts'
import type { BrokerStatus } from '#lib/protocol/status.ts'
import {
  AT,
  CHANNEL,
  consumer,
  content,
  type Draft,
  delivered,
  destination,
  LOG,
  numbered,
  published,
  QUEUE,
} from '../ledger/event-maker.ts'

/** What the page is asked for: no button and no field of it is there. */
const NO_PAGE = {
  ...{ querySelector: () => null, querySelectorAll: () => [] },
  documentElement: { dataset: {} },
}
beforeAll(() => {
  vi.stubGlobal('document', NO_PAGE)
  vi.stubGlobal('location', { pathname: '/', hash: '', assign: () => undefined })
  vi.stubGlobal('navigator', { userAgent: 'a test' })
  vi.stubGlobal('CSS', { escape: (text: string) => text })
  vi.stubGlobal('open', () => null)
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined })
})
afterAll(() => {
  vi.unstubAllGlobals()
})

const ME = { id: 'person-ada', name: 'Ada' }

const broker = (system: string): Draft =>
  ({
    ...published(QUEUE, 'unused'),
    kind: 'broker',
    system,
    now: { system, status: 'up', since: AT, faults: { may: true } } satisfies BrokerStatus,
  }) as unknown as Draft

/** A room in which Ada has a seat beside a worker of the scene's, and a lesson goes on; all of it can be broken. */
const EVENTS = numbered([
  ...[QUEUE, CHANNEL, LOG].map(destination),
  consumer(QUEUE, 'worker-1', 'attached', { settings: { ackMode: 'manual' } }),
  consumer(QUEUE, 'ada', 'attached', { owner: ME, settings: { ackMode: 'manual' } }),
  consumer(CHANNEL, 'subscriber-1', 'paused'),
  consumer(LOG, 'reader-1', 'crashed', { group: 'analytics' }),
  published(QUEUE, 'message-1', content(1)),
  delivered(QUEUE, 'message-1', 'worker-1', 1),
  ...['rabbitmq', 'redis', 'kafka'].map(broker),
])

const commands: Array<{ name: string; input: unknown }> = []
beforeEach(() => {
  commands.length = 0
})

function feedOf(role: 'participant' | 'presenter'): Feed {
  const views = createLedger()
  views.applyAll(EVENTS)
  const rights = youOf({ role, room: 'lobby', person: { ...ME, colour: 0 } } as never, ME.name) ?? null
  const command = (name: string, input: unknown) => {
    commands.push({ name, input })
    return Promise.resolve({ ok: false, code: 'invalid', message: 'a test' })
  }
  return { ...restingFeed, views, rights, me: { ...ME, colour: 0 }, command } as unknown as Feed
}

describe('of everything that can be done on the desk', () => {
  test('a presenter may do all of it', () => {
    const feed = feedOf('presenter')
    expect(allActions(feed).filter((action) => whyNot(feed, action) !== undefined)).toEqual([])
  })

  test('a participant is offered nothing that sends what they may not, and the rest says why', async () => {
    const feed = feedOf('participant')
    const { rights } = feed
    const offered = allActions(feed).filter((action) => whyNot(feed, action) === undefined)
    // Without a page some cannot do what they do; none of those sends a command.
    for (const action of offered) await action.run().catch(() => undefined)
    expect(commands.filter(({ name }) => !rights?.may.includes(name))).toEqual([])
    const onOthers = commands.filter(
      ({ name, input }) =>
        rights?.ownOnly.includes(name) && (input as { consumer: string }).consumer !== 'rabbitmq:mailbox:ada',
    )
    expect(onOthers).toEqual([])
    // Their own seat is theirs.
    expect(commands).toContainEqual({
      name: 'consumer:command',
      input: { consumer: 'rabbitmq:mailbox:ada', command: 'crash' },
    })
  })

  test.each([
    ['Reset this room', 'Only a presenter may do that'],
    ['Close this room', 'Only a presenter may do that'],
    ['Crash worker-1', 'It is not yours: only a presenter may do that'],
    ['Remove worker-1', 'It is not yours: only a presenter may do that'],
    ['Freeze the line of ada', 'Only a presenter may do that'],
    ['Pause Kafka', 'Only a presenter may do that'],
    ['Load on RabbitMQ', 'Only a presenter may do that'],
    ['Show a log on RabbitMQ', 'Only a presenter may do that'],
    ['Crash ada', undefined],
    ['Write to Redis', undefined],
  ])('%s: what a participant reads', (label, why) => {
    const feed = feedOf('participant')
    const action = allActions(feed).find((one) => one.label === label)
    if (!action) throw new Error(`nothing is called ${label}`)
    expect(whyNot(feed, action)).toBe(why)
  })
})

describe('the sheet of keys', () => {
  const groups = () => {
    const feed = feedOf('presenter')
    const lesson = { title: 'A lesson', run: 'one', step: 0, steps: 1 }
    return keyGroups({ ...feed, views: Object.create(feed.views, { lesson: { value: lesson } }) })
  }

  test('has a line for each key that the page handles, and for each view', () => {
    const shown = groups().flatMap(({ lines }) => lines.map(({ keys }) => keys))
    const views = VIEWS.map((_, index) => String(index + 1))
    expect(shown).toEqual(expect.arrayContaining([...PAGE_KEYS, ...views, '?', 'Esc']))
  })

  test('says where keys work that are not the whole page’s, and keys that do the same stand on one line', () => {
    expect(groups().map(({ title }) => title)).toEqual([
      ...['Everywhere', 'In the lesson', 'In a consumer’s rows', 'In the Matrix', 'In the Timeline'],
    ])
    const lesson = groups().find(({ title }) => title === 'In the lesson')?.lines ?? []
    expect(lesson).toContainEqual({ keys: '→ PageDown', label: 'Next step' })
    expect(lesson).toContainEqual({ keys: 'A B C D E', label: 'Answer the question' })
  })

  test('names no key twice in one place', () => {
    for (const { title, lines } of groups()) {
      const keys = lines.map((line) => line.keys)
      expect(new Set(keys).size, title).toBe(keys.length)
    }
  })
})
