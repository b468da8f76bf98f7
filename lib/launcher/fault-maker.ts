import { AppError } from '#lib/protocol/errors.ts'
import type { BrokerFault, BrokerFaults, BrokerStands, NotOurs } from '#lib/protocol/faults.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import type { FoundBroker } from './find-broker.ts'

/** Makes faults on one broker, where that is this launcher's to do. */
export interface FaultMaker {
  /** From now on it is that broker; undefined while there is none. */
  use(found: FoundBroker | undefined): void
  /** Looks whether somebody else uses it by now, and whether its supervisor ended the fault. */
  look(): void
  /** As `Launcher.fault`. */
  make(fault: BrokerFault): Promise<void>
}

/** What each does, and from where. */
const STEPS: Readonly<
  Record<BrokerFault, { from: ReadonlyArray<BrokerStands | null>; to: BrokerStands | null }>
> = {
  pause: { from: [null], to: 'paused' },
  resume: { from: ['paused'], to: null },
  kill: { from: [null, 'paused'], to: 'killed' },
  restart: { from: ['killed'], to: null },
}

/** `emit` is called with the first knowledge and with each change. */
export function createFaultMaker(emit: (faults: BrokerFaults) => void): FaultMaker {
  let found: FoundBroker | undefined
  let emitted = ''

  const current = (): BrokerFaults => {
    const reason = notOurs(found)
    const inForce = found?.supervised?.state()?.fault ?? undefined
    return {
      may: reason === undefined,
      ...(reason === undefined ? {} : { reason }),
      ...(inForce === undefined ? {} : { now: inForce }),
    }
  }
  const look = () => {
    const faults = current()
    const text = JSON.stringify(faults)
    if (text === emitted) return
    emitted = text
    emit(faults)
  }
  const make = async (fault: BrokerFault) => {
    const { may, reason, now: inForce } = current()
    const { supervised } = found ?? {}
    if (!may || supervised === undefined) {
      const why = reason ?? 'not-started'
      throw new AppError('not-ours', NOT_OURS[why], { detail: { reason: why } })
    }
    const { from, to } = STEPS[fault]
    if (!from.includes(inForce ?? null)) {
      const state = inForce ?? 'running'
      throw new AppError('wrong-state', `cannot ${fault} the broker: it is ${state}`, { detail: { state } })
    }
    const isDone = await supervised.setFault(to)
    look()
    if (!isDone) throw new AppError('broker-timeout', 'the broker’s supervisor did not do it in time')
  }
  return {
    use: (broker) => {
      found = broker
      look()
    },
    look,
    make,
  }
}

const NOT_OURS: Readonly<Record<NotOurs, string>> = {
  environment: 'the environment names this broker: it is not ours to stop',
  listening: 'this broker ran before the dashboard came: it is not ours to stop',
  container: 'this broker runs in a container, whose processes cannot be stopped from here',
  shared: 'another dashboard uses this broker too',
  'not-started': 'no broker has been started yet',
}

function notOurs(found: FoundBroker | undefined): NotOurs | undefined {
  if (found === undefined) return 'not-started'
  const { origin } = found.endpoint
  switch (origin) {
    case 'environment':
    case 'listening':
      return origin
    case 'compose':
      return 'container'
    case 'child':
      return found.supervised?.isShared() === false ? undefined : 'shared'
    default:
      return unreachable(origin)
  }
}
