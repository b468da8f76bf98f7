import { now } from '#lib/util/clock.ts'
import type { Declared, DestinationSpec } from '../contract.ts'
import type { Control } from './control.ts'
import { createHelper, type Helper } from './helper.ts'
import { type Kept, type KeptTools, notesOf, type Occasion } from './kept.ts'
import type { QueueKind } from './management.ts'
import { deadLettersOf, type QueuePlan } from './plan.ts'
import {
  type Created,
  createQueue,
  deletedText,
  queueExists,
  recreateQueue,
  restartedText,
  traitsOf,
} from './queue.ts'

/** A queue, as it is known here. */
interface QueueState {
  spec: DestinationSpec
  plan: QueuePlan
  helper: Helper | null
  /** One more each time it was gone, with everything that waited in it. */
  generation: number
  durable: boolean | null
  /** How it was declared, as the broker last told; null while unknown. */
  kind: QueueKind | null
  /** When it was last made sure of, milliseconds since the epoch: of several who come back after one loss, the first asks. */
  sureAt: number
  isDeclared: boolean
}

/** A queue or a stream: something that keeps messages. Throws AppError `invalid` for settings it can't have. */
export function createKeptQueue(
  tools: KeptTools,
  first: DestinationSpec,
  planOf: (spec: DestinationSpec) => QueuePlan,
): Kept {
  const { control } = tools
  const queue: QueueState = {
    spec: first,
    plan: planOf(first),
    helper: null,
    generation: 0,
    durable: null,
    kind: null,
    sureAt: now(),
    isDeclared: false,
  }
  const ensure = async (occasion: Occasion) => {
    await queue.helper?.ensure()
    await ensureQueue(tools, queue, occasion)
    queue.sureAt = now()
    return { generation: queue.generation, kind: queue.kind?.type ?? null }
  }
  return {
    isExchange: false,
    exchangeType: null,
    get queueType() {
      return queue.kind?.type ?? null
    },
    get spec() {
      return queue.spec
    },
    get durable() {
      return queue.durable
    },
    get helper() {
      return queue.helper
    },
    get fate() {
      return fateOf(queue)
    },
    ensure,
    declare: async (spec) => {
      const isAgain = queue.isDeclared && sameSettings(spec, queue.spec)
      if (!isAgain) return declareFirst(tools, queue, spec, planOf(spec))
      queue.spec = spec
      await ensure({ was: 'deleted' })
      return describe(tools, queue, true)
    },
    remove: async (keep) => {
      const { spec, helper } = queue
      if (spec.owned && !keep) await control.withChannel((channel) => channel.deleteQueue(spec.address))
      await helper?.remove(keep || !spec.owned)
    },
  }
}

const sameSettings = (one: DestinationSpec, other: DestinationSpec): boolean =>
  JSON.stringify(one.settings) === JSON.stringify(other.settings)

/** One that isn't ours is used as it is; our own must be what was asked for, and the broker compares. */
async function declareFirst(
  tools: KeptTools,
  queue: QueueState,
  spec: DestinationSpec,
  plan: QueuePlan,
): Promise<Declared> {
  const { control } = tools
  const { address, owned } = spec
  const existed = await queueExists(control, address)
  const isUsedAsItIs = existed && !owned
  const helper = plan.deadLetters && !isUsedAsItIs ? createHelper(control, deadLettersOf(address)) : null
  const made = isUsedAsItIs ? null : await make(control, helper, spec, plan)
  if (made) queue.durable = made.durable
  queue.spec = spec
  queue.plan = plan
  queue.helper = helper
  queue.isDeclared = true
  const notes = made ? [plan.note, made.note] : []
  return describe(tools, queue, existed, ...notes)
}

/** Leaves nothing behind when the broker refuses. */
async function make(
  control: Control,
  helper: Helper | null,
  { address, owned }: DestinationSpec,
  plan: QueuePlan,
): Promise<Created> {
  try {
    await helper?.ensure()
    return await createQueue(control, address, plan, owned)
  } catch (error) {
    await helper?.remove(true)
    throw error
  }
}

async function describe(
  tools: KeptTools,
  queue: QueueState,
  existed: boolean,
  ...notes: Array<string | undefined>
): Promise<Declared> {
  const found = await learn(tools, queue)
  // Asked now so that a later restart of its node can be told.
  if (found && !found.durable) await tools.management.startedWithin(found.node, 0)
  return { traits: traitsOf(found, queue.durable), existed, ...notesOf(...notes) }
}

async function learn({ management }: KeptTools, queue: QueueState): Promise<QueueKind | null> {
  const found = await management.queue(queue.spec.address)
  if (found) {
    queue.durable = found.durable
    queue.kind = found
  }
  return found
}

async function ensureQueue(tools: KeptTools, queue: QueueState, occasion: Occasion): Promise<void> {
  const { control } = tools
  const { address } = queue.spec
  const wasDurable = queue.durable
  if (!(await queueExists(control, address))) {
    queue.durable = (await recreateQueue(control, address, queue.kind, queue.plan)).durable
    const restarted = occasion.was === 'connection-lost'
    await isAnother(tools, queue, restarted ? restartedText(address, wasDurable) : deletedText(address))
  } else if (await wasReplaced(tools, queue, occasion)) {
    await isAnother(tools, queue, restartedText(address, wasDurable))
  }
}

async function isAnother(tools: KeptTools, queue: QueueState, text: string): Promise<void> {
  queue.generation += 1
  tools.report.lost(queue.spec.address, 'queue-lost', text)
  await learn(tools, queue)
}

/** Another program may have declared it anew before us: a queue that is not durable can't be older than its node. */
async function wasReplaced(tools: KeptTools, queue: QueueState, occasion: Occasion): Promise<boolean> {
  if (occasion.was !== 'connection-lost' || queue.sureAt > occasion.since) return false
  const found = await learn(tools, queue)
  if (!found || found.durable) return false
  return tools.management.startedWithin(found.node, now() - occasion.since)
}

/** As the broker told how it was declared, else as it was asked for. */
function fateOf({ kind, plan, helper }: QueueState): Kept['fate'] {
  const given = kind?.arguments ?? plan.arguments
  const exchange = given['x-dead-letter-exchange']
  const limit = given['x-delivery-limit']
  return {
    deadLetters: helper?.name ?? (typeof exchange === 'string' ? exchange : null),
    deliveryLimit: typeof limit === 'number' ? limit : null,
  }
}
