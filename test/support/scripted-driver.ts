import { manifestOf } from '#lib/brokers/catalog.ts'
import type {
  AssignmentChange,
  AttachedConsumer,
  BrowsedPage,
  BrowseRequest,
  ConsumerEvent,
  ConsumerSpec,
  Declared,
  Delivery,
  DestinationSpec,
  Driver,
  DriverStatus,
  OutgoingMessage,
  Receipt,
} from '#lib/brokers/contract.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { type Facts, queueFacts } from '#lib/protocol/facts.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { now } from '#lib/util/clock.ts'
import { createDeferred, type Deferred } from '#lib/util/deferred.ts'
import { createSignal } from '#lib/util/emitter.ts'

/** One attachment as the test sees it: what it was asked, and a way to let it say things. */
export interface ScriptedConsumer {
  readonly spec: ConsumerSpec
  /** `pause`, `resume`, `leave`, `crash`, `update`, in the order asked. */
  readonly asked: string[]
  readonly settings: Settings
  emit(event: ConsumerEvent): void
  /** `headers`: what its `metadata` would read. */
  deliver(delivery?: Partial<Delivery> & { headers?: Record<string, string> }): void
}

/** A publish that waits for the test to answer it. */
export interface ScriptedPublish {
  readonly address: string
  readonly message: OutgoingMessage
  answer(receipt?: Partial<Receipt>): void
  fail(error: Error): void
}

/**
 * A driver that does what a test says: for the rules of rooms that no real broker can be made to break on demand.
 * Everything that a broker does is tested on real ones.
 */
export interface ScriptedDriver extends Driver {
  readonly declared: DestinationSpec[]
  readonly removed: string[]
  /** The settings that were named, in the order in which changes were asked for. */
  readonly altered: string[][]
  readonly attached: ScriptedConsumer[]
  readonly publishes: ScriptedPublish[]
  /** The newest attachment of a consumer. */
  consumer(name: string): ScriptedConsumer
  setStatus(status: DriverStatus): void
  assign(change: AssignmentChange): void
  complain(fault: { address?: string; consumer?: string; code: string; text: string }): void
  /** Replaced by a test that wants a refusal, a delay or an answer of its own. */
  script: {
    declare: (spec: DestinationSpec) => Promise<Declared>
    attach: (spec: ConsumerSpec) => Promise<void>
    publish: ((address: string, message: OutgoingMessage) => Promise<Receipt>) | undefined
    facts: (address: string) => Promise<Facts>
    browse: (request: BrowseRequest) => Promise<BrowsedPage>
    remove: (address: string) => Promise<void>
    update: (settings: Settings) => Promise<void>
    pause: () => Promise<void>
  }
}

export const UP: DriverStatus = { status: 'up', version: '1.0' }
export const LOST: DriverStatus = { status: 'connecting', reason: { code: 'lost', text: 'gone' }, tries: 0 }

export function receiptOf(receipt: Partial<Receipt> = {}): Receipt {
  return { outcome: 'published', evidence: 'broker', at: now(), ...receipt } as Receipt
}

export function createScriptedDriver(system: SystemId, initial: DriverStatus = UP): ScriptedDriver {
  const manifest = manifestOf(system)
  if (manifest === undefined) throw new Error(`no such system: ${system}`)
  const statuses = createSignal<DriverStatus>()
  const assignments = createSignal<AssignmentChange>()
  const faults = createSignal<Parameters<ScriptedDriver['complain']>[0]>()
  const declared: DestinationSpec[] = []
  const removed: string[] = []
  const altered: string[][] = []
  const attached: ScriptedConsumer[] = []
  const publishes: ScriptedPublish[] = []
  let status = initial
  let closed = false

  const requireUp = () => {
    if (status.status !== 'up' || closed) throw new AppError('broker-down', `${system} is away`)
  }
  const script: ScriptedDriver['script'] = {
    declare: async () => ({ traits: ['scripted'], existed: false }),
    attach: async () => undefined,
    publish: undefined,
    facts: async () => queueFacts({ ready: 0, unacked: 0, consumers: 0, durable: null }),
    browse: async () => ({ messages: [], older: null, newer: null }),
    remove: async () => undefined,
    update: async () => undefined,
    pause: async () => undefined,
  }

  const driver: ScriptedDriver = {
    manifest,
    declared,
    removed,
    altered,
    attached,
    publishes,
    script,
    get status() {
      return status
    },
    open: () => undefined,
    retry: () => undefined,
    onStatus: statuses.on,
    onAssignment: assignments.on,
    onFault: faults.on,
    declare: async (spec) => {
      requireUp()
      declared.push(spec)
      return await script.declare(spec)
    },
    alter: async (spec, named = []) => {
      requireUp()
      declared.push(spec)
      altered.push([...named])
      return await script.declare(spec)
    },
    browse: async (_address, request) => {
      requireUp()
      return await script.browse(request)
    },
    list: async () => ({ destinations: [], complete: true }),
    remove: async (address) => {
      requireUp()
      await script.remove(address)
      removed.push(address)
    },
    publish: async (address, message) => {
      requireUp()
      if (script.publish !== undefined) return await script.publish(address, message)
      const deferred = createDeferred<Receipt>()
      publishes.push(publishOf(address, message, deferred))
      return await deferred.promise
    },
    attach: async (spec, listener) => {
      requireUp()
      const consumer = createScriptedConsumer(spec, listener)
      attached.push(consumer.seen)
      await script.attach(spec)
      return consumer.handle(script)
    },
    facts: (address) => script.facts(address),
    close: async () => {
      closed = true
    },
    consumer: (name) => {
      const found = attached.findLast((one) => one.spec.name === name)
      if (found === undefined) throw new Error(`${name} was never attached`)
      return found
    },
    setStatus: (next) => {
      status = next
      statuses.emit(next)
    },
    assign: assignments.emit,
    complain: faults.emit,
  }
  return driver
}

function publishOf(address: string, message: OutgoingMessage, deferred: Deferred<Receipt>): ScriptedPublish {
  return {
    address,
    message,
    answer: (receipt) => deferred.resolve(receiptOf(receipt)),
    fail: deferred.reject,
  }
}

function createScriptedConsumer(spec: ConsumerSpec, listener: (event: ConsumerEvent) => void) {
  const asked: string[] = []
  let deliveries = 0
  let settings = spec.settings
  const seen: ScriptedConsumer = {
    spec,
    asked,
    get settings() {
      return settings
    },
    emit: listener,
    deliver: ({ headers, ...delivery } = {}) => {
      deliveries += 1
      listener({
        type: 'delivered',
        delivery: deliveries,
        messageId: null,
        identity: `${spec.address}:${deliveries}`,
        body: Buffer.from(`text ${deliveries}`),
        attempt: 1,
        redelivered: false,
        address: { kind: 'channel', channel: spec.address },
        at: now(),
        ...(headers === undefined ? {} : { metadata: () => ({ headers }) }),
        ...delivery,
      })
    },
  }
  const handle = (script: ScriptedDriver['script']): AttachedConsumer => ({
    spec,
    pause: async () => {
      asked.push('pause')
      await script.pause()
    },
    resume: async () => void asked.push('resume'),
    leave: async () => void asked.push('leave'),
    crash: async () => {
      asked.push('crash')
      listener({ type: 'state', state: 'crashed', at: now() })
    },
    update: async (next) => {
      await script.update(next)
      asked.push('update')
      settings = next
    },
    settle: async (delivery, verb) => void asked.push(`${verb} ${delivery}`),
    seek: async (position) => void asked.push(`seek ${position.to}`),
  })
  return { seen, handle }
}
