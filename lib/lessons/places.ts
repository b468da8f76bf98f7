import { destinationId, type SystemId } from '#lib/protocol/names.ts'
import type { Settings } from '#lib/protocol/room.ts'
import type { Scene } from '#lib/protocol/scene.ts'

export interface DestinationPlace {
  system: SystemId
  name: string
  mode: Scene['destinations'][number]['mode']
  settings: Settings
}

export interface ConsumerPlace {
  system: SystemId
  destination: string
  name: string
  readsDeadLetters: boolean
}

/**
 * The destinations and consumers that a lesson has had so far, by the names that it uses. Consumers that left are still
 * named.
 */
export class Places {
  readonly destinations: readonly DestinationPlace[]
  readonly consumers: ConsumerPlace[] = []

  constructor(scene: Scene) {
    this.destinations = scene.destinations.map(({ system, name, mode, settings = {} }) => ({
      ...{ system, name, mode, settings },
    }))
    for (const { system, name, consumers } of scene.destinations) {
      for (const consumer of consumers) this.add({ system, name }, consumer)
    }
  }

  add(
    { system, name: destination }: Pick<DestinationPlace, 'system' | 'name'>,
    { name, settings }: { name: string; settings?: Settings | undefined },
  ): void {
    this.consumers.push({
      ...{ system, destination, name },
      readsDeadLetters: settings?.reads === 'dead-letters',
    })
  }

  /** By name, or by id where several have it. Throws Error that says what is wrong. */
  destination(ref: string): DestinationPlace {
    const named = (one: DestinationPlace) => one.name === ref || destinationId(one.system, one.name) === ref
    return only('destination', ref, this.destinations.filter(named))
  }

  /** A consumer, by name, or by id where several have it. Throws Error that says what is wrong. */
  consumer(ref: string): ConsumerPlace {
    return only(
      'consumer',
      ref,
      this.consumers.filter((one) => one.name === ref || idOf(one) === ref),
    )
  }
}

export const idOf = ({ system, destination, name }: ConsumerPlace): string =>
  `${system}:${destination}:${name}`

function only<T extends object>(what: string, ref: string, found: readonly T[]): T {
  const [first] = found
  if (first === undefined) throw new Error(`there is no ${what} ${ref} in this lesson by then`)
  const different = new Set(found.map((one) => JSON.stringify(one)))
  if (different.size === 1) return first
  throw new Error(`several have the name ${ref}: use an id, such as ${describe(first)}`)
}

const describe = (one: object): string =>
  ['system', 'destination', 'name'].flatMap((part) => (part in one ? [Reflect.get(one, part)] : [])).join(':')
