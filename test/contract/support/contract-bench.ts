import { randomUUID } from 'node:crypto'
import { createServer } from 'node:net'
import { afterAll, afterEach, beforeAll } from 'vitest'
import type {
  AttachedConsumer,
  Can,
  ConsumerEvent,
  ConsumerSpec,
  CreateDriver,
  Delivery,
  Driver,
  DriverOptions,
  Manifest,
  ModeManifest,
  OutgoingMessage,
  Receipt,
} from '#lib/brokers/contract.ts'
import { modeAt } from '#lib/brokers/mode-at.ts'
import type { Mode } from '#lib/protocol/names.ts'
import { type Settings, settingsSchema } from '#lib/protocol/room.ts'
import { now } from '#lib/util/clock.ts'
import { uniqueName } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'

/** One driver in one mode, as the contract suite meets it. */
export interface ContractSubject {
  /** As test titles name it: "Redis channel". */
  name: string
  manifest: Manifest
  mode: Mode
  createDriver: CreateDriver
  /** Options for a real, running broker; called when tests run, never while they are collected. */
  options(): DriverOptions
  /** The same kind of URL on this machine at a port where nothing listens. */
  urlAt(port: number): string
  /** Over the manifest's defaults. */
  destinationSettings?: Settings
  consumerSettings?: Settings
  /** Over those: what makes a reader without a group begin with the oldest that is kept. */
  fromTheStart?: Settings
  /** False where the broker takes a message for listeners without saying how many they are. */
  countsListeners?: false
  /** How often "attached means nothing is missed" is asked; fewer where attaching is slow. */
  attachRepeats?: number
}

export const quietLog = { debug() {}, info() {}, warn() {}, error() {} }

/** Everything that happened at one consumer, in order. */
export interface Recorder {
  readonly spec: ConsumerSpec
  readonly consumer: AttachedConsumer
  readonly events: ConsumerEvent[]
  deliveries(): Delivery[]
  texts(): string[]
  ids(): Array<string | null>
}

export type Draft = Partial<Omit<OutgoingMessage, 'body'>> & { body?: Uint8Array; text?: string }

export interface ContractBench {
  readonly subject: ContractSubject
  readonly can: Can
  readonly mode: ModeManifest
  /** The driver most rules share, up. */
  driver(): Driver
  /** A driver of the test's own, up; closed after the test. */
  openDriver(over?: Partial<DriverOptions>): Promise<Driver>
  /** A driver of the test's own, not opened; closed after the test. */
  makeDriver(over?: Partial<DriverOptions>): Driver
  /** A fresh destination, removed after the test. */
  declare(driver?: Driver): Promise<string>
  /** Makes another driver know it, as another program would that uses what is there. */
  adopt(address: string, driver: Driver): Promise<void>
  /** A fresh consumer, in a group of its own unless one is named; gone after the test. */
  attach(
    address: string,
    how?: { driver?: Driver; name?: string; group?: string; settings?: Settings },
  ): Promise<Recorder>
  publish(address: string, draft: Draft | string, driver?: Driver): Promise<Receipt>
}

export function draftOf(draft: Draft | string): OutgoingMessage {
  const { text = '', ...rest } = typeof draft === 'string' ? { text: draft } : draft
  return { messageId: randomUUID(), sentAt: now(), body: Buffer.from(text), ...rest }
}

export function modeOf(subject: ContractSubject): ModeManifest {
  const { manifest, destinationSettings = {} } = subject
  const mode = modeAt(manifest, { mode: subject.mode, settings: destinationSettings })
  if (!mode) throw new Error(`${manifest.label} has no mode ${subject.mode}`)
  return mode
}

/** A port of this machine where nothing listens now. */
export async function unusedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('a listening server has a port')
  return address.port
}

export const upWithin = (driver: Driver, timeoutMs = 15_000) =>
  until('the driver to be up', () => driver.status.status === 'up', { timeoutMs })

export async function attachRecorder(driver: Driver, spec: ConsumerSpec): Promise<Recorder> {
  const events: ConsumerEvent[] = []
  const consumer = await driver.attach(spec, (event) => void events.push(event))
  const deliveries = () => events.filter((event): event is Delivery => event.type === 'delivered')
  return {
    spec,
    consumer,
    events,
    deliveries,
    texts: () => deliveries().map(({ body }) => Buffer.from(body).toString()),
    ids: () => deliveries().map(({ messageId }) => messageId),
  }
}

/** What one test made, undone after it. */
interface Litter {
  drivers: Driver[]
  consumers: AttachedConsumer[]
  addresses: Array<{ driver: Driver; address: string }>
}

async function clear(litter: Litter): Promise<void> {
  await Promise.all(litter.consumers.splice(0).map((consumer) => consumer.leave()))
  for (const { driver, address } of litter.addresses.splice(0)) {
    if (driver.status.status === 'up') await driver.remove(address)
  }
  await Promise.all(litter.drivers.splice(0).map((driver) => driver.close()))
}

/** Registers the hooks that open the shared driver and clean up after each rule; call it inside a `describe`. */
export function createContractBench(subject: ContractSubject): ContractBench {
  const mode = modeOf(subject)
  const litter: Litter = { drivers: [], consumers: [], addresses: [] }
  let shared: Driver | undefined
  const driver = () => {
    if (!shared) throw new Error('the shared driver is opened before the first rule')
    return shared
  }
  const make = (over: Partial<DriverOptions> = {}) => subject.createDriver({ ...subject.options(), ...over })
  const makeDriver = (over: Partial<DriverOptions> = {}) => {
    const made = make(over)
    litter.drivers.push(made)
    return made
  }
  beforeAll(async () => {
    shared = make()
    shared.open()
    await upWithin(shared)
  })
  afterEach(() => clear(litter))
  afterAll(() => shared?.close())

  const asSettings = (schema: ModeManifest['consumerSettings'], over: Settings = {}) =>
    settingsSchema.parse(schema.parse(over))
  return {
    subject,
    can: mode.can,
    mode,
    driver,
    makeDriver,
    openDriver: async (over) => {
      const made = makeDriver(over)
      made.open()
      await upWithin(made)
      return made
    },
    declare: async (at = driver()) => {
      const address = uniqueName('contract')
      const asked = asSettings(mode.destinationSettings, subject.destinationSettings)
      await at.declare({ address, mode: subject.mode, settings: asked, owned: true })
      litter.addresses.push({ driver: at, address })
      return address
    },
    adopt: async (address, at) => {
      const asked = asSettings(mode.destinationSettings, subject.destinationSettings)
      await at.declare({ address, mode: subject.mode, settings: asked, owned: false })
    },
    attach: async (
      address,
      { driver: at = driver(), name = uniqueName('consumer'), group, settings } = {},
    ) => {
      const recorder = await attachRecorder(at, {
        name,
        address,
        mode: subject.mode,
        ...(mode.can.groups ? { group: group ?? uniqueName('group') } : {}),
        settings: asSettings(mode.consumerSettings, { ...subject.consumerSettings, ...settings }),
      })
      litter.consumers.push(recorder.consumer)
      return recorder
    },
    publish: (address, draft, at = driver()) => at.publish(address, draftOf(draft)),
  }
}
