import type { ConsumerEvent, ConsumerSpec } from '#lib/brokers/contract.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { now } from '#lib/util/clock.ts'
import { createDeferred, type Deferred } from '#lib/util/deferred.ts'
import type { Named } from './channel-history.ts'
import type { Channels } from './channel-order.ts'
import type { Connection } from './connection.ts'
import type { DriverConsumer } from './consume.ts'
import type { DestinationParts } from './destination.ts'
import { asOperationError, bounded, isErrorReply, politely, wordsOf } from './failures.ts'
import { fanoutConsumerSettings, fanoutMode, globOf } from './manifest-fanout.ts'
import { channelMetadata } from './metadata.ts'
import { createKeeper } from './session-keeper.ts'
import { changed, parsed } from './settings.ts'
import { openPatternSubscription, openSubscription, type Subscription } from './subscription.ts'

/** The longest that attaching may take before its caller is told that it failed. */
const ATTACH_TIMEOUT_MS = 6_000
/** A goodbye that takes longer is cut. */
const LEAVE_TIMEOUT_MS = 1_000

export interface Subscriber extends DriverConsumer {
  /** What it PSUBSCRIBEd to; null: to its channel by name. */
  readonly glob: string | null
  /** Redis's number for its connection; undefined while it has none. */
  readonly clientId: number | undefined
  /** Redis was seen not to know this connection any more. */
  missedByBroker(clientId: number): void
}

export interface SubscriberOptions {
  spec: ConsumerSpec
  parts: DestinationParts
  /** Aborted: gives up attaching. Once attached, `leave` and `crash` end it. */
  signal: AbortSignal
  channels: Channels
  listener(event: ConsumerEvent): void
  /** It has left or crashed. */
  onEnded(): void
}

type Phase =
  | { phase: 'attached'; subscription: Subscription }
  | { phase: 'away'; since: number; lagging: boolean; reason: string }
  | { phase: 'ended' }

/**
 * A subscriber of one channel, or of all that match a pattern, on a connection of its own. Resolves once attached; throws AppError. A lost connection is
 * replaced by itself, with a `gap`: what was published meanwhile is gone, as Redis pub/sub has it.
 */
export async function attachSubscriber(options: SubscriberOptions): Promise<Subscriber> {
  const { parts, listener } = options
  let { spec } = options
  const { address } = spec
  let settings = parsed(fanoutConsumerSettings, spec.settings)
  const glob = settings.listensTo === 'pattern' ? globOf(address, settings.pattern) : null
  const exactly = glob === null ? channelMetadata(address, address, null) : null
  let phase: Phase = { phase: 'away', since: now(), lagging: false, reason: '' }
  let runId: string | undefined
  let deliveries = 0
  /** Present while paused; resolved when it reads again. */
  let paused: Deferred<void> | undefined
  /** When facts first showed that Redis had dropped it while it did not read. */
  let missedSince: number | undefined

  const setReading = () => {
    if (phase.phase === 'attached') phase.subscription.setReading(!paused && !inbox.isBusy)
  }
  const inbox = createInbox(() => settings.processingMs, setReading)
  const tell = ({ messageId, identity, body, at }: Named, channel: string) => {
    if (phase.phase === 'ended') return
    const delivery = ++deliveries
    listener({
      type: 'delivered',
      delivery,
      messageId,
      identity,
      body,
      attempt: 1,
      redelivered: false,
      ...(exactly ?? channelMetadata(address, channel, glob)),
      at,
    })
  }
  const deliver = (named: Named, channel: string) => {
    if (settings.processingMs === 0 && !inbox.isBusy && !paused) tell(named, channel)
    else inbox.push(() => tell({ ...named, at: now() }, channel), true)
  }
  const sayGap = (connection: Connection) => {
    const isFirst = runId === undefined
    const restarted = runId !== connection.runId
    runId = connection.runId
    if (isFirst || phase.phase !== 'away') return
    const reason = phase.lagging ? 'lagging' : restarted ? 'broker-restarted' : 'resubscribed'
    const since = Math.min(phase.since, missedSince ?? phase.since)
    missedSince = undefined
    const gap = { type: 'gap', reason, awayMs: now() - since, at: now() } as const
    // What it had read before, it takes in before.
    inbox.push(() => listener(gap), false)
  }
  const subscribe = async (signal: AbortSignal) => {
    // Who does not read would not notice either that its connection is gone: it comes back when it reads again.
    await paused?.promise
    const { channels } = options
    const listening = {
      connection: { url: parts.url, name: `${parts.clientName}:${address}:${spec.name}`, signal },
      deliver,
      onLagging: () => onLost(new Error('it was too far behind'), true),
      onSubscribed: sayGap,
    }
    if (glob !== null) return openPatternSubscription({ ...listening, glob, channels })
    const join = (hooks: Parameters<Channels['join']>[1]) => channels.join(address, hooks)
    return openSubscription({ ...listening, channel: address, join })
  }
  const onUp = (subscription: Subscription) => {
    phase = { phase: 'attached', subscription }
    if (paused || inbox.isBusy) subscription.setReading(false)
    listener({ type: 'state', state: 'attached', at: now() })
  }
  const onLost = (error: Error, lagging = false) => {
    if (phase.phase !== 'attached') return
    phase = { phase: 'away', since: now(), lagging, reason: wordsOf(error) }
    if (!paused) sayAway()
  }
  const sayAway = () => {
    if (phase.phase === 'away' && !paused) {
      listener({ type: 'state', state: 'attaching', reason: phase.reason, at: now() })
    }
  }
  let lastFault = ''
  const onFailed = (error: unknown) => {
    const text = wordsOf(error)
    if (isErrorReply(error) && text !== lastFault)
      parts.onFault({ address, consumer: spec.name, code: 'broker-refused', text })
    lastFault = text
  }
  const first = await firstSubscription(subscribe, options.signal)
  onUp(first)
  const keeper = createKeeper({ open: subscribe, onUp, onLost, onFailed }, first)
  keeper.start()

  const end = async (state: 'crashed' | 'detached', part: (subscription: Subscription) => Promise<void>) => {
    if (phase.phase === 'ended') return
    const subscription = phase.phase === 'attached' ? phase.subscription : undefined
    phase = { phase: 'ended' }
    subscription?.silence()
    const stopped = keeper.stop()
    inbox.clear()
    paused?.resolve()
    if (subscription) await part(subscription)
    await stopped
    options.onEnded()
    listener({ type: 'state', state, at: now() })
  }
  let ending: Promise<void> | undefined
  return {
    get spec() {
      return spec
    },
    glob,
    get clientId() {
      return phase.phase === 'attached' ? phase.subscription.connection.clientId : undefined
    },
    pause: async () => {
      if (paused || phase.phase === 'ended') return
      paused = createDeferred()
      inbox.setPaused(true)
      setReading()
    },
    resume: async () => {
      paused?.resolve()
      paused = undefined
      inbox.setPaused(false)
      setReading()
      // It was cut while it did not read: told once the caller knows that it is not paused any more.
      if (phase.phase === 'away') setImmediate(sayAway)
    },
    leave: () => (ending ??= end('detached', sayGoodbye)),
    crash: () => (ending ??= end('crashed', ({ connection }) => connection.destroy())),
    update: async (change) => {
      settings = changed(fanoutConsumerSettings, spec.settings, change, ['processingMs'])
      spec = { ...spec, settings: { ...spec.settings, ...change } }
      inbox.renew()
    },
    settle: async () => {
      throw new AppError('not-capable', fanoutMode.lacks.settle ?? '')
    },
    seek: async () => {
      throw new AppError('not-capable', fanoutMode.lacks.replay ?? '')
    },
    missedByBroker: (clientId) => {
      if (phase.phase !== 'attached' || phase.subscription.connection.clientId !== clientId) return
      if (paused || inbox.isBusy) missedSince ??= now()
      else void phase.subscription.connection.destroy()
    },
    brokerIsBack: () => {
      keeper.retryNow()
      if (phase.phase === 'attached') phase.subscription.ask()
    },
  }
}

