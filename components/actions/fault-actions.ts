import { catalog } from '#lib/brokers/catalog.ts'
import type { Feed } from '#lib/feed/feed.ts'
import type { BrokerFault, ConsumerFault } from '#lib/protocol/faults.ts'
import type { Consumer } from '#lib/protocol/room.ts'
import { sendPoison } from '../fault/send-poison.ts'
import type { LaneRef } from '../feed/lane-ref.ts'
import { errorWords } from '../words/errors.ts'
import type { Action } from './action.ts'

const MIDDLE_LATENCY_MS = 200

type Named<F> = readonly [id: string, words: (name: string) => string, fault: F]

const CUT: Named<ConsumerFault> = ['cut', (name) => `Cut the line of ${name}`, { kind: 'cut' }]
const BREAK: ReadonlyArray<Named<ConsumerFault>> = [
  [
    'line-slow',
    (name) => `Slow the line of ${name}: ${MIDDLE_LATENCY_MS} ms each way`,
    { kind: 'slow', latencyMs: MIDDLE_LATENCY_MS, jitterMs: 0 },
  ],
  ['freeze', (name) => `Freeze the line of ${name}`, { kind: 'freeze' }],
]
const MEND: Named<ConsumerFault> = ['mend', (name) => `Mend the line of ${name}`, { kind: 'none' }]

/** What can be done to a consumer's line now. */
export function lineActions(feed: Feed, lane: LaneRef, consumer: Consumer): Action[] {
  const isLive = consumer.state === 'attached' || consumer.state === 'paused'
  const { label } = lane.manifest
  const group = `${label} ${lane.destination}: ${consumer.name}`
  const offered = [...(isLive ? [...BREAK, CUT] : []), ...(consumer.fault === undefined ? [] : [MEND])]
  return offered.map(([id, words, fault]) => ({
    id: `${group}-${id}`,
    group,
    label: words(consumer.name),
    also: `${label} fault network latency`,
    needs: { command: 'consumer:fault', consumer },
    run: async () => {
      const reply = await feed.command('consumer:fault', { consumer: consumer.id, fault })
      return reply.ok ? '' : errorWords(reply.code, { label, ...reply })
    },
  }))
}

/** Where a poison message makes somebody fail. */
export const poisonActions = (feed: Feed, lane: LaneRef): Action[] => {
  const { manifest, modeManifest, destination } = lane
  if (!modeManifest.can.poison) return []
  const group = `${manifest.label} ${destination}`
  return [
    {
      id: `${group}-poison`,
      group,
      label: `Send a poison message to ${manifest.label}`,
      also: 'fault fail bad message',
      // Who may make faults may send one: the room decides the same by its header.
      needs: 'consumer:fault',
      run: () => sendPoison(feed, lane),
    },
  ]
}

const BROKER_FAULTS: Readonly<Record<'running' | 'paused' | 'killed', readonly BrokerFault[]>> = {
  // To kill a broker asks first, in its box.
  running: ['pause'],
  paused: ['resume'],
  killed: ['restart'],
}
const BROKER_WORDS: Readonly<Record<BrokerFault, string>> = {
  pause: 'Pause',
  resume: 'Resume',
  kill: 'Kill',
  restart: 'Restart',
}

/** What can be done to brokers now, where they are this dashboard's own. */
export const brokerActions = (feed: Feed): Action[] =>
  catalog.flatMap(({ id, label }) => {
    const { may = false, now = 'running' } = feed.views.broker(id)?.faults ?? {}
    if (!may) return []
    return BROKER_FAULTS[now].map((fault) => ({
      id: `broker-${id}-${fault}`,
      group: label,
      label: `${BROKER_WORDS[fault]} ${label}`,
      also: 'fault broker kill',
      needs: 'broker:fault',
      run: async () => {
        const reply = await feed.command('broker:fault', { system: id, fault })
        return reply.ok ? '' : errorWords(reply.code, { label, ...reply })
      },
    }))
  })
