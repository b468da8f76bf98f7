import { now } from '#lib/util/clock.ts'
import type { Declared, DestinationSpec } from '../contract.ts'
import {
  createSideQueue,
  type DeadLetterPolicy,
  type EnsureCause,
  type ManagedDestination,
  type SideQueue,
  type TopologyParts,
} from './managed-destination.ts'
import type { FoundQueue } from './management.ts'
import {
  type CreatedQueue,
  createQueue,
  deletedText,
  lostInRestartText,
  queueExists,
  queueTraits,
  recreateQueue,
} from './queue.ts'
import { deadLettersOf, type QueueDeclaration } from './queue-arguments.ts'

interface QueueState {
  spec: DestinationSpec
  declaration: QueueDeclaration
  sideQueue: SideQueue | null
  /** Rises each time it was gone, with everything that waited in it. */
  generation: number
  durable: boolean | null
  /** How it was declared, as the broker last said; null while unknown. */
  found: FoundQueue | null
  /** When it was last ensured, milliseconds since the epoch: of several that come back after one loss, the first checks. */
  ensuredAt: number
  isDeclared: boolean
}

/**
 * A queue or a stream: a destination that keeps messages. `declarationOf` parses its settings and throws AppError
 * `invalid`.
 */
export function createManagedQueue(
  parts: TopologyParts,
  first: DestinationSpec,
  declarationOf: (spec: DestinationSpec) => QueueDeclaration,
): ManagedDestination {
  const queue: QueueState = {
    spec: first,
    declaration: declarationOf(first),
    sideQueue: null,
    generation: 0,
    durable: null,
    found: null,
    ensuredAt: now(),
    isDeclared: false,
  }
  const ensure = async (cause: EnsureCause) => {
    await queue.sideQueue?.ensure()
    await ensureQueue(parts, queue, cause)
    queue.ensuredAt = now()
    return { generation: queue.generation, queueType: queue.found?.type ?? null }
  }
  return {
    isExchange: false,
    exchangeType: null,
    get queueType() {
      return queue.found?.type ?? null
    },
    get spec() {
      return queue.spec
    },
    get durable() {
      return queue.durable
    },
    get sideQueue() {
      return queue.sideQueue
    },
    get deadLetterPolicy() {
      return deadLetterPolicyOf(queue)
    },
    get retentionMs() {
      return queue.declaration.retentionMs ?? null
    },
    ensure,
    declare: async (spec) => {
      const isAgain = queue.isDeclared && haveSameSettings(spec, queue.spec)
      if (!isAgain) return declareFirst(parts, queue, spec, declarationOf(spec))
      queue.spec = spec
      await ensure({ cause: 'deleted' })
      return describe(parts, queue, true)
    },
    remove: async (keep) => {
      const { spec, sideQueue } = queue
      if (spec.owned && !keep) {
        await parts.control.withChannel((channel) => channel.deleteQueue(spec.address))
      }
      await sideQueue?.remove(keep || !spec.owned)
    },
  }
}

const haveSameSettings = (one: DestinationSpec, other: DestinationSpec): boolean =>
  JSON.stringify(one.settings) === JSON.stringify(other.settings)

/** A queue that isn't owned is used as it is; an owned one must have these settings, which the broker compares. */
async function declareFirst(
  parts: TopologyParts,
  queue: QueueState,
  spec: DestinationSpec,
  declaration: QueueDeclaration,
): Promise<Declared> {
  const { address, owned } = spec
  const existed = await queueExists(parts.control, address)
  const isUsedAsItIs = existed && !owned
  const needsSideQueue = declaration.deadLetters && !isUsedAsItIs
  const sideQueue = needsSideQueue ? createSideQueue(parts.control, deadLettersOf(address)) : null
  const created = isUsedAsItIs ? null : await create(parts, sideQueue, spec, declaration)
  if (created) queue.durable = created.durable
  queue.spec = spec
  queue.declaration = declaration
  queue.sideQueue = sideQueue
  queue.isDeclared = true
  const notes = created ? [declaration.note, created.note] : []
  return describe(parts, queue, existed, notes)
}

/** Leaves nothing behind when the broker refuses. */
async function create(
  { control }: TopologyParts,
  sideQueue: SideQueue | null,
  { address, owned }: DestinationSpec,
  declaration: QueueDeclaration,
): Promise<CreatedQueue> {
  try {
    await sideQueue?.ensure()
    return await createQueue(control, address, declaration, owned)
  } catch (error) {
    await sideQueue?.remove(true)
    throw error
  }
}

async function describe(
  parts: TopologyParts,
  queue: QueueState,
  existed: boolean,
  notes: ReadonlyArray<string | undefined> = [],
): Promise<Declared> {
  const found = await readProperties(parts, queue)
  // Asked now, so that a later restart of its node can be recognized.
  if (found && !found.durable) await parts.management.startedWithin(found.node, 0)
  const declared = { traits: queueTraits(found, queue.durable), existed }
  const note = notes.filter((text) => text !== undefined).join(' ')
  return note === '' ? declared : { ...declared, note }
}

async function readProperties({ management }: TopologyParts, queue: QueueState): Promise<FoundQueue | null> {
  const found = await management.queue(queue.spec.address)
  if (found) {
    queue.durable = found.durable
    queue.found = found
  }
  return found
}

async function ensureQueue(parts: TopologyParts, queue: QueueState, cause: EnsureCause): Promise<void> {
  const { control } = parts
  const { address } = queue.spec
  const wasDurable = queue.durable
  if (!(await queueExists(control, address))) {
    queue.durable = (await recreateQueue(control, address, queue.found, queue.declaration)).durable
    const restarted = cause.cause === 'connection-lost'
    await reportRedeclared(
      parts,
      queue,
      restarted ? lostInRestartText(address, wasDurable) : deletedText(address),
    )
  } else if (await wasReplaced(parts, queue, cause)) {
    await reportRedeclared(parts, queue, lostInRestartText(address, wasDurable))
  }
}

async function reportRedeclared(parts: TopologyParts, queue: QueueState, text: string): Promise<void> {
  queue.generation += 1
  parts.report.redeclared(queue.spec.address, 'queue-lost', text)
  await readProperties(parts, queue)
}

/** Another program may have declared it anew before us: a queue that is not durable can't be older than its node. */
async function wasReplaced(parts: TopologyParts, queue: QueueState, cause: EnsureCause): Promise<boolean> {
  if (cause.cause !== 'connection-lost' || queue.ensuredAt > cause.lostAt) return false
  const found = await readProperties(parts, queue)
  if (!found || found.durable) return false
  return parts.management.startedWithin(found.node, now() - cause.lostAt)
}

/** By the queue's real arguments where the broker said them, else by those it was declared with. */
function deadLetterPolicyOf({ found, declaration, sideQueue }: QueueState): DeadLetterPolicy {
  const given = found?.arguments ?? declaration.arguments
  const exchange = given['x-dead-letter-exchange']
  const limit = given['x-delivery-limit']
  return {
    deadLetters: sideQueue?.name ?? (typeof exchange === 'string' ? exchange : null),
    deliveryLimit: typeof limit === 'number' ? limit : null,
  }
}
