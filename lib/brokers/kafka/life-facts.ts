import type { FactPlace, StepFacts } from '../contract.ts'

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
export function recordFact(step: StepFacts, { address, key }: FactPlace): string | null {
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
