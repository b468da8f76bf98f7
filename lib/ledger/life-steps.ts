import type { LifeStep, StepFacts } from '#lib/brokers/contract.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import type { DeliveryView, LifeView, MessageView } from './views.ts'

/** Of steps at the same time, which comes first. */
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
 * A message's life on one system as steps, in order of measured time. `routes`: its destination hands messages on by
 * routing, so that a receipt without a return means that one place at least was found.
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

function receiptSteps({ receipt, told }: LifeView, routes: boolean): LifeStep[] {
  if (!told) return []
  const when = { at: told.at, latest: false, evidence: told.evidence }
  switch (receipt.state) {
    case 'pending':
    case 'outside':
      return []
    case 'published': {
      const { heardBy, address } = receipt
      const published: LifeStep = { step: 'published', heardBy, address, ...when }
      const routed: LifeStep = { step: 'routed', at: told.at, latest: true, evidence: 'inferred' }
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