async function firstSubscription(
  subscribe: (signal: AbortSignal) => Promise<Subscription>,
  closing: AbortSignal,
): Promise<Subscription> {
  const giveUp = new AbortController()
  try {
    const signal = AbortSignal.any([giveUp.signal, closing])
    return await bounded('subscribing', ATTACH_TIMEOUT_MS, subscribe(signal))
  } catch (error) {
    giveUp.abort()
    throw asOperationError(error)
  }
}

/** UNSUBSCRIBE, then QUIT. Who had stopped reading reads on for the answers, into nothing. */
async function sayGoodbye({ connection, setReading, unsubscribe }: Subscription): Promise<void> {
  setReading(true)
  if (connection.isWritable()) await politely('UNSUBSCRIBE', LEAVE_TIMEOUT_MS, unsubscribe)
  await connection.quit(LEAVE_TIMEOUT_MS)
}

/** Where a subscriber takes in one thing after another, and works on each message before it takes the next. */
export interface Inbox {
  /** It works, or more has been read than it could take in: it should not read on. */
  readonly isBusy: boolean
  /** `work`: it takes the time that work takes. What costs none and meets an empty inbox is told at once. */
  push(tell: () => void, work: boolean): void
  /** Paused, or not any more; takes in nothing meanwhile. */
  setPaused(paused: boolean): void
  /** Its work may take no time any more. */
  renew(): void
  /** Takes in nothing more. Idempotent. */
  clear(): void
}

export function createInbox(processingMs: () => number, onBusy: () => void): Inbox {
  let line: Array<{ tell: () => void; work: boolean }> = []
  let isPaused = false
  let timer: NodeJS.Timeout | undefined

  const takeIn = (tell: () => void, work: boolean) => {
    tell()
    const ms = work ? processingMs() : 0
    if (ms === 0) return
    timer = setTimeout(() => {
      timer = undefined
      takeOn()
    }, ms)
  }
  const takeOn = () => {
    while (!isPaused && timer === undefined) {
      const next = line.shift()
      if (!next) break
      takeIn(next.tell, next.work)
    }
    onBusy()
  }
  return {
    get isBusy() {
      return timer !== undefined || line.length > 0
    },
    push: (tell, work) => {
      if (timer === undefined && line.length === 0 && !isPaused) {
        takeIn(tell, work)
        if (timer !== undefined) onBusy()
      } else line.push({ tell, work })
    },
    setPaused: (paused) => {
      isPaused = paused
      if (!paused) takeOn()
    },
    renew: () => {
      if (timer === undefined || processingMs() > 0) return
      clearTimeout(timer)
      timer = undefined
      takeOn()
    },
    clear: () => {
      clearTimeout(timer)
      timer = undefined
      line = []
    },
  }
}
