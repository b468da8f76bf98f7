import type { Feed } from '#lib/feed/feed.ts'
import type { CommandArguments, ConsumerCommand, SettleVerb } from '#lib/protocol/command-schemas.ts'
import type { CommandName } from '#lib/protocol/command-table.ts'
import type { Failure } from '#lib/protocol/errors.ts'
import type { Consumer } from '#lib/protocol/room.ts'
import { type LaneRef, laneRefs } from '../feed/lane-ref.ts'
import { canSlow, PROCESSING, SPEEDS } from '../pane/speeds.ts'
import { formatNumber } from '../ui/format.ts'
import { errorWords } from '../words/errors.ts'
import type { Action } from './action.ts'
import { lineActions } from './fault-actions.ts'

interface Subject {
  feed: Feed
  lane: LaneRef
  consumer: Consumer
}

const answerWords = (lane: LaneRef, reply: { ok: true } | Failure): string =>
  reply.ok ? '' : errorWords(reply.code, { label: lane.manifest.label, ...reply })

const order =
  ({ feed, lane, consumer }: Subject, command: ConsumerCommand, given: CommandArguments = {}) =>
  async (): Promise<string> =>
    answerWords(lane, await feed.command('consumer:command', { consumer: consumer.id, command, ...given }))

/** Everything is named with its consumer and its system, because names repeat from lane to lane. */
function namer({ lane, consumer }: Subject) {
  const place = `${lane.manifest.label} ${lane.destination}`
  return (
    id: string,
    words: (name: string) => string,
    run: Action['run'],
    also = '',
    command: CommandName = 'consumer:command',
  ): Action => ({
    id: `${place}-${consumer.name}-${id}`,
    needs: { command, consumer },
    group: `${place}: ${consumer.name}`,
    label: words(consumer.name),
    also: `${lane.manifest.label} ${also}`,
    run,
  })
}

function presenceActions(subject: Subject): Action[] {
  const { feed, lane, consumer } = subject
  const { can } = lane.modeManifest
  const act = namer(subject)
  const isLive = consumer.state === 'attached' || consumer.state === 'paused'
  const actions: Action[] = []
  if (isLive && can.pause) {
    actions.push(
      consumer.state === 'paused'
        ? act('resume', (name) => `Resume ${name}`, order(subject, 'resume'), 'go on')
        : act('pause', (name) => `Pause ${name}`, order(subject, 'pause')),
    )
  }
  if (isLive && can.crash)
    actions.push(act('crash', (name) => `Crash ${name}`, order(subject, 'crash'), 'kill'))
  if (consumer.state === 'crashed')
    actions.push(act('start', (name) => `Start ${name} again`, order(subject, 'start')))
  actions.push(
    act(
      'remove',
      (name) => `Remove ${name}`,
      async () => answerWords(lane, await feed.command('consumer:remove', { consumer: consumer.id })),
      '',
      'consumer:remove',
    ),
  )
  return actions
}

function speedActions(subject: Subject): Action[] {
  const { feed, lane, consumer } = subject
  if (!canSlow(lane) || consumer.state === 'crashed') return []
  const act = namer(subject)
  const now = Number(consumer.settings[PROCESSING] ?? 0)
  return SPEEDS.filter(({ ms }) => ms !== now).map(({ ms, means }) =>
    act(
      `speed-${ms}`,
      (name) => (ms === 0 ? `Make ${name} as fast as it can be` : `Slow ${name} down: ${means}`),
      async () =>
        answerWords(
          lane,
          await feed.command('consumer:update', { consumer: consumer.id, settings: { [PROCESSING]: ms } }),
        ),
      'processing time speed',
      'consumer:update',
    ),
  )
}

function seekActions(subject: Subject): Action[] {
  const { lane, consumer } = subject
  if (!lane.modeManifest.can.replay || consumer.role !== undefined || consumer.state === 'crashed') return []
  const act = namer(subject)
  return [
    act(
      'earliest',
      (name) => `Replay for ${name} from the start`,
      order(subject, 'seek', { seek: { to: 'earliest' } }),
      'rewind seek',
    ),
    act(
      'latest',
      (name) => `Move ${name} to the end`,
      order(subject, 'seek', { seek: { to: 'latest' } }),
      'seek skip',
    ),
  ]
}

const SETTLE_WORDS: Record<SettleVerb, string> = { ack: 'Ack', requeue: 'Nack', reject: 'Reject' }

/** Past a record that it fails at again and again. */
function skipActions(subject: Subject): Action[] {
  const { feed, lane, consumer } = subject
  if (!lane.modeManifest.can.skip) return []
  const act = namer(subject)
  return (feed.views.pane(consumer.id)?.failing ?? []).map(({ delivery, messageId }) => {
    const number = formatNumber(feed.views.message(messageId)?.number ?? null)
    return act(
      `skip-${messageId}`,
      (name) => `Skip ${number} at ${name}`,
      order(subject, 'skip', { delivery }),
      'poison past next',
    )
  })
}

/** The oldest that it holds and that is settled by hand. */
function settleActions(subject: Subject): Action[] {
  const { feed, consumer } = subject
  const [first] = feed.views.pane(consumer.id)?.inHand ?? []
  if (!first || consumer.settings.ackMode !== 'manual') return []
  const act = namer(subject)
  const number = feed.views.message(first.messageId)?.number ?? null
  return Object.entries(SETTLE_WORDS).map(([verb, words]) =>
    act(
      verb,
      (name) => `${words} ${number === null ? 'the oldest' : `#${number}`} at ${name}`,
      order(subject, verb as SettleVerb, { delivery: first.delivery }),
    ),
  )
}

/** What is done with each consumer of the lanes. */
export const consumerActions = (feed: Feed): Action[] =>
  laneRefs(feed).flatMap((lane) =>
    (feed.views.destination(lane.manifest.id, lane.destination)?.consumers ?? []).flatMap((consumer) => {
      const subject = { feed, lane, consumer }
      return [
        ...presenceActions(subject),
        ...speedActions(subject),
        ...seekActions(subject),
        ...lineActions(feed, lane, consumer),
        ...settleActions(subject),
        ...skipActions(subject),
      ]
    }),
  )
