import type { LifeStep, StepFacts } from '#lib/brokers/contract.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import type { DeliveryView, LifeView, MessageView } from '../model/views.ts'

/** The order of steps at the same time. */
const ORDER: Record<StepFacts['step'], number> = {
  sent: 0,
  outside: 0,
  routed: 1,
  published: 2,
  unheard: 2,
  returned: 2,
  refused: 2,
  uncertain: 2,
  delivered: 3,
  settled: 4,
  ended: 5,
}

/**
 * A message's life on one system as steps, in order of measured time. `routes`: its destination routes messages to
 * queues, so that a receipt without a return means that at least one matched.
 */
export function lifeSteps(message: MessageView, life: LifeView, routes: boolean): LifeStep[] {
  const steps = [
    beginning(message),
    ...receiptSteps(life, routes),
    ...life.deliveries.flatMap(arrivalSteps),
    ...endSteps(life),
  ]
  const when = ({ at }: LifeStep): number => at ?? Number.NEGATIVE_INFINITY
  return steps.sort((a, b) => when(a) - when(b) || ORDER[a.step] - ORDER[b.step])
}

const beginning = ({ outside, sentAt }: MessageView): LifeStep =>
  outside
    ? { step: 'outside', at: null, latest: false, evidence: 'inferred' }
    : { step: 'sent', at: sentAt, latest: false, evidence: 'client' }

function receiptSteps({ receipt, receiptSource }: LifeView, routes: boolean): LifeStep[] {
  if (!receiptSource) return []
  const when = { ...receiptSource, latest: false }
  switch (receipt.state) {
    case 'pending':
    case 'outside':
      return []
    case 'published': {
      const { heardBy, address } = receipt
      const published: LifeStep = { step: 'published', heardBy, address, ...when }
      const routed: LifeStep = { step: 'routed', at: receiptSource.at, latest: true, evidence: 'inferred' }
      return routes ? [routed, published] : [published]
    }
    case 'unheard':
      return [{ step: 'unheard', ...when }]
    case 'returned':
    case 'refused':
    case 'uncertain':
      return [{ step: receipt.state, reason: receipt.reason, ...when }]
    default:
      return unreachable(receipt)
  }
}

function arrivalSteps(delivery: DeliveryView): LifeStep[] {
  const { consumer, group, address, attempt, redelivered, at, evidence, state, moved } = delivery
  const arrived: LifeStep = {
    step: 'delivered',
    consumer,
    group,
    address,
    attempt,
    redelivered,
    at,
    latest: false,
    evidence,
  }
  if (!moved || state === 'in-hand' || state === 'received' || state === 'read') return [arrived]
  const settled: LifeStep = {
    step: 'settled',
    how: state,
    consumer,
    group,
    address,
    ...(moved.reason === undefined ? {} : { reason: moved.reason }),
    at: moved.at,
    latest: false,
    evidence: moved.evidence,
  }
  return [arrived, settled]
}

const endSteps = ({ ended }: LifeView): LifeStep[] =>
  ended
    ? [
        {
          step: 'ended',
          how: ended.how,
          reason: ended.reason,
          to: ended.to,
          at: ended.at,
          latest: false,
          evidence: ended.evidence,
        },
      ]
    : []

/** One system's part of a message, with its steps in order of measured time. */
export interface LifeWithSteps {
  life: LifeView
  steps: readonly LifeStep[]
}

const INDENT = 2

/** A message and all that became of it, as JSON that a person can read. Times are Unix time in milliseconds. */
export function messageJson(message: MessageView, lives: readonly LifeWithSteps[]): string {
  const { lives: _, ...content } = message
  const exported = lives.map(({ life, steps }) => ({
    system: life.system,
    destination: life.destination,
    receipt: life.receipt,
    earlierDeliveries: life.earlier,
    carried: life.carried,
    steps,
  }))
  return JSON.stringify({ ...content, lives: exported }, null, INDENT)
}
