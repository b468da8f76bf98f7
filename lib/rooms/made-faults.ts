import { manifestOf } from '#lib/brokers/catalog.ts'
import type { UnnumberedEvent } from '#lib/protocol/events.ts'
import type { BrokerFaults, MadeFault } from '#lib/protocol/faults.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import type { Consumer } from '#lib/protocol/room.ts'
import { now } from '#lib/util/clock.ts'
import { unreachable } from '#lib/util/unreachable.ts'

/** The code of a `fault` event whose fault somebody made. */
const MADE = 'made'

/** The mark of a fault that was made on a broker. */
export const brokerMark = (system: SystemId, made: MadeFault): UnnumberedEvent => ({
  ...{ kind: 'fault', at: now(), evidence: 'client', system, code: MADE, made },
  text: words(manifestOf(system)?.label ?? system, made),
})

/** The mark of what was made on a consumer's line, or of a skip. */
export const consumerMark = (
  place: { system: SystemId; destination: string; consumer: string },
  made: MadeFault,
): UnnumberedEvent => ({
  ...{ kind: 'fault', at: now(), evidence: 'client', ...place, code: MADE, made },
  text: words(made.what === 'skip' ? place.consumer : `The line of ${place.consumer}`, made),
})

/** The mark of a consumer's being moved past what it failed at. */
export const skipMark = ({ system, destination, name }: Consumer, by?: string): UnnumberedEvent =>
  consumerMark(
    { system, destination, consumer: name },
    { what: 'skip', phase: 'once', ...(by === undefined ? {} : { by }) },
  )

/** The mark of a poison message that was sent to a destination. */
export const poisonMark = (
  place: { system: SystemId; destination: string },
  sent: Pick<MadeFault, 'number' | 'by'>,
): UnnumberedEvent => {
  const made = { what: 'poison', phase: 'once', ...sent } as const
  return {
    ...{ kind: 'fault', at: now(), evidence: 'client', ...place, code: MADE, made },
    text: words(place.destination, made),
  }
}

/** What was made on a broker, from what held before and what holds now. Null: nothing. */
export function madeBetween(before: BrokerFaults['now'], after: BrokerFaults['now']): MadeFault[] {
  if (before === after) return []
  const of = { paused: 'pause', killed: 'kill' } as const
  return [
    ...(before === undefined ? [] : [{ what: of[before], phase: 'ends' } as const]),
    ...(after === undefined ? [] : [{ what: of[after], phase: 'begins' } as const]),
  ]
}

/** For readers that show a fault's text. */
function words(what: string, made: MadeFault): string {
  const { by } = made
  const done = made.phase === 'ends' ? 'was ended' : 'was made on purpose'
  return `${what}: ${fault(made)} ${done}${by === undefined ? '' : ` by ${by}`}.`
}

function fault({ what, latencyMs = 0, jitterMs = 0 }: MadeFault): string {
  switch (what) {
    case 'slow':
      return `a delay of ${latencyMs} ms each way${jitterMs === 0 ? '' : `, up to ${jitterMs} ms more`}`
    case 'freeze':
      return 'a freeze'
    case 'cut':
      return 'a cut'
    case 'pause':
      return 'a pause'
    case 'kill':
      return 'a kill'
    case 'poison':
      return 'a poison message'
    case 'skip':
      return 'a skip past what it failed at'
    default:
      return unreachable(what)
  }
}
