import type { FactContext, StepFacts } from '#lib/brokers/contract.ts'

/** A step of a message's life as the Redis command that made it. */
type Fact = (step: StepFacts, place: FactContext) => string | null

type Delivered = Extract<StepFacts, { step: 'delivered' }>
type Settled = Extract<StepFacts, { step: 'settled' }>

function delivered({ address, group, redelivered }: Delivered): string | null {
  switch (address.kind) {
    case 'channel':
      return address.pattern === undefined
        ? `message ${address.channel}`
        : `pmessage ${address.pattern} ${address.channel}`
    case 'entry': {
      if (group === null) return `XREAD ${address.stream} ${address.id}`
      return `${redelivered ? 'XAUTOCLAIM' : 'XREADGROUP'} ${group} ${address.stream} ${address.id}`
    }
    case 'item':
      return `BLMOVE ${address.list}`
    default:
      return null
  }
}

function settled({ how, address, group }: Settled): string | null {
  if (how === 'lost') return 'connection closed'
  if (how !== 'acknowledged') return null
  if (address.kind === 'entry')
    return `XACK ${address.stream} ${group ?? ''} ${address.id}`.replace('  ', ' ')
  return address.kind === 'item' ? `LREM of ${address.list}` : null
}

const withPublish =
  (command: (place: FactContext) => string): Fact =>
  (step, place) => {
    switch (step.step) {
      case 'sent':
        return command(place)
      case 'published':
        if (step.address?.kind === 'entry') return `${command(place)} → ${step.address.id}`
        return step.heardBy === null ? `${command(place)} → OK` : `${command(place)} → ${step.heardBy}`
      case 'unheard':
        return `${command(place)} → 0`
      case 'refused':
      case 'returned':
      case 'uncertain':
        return step.reason
      case 'delivered':
        return delivered(step)
      case 'settled':
        return settled(step)
      case 'ended':
        return step.reason
      default:
        return null
    }
  }

export const channelFact = withPublish(({ address, key }) =>
  key === null ? `PUBLISH ${address}` : `PUBLISH ${address}.${key}`,
)
export const queueFact = withPublish(({ address, settings }) =>
  settings.kind === 'list' ? `LPUSH ${address}` : `XADD ${address} *`,
)
export const streamFact = withPublish(({ address }) => `XADD ${address} *`)
