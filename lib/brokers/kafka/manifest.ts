import type { Facts } from '#lib/protocol/facts.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import type {
  Draft,
  FactContext,
  Manifest,
  ModeManifest,
  Preview,
  PreviewContext,
  StepFacts,
} from '../contract.ts'
import { partitionOfKey } from './partitioner.ts'
import { fanoutProfile, logProfile, profile, queueProfile } from './profile.ts'
import { RESERVED_HEADERS } from './reserved-headers.ts'
import {
  fanoutConsumerSettings,
  logConsumerSettings,
  messageSettings,
  queueConsumerSettings,
  subscriberGroup,
  topicSettings,
  workerGroup,
} from './settings.ts'
import { fanoutSnippets, logSnippets, queueSnippets } from './snippets.ts'

const encoder = new TextEncoder()

function partitionsIn(facts: Facts): number | null {
  switch (facts.mode) {
    case 'queue':
    case 'log':
      return facts.partitions.length > 0 ? facts.partitions.length : null
    case 'fanout':
      return facts.partitions
    default:
      return unreachable(facts)
  }
}

/** The partition a key leads to, by the same function that publishing uses; without a key, partitions take turns. */
function preview({ key }: Draft, { settings, facts }: PreviewContext): Preview {
  const asked = typeof settings.partitions === 'number' ? settings.partitions : null
  const partitions = (facts && partitionsIn(facts)) ?? asked
  if (key === '' || partitions === null) return { kind: 'open' }
  return { kind: 'partition', partition: partitionOfKey(encoder.encode(key), partitions) }
}

type Delivered = Extract<StepFacts, { step: 'delivered' }>
type Settled = Extract<StepFacts, { step: 'settled' }>

const positionOf = ({ address }: Pick<Delivered, 'address'>): string =>
  address.kind === 'offset' ? `partition ${address.partition} offset ${address.offset}` : ''

function settled({ how, address, group }: Settled): string | null {
  if (how === 'lost') return 'no Heartbeat within session.timeout.ms'
  if (how !== 'committed' || address.kind !== 'offset') return null
  return `OffsetCommit ${group ?? ''} partition ${address.partition} beyond ${address.offset}`.replace(
    '  ',
    ' ',
  )
}

/** A step of a message's life in the words of Kafka's protocol. */
export function recordFact(step: StepFacts, { address, key }: FactContext): string | null {
  switch (step.step) {
    case 'sent':
      return `Produce ${address} key ${key === null ? 'null' : JSON.stringify(key)}`
    case 'published':
      return step.address?.kind === 'offset' ? positionOf({ address: step.address }) : 'acks all'
    case 'refused':
    case 'returned':
    case 'uncertain':
      return step.reason
    case 'delivered':
      return `Fetch ${positionOf(step)}`
    case 'settled':
      return settled(step)
    case 'ended':
      return step.reason
    default:
      return null
  }
}

const topic = {
  reservedHeaders: RESERVED_HEADERS,
  destinationSettings: topicSettings,
  messageSettings,
  preview,
  fact: recordFact,
}

const queue: ModeManifest = {
  ...queueProfile,
  ...topic,
  snippets: queueSnippets,
  implicitGroup: workerGroup,
  consumerSettings: queueConsumerSettings,
}

const fanout: ModeManifest = {
  ...fanoutProfile,
  ...topic,
  snippets: fanoutSnippets,
  implicitGroup: subscriberGroup,
  consumerSettings: fanoutConsumerSettings,
}

const log: ModeManifest = {
  ...logProfile,
  ...topic,
  snippets: logSnippets,
  consumerSettings: logConsumerSettings,
  startsAtEnd: ({ from }) => from === 'latest',
}

export const manifest: Manifest = { ...profile, modes: { queue, fanout, log } }
