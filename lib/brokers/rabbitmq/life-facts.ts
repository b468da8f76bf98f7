import type { FactContext, StepFacts } from '../contract.ts'

/** A step of a message's life in the words of AMQP 0-9-1. */
type Fact = (step: StepFacts, place: FactContext) => string | null

type Delivered = Extract<StepFacts, { step: 'delivered' }>
type Settled = Extract<StepFacts, { step: 'settled' }>

function delivered({ address, redelivered, attempt }: Delivered): string | null {
  if (address.kind === 'entry') return `basic.deliver  x-stream-offset ${address.id}`
  if (address.kind !== 'queue') return null
  const count = attempt !== null && attempt > 1 ? `  x-delivery-count ${attempt - 1}` : ''
  return `delivery_tag ${address.deliveryTag}  redelivered ${redelivered}${count}`
}

const SETTLED: Record<Settled['how'], (tag: string) => string | null> = {
  acknowledged: (tag) => `basic.ack ${tag}`,
  requeued: (tag) => `basic.reject ${tag} requeue true`,
  rejected: (tag) => `basic.nack ${tag} requeue false`,
  lost: (tag) => `connection closed, no basic.ack ${tag}`,
  committed: () => null,
  unknown: () => null,
}

const settled = ({ how, address }: Settled): string | null =>
  SETTLED[how](address.kind === 'queue' ? String(address.deliveryTag) : '')

const published =
  (exchange: (place: FactContext) => string, routed: string): Fact =>
  (step, place) => {
    switch (step.step) {
      case 'sent':
        return `basic.publish ${exchange(place)}`
      case 'routed':
        return routed
      case 'published':
        return 'basic.ack from the broker'
      case 'returned':
        return `basic.return ${step.reason}`
      case 'refused':
      case 'uncertain':
        return step.reason
      case 'delivered':
        return delivered(step)
      case 'settled':
        return settled(step)
      case 'ended':
        return step.how === 'trimmed' ? null : `x-death reason ${step.reason}`
      default:
        return null
    }
  }

const toQueue = ({ address }: FactContext): string => `exchange "" key ${address}`
const toExchange = ({ address, key }: FactContext): string =>
  `exchange ${address} key ${JSON.stringify(key ?? '')}`

export const queueFact = published(toQueue, '1 queue matched, no basic.return')
export const exchangeFact = published(toExchange, 'a binding matched, no basic.return')
export const streamFact = published(toQueue, '1 stream matched, no basic.return')
