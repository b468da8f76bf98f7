import type { AttachedConsumer, ConsumerEvent, ConsumerSpec, DriverOptions } from '#lib/brokers/contract.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { now } from '#lib/util/clock.ts'
import { createDeferred, type Deferred } from '#lib/util/deferred.ts'
import { bounded, politely } from './bounded.ts'
import type { Cursor, CursorHooks, Named } from './channel-book.ts'
import { createKeeper } from './keep-open.ts'
import type { Link } from './link.ts'
import { asOperationError, isErrorReply, wordsOf } from './reasons.ts'
import { openSubscription, type Subscription } from './subscription.ts'

/** The longest that attaching may take before its caller is told that it failed. */
const ATTACH_TIMEOUT_MS = 6_000
/** A goodbye that takes longer is cut. */
const LEAVE_TIMEOUT_MS = 1_000

export interface Subscriber extends AttachedConsumer {
  /** Redis's number for its connection; undefined while it has none. */
  readonly clientId: number | undefined
  /** Redis was seen not to know this connection any more. */
  missedByBroker(clientId: number): void
  /** Makes sure of its place in the channel's order, after the publishing connection was lost. */
  ask(): void
  /** Redis is back: tries now. */
  retryNow(): void
}

export interface SubscriberOptions {
  spec: ConsumerSpec
  driver: Pick<DriverOptions, 'url' | 'clientName'>
  /** Aborted: gives up attaching. Once attached, `leave` and `crash` end it. */
  signal: AbortSignal
  join(hooks: CursorHooks): Cursor
  listener(event: ConsumerEvent): void
  onFault(code: string, text: string): void
  /** It has left or crashed. */
  onEnded(): void
}

type Phase =
  | { phase: 'attached'; subscription: Subscription }
  | { phase: 'away'; since: number; lagging: boolean; reason: string }
  | { phase: 'ended' }

/**
 * A subscriber of one channel on a connection of its own. Resolves once attached; throws AppError. A lost connection is
 * replaced by itself, with a `gap`: what was published meanwhile is gone, as Redis pub/sub has it.
 */
export async function attachSubscriber(options: SubscriberOptions): Promise<Subscriber> {
  const { spec, driver, listener } = options
  const { address } = spec
  const place = { kind: 'channel', channel: address } as const
  let phase: Phase = { phase: 'away', since: now(), lagging: false, reason: '' }
  let runId: string | undefined
  let deliveries = 0
  /** Present while paused; resolved when it reads again. */
  let paused: Deferred<void> | undefined
  /** When facts first showed that Redis had dropped it while it did not read. */
  let missedSince: number | undefined

  const deliver = ({ messageId, identity, body, at }: Named) => {
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
      address: place,
      at,
    })
  }
  const sayGap = (link: Link) => {
    const isFirst = runId === undefined
    const restarted = runId !== link.runId
    runId = link.runId
    if (isFirst || phase.phase !== 'away') return
    const reason = phase.lagging ? 'lagging' : restarted ? 'broker-restarted' : 'resubscribed'
    const since = Math.min(phase.since, missedSince ?? phase.since)
    missedSince = undefined
    listener({ type: 'gap', reason, awayMs: now() - since, at: now() })
  }
  const subscribe = async (signal: AbortSignal) => {
    // Who does not read would not notice either that its connection is gone: it comes back when it reads again.
    await paused?.promise
    return openSubscription({
      channel: address,
      link: { url: driver.url, name: `${driver.clientName}:${address}:${spec.name}`, signal },
      join: options.join,
      deliver,
      onLagging: () => onLost(new Error('it was too far behind'), true),
      onSubscribed: sayGap,
    })
  }
  const onUp = (subscription: Subscription) => {
    phase = { phase: 'attached', subscription }
    if (paused) subscription.setReading(false)
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
    if (isErrorReply(error) && text !== lastFault) options.onFault('broker-refused', text)
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
    paused?.resolve()
    if (subscription) await part(subscription)
    await stopped
    options.onEnded()
    listener({ type: 'state', state, at: now() })
  }
  let ending: Promise<void> | undefined
  return {
    spec,
    get clientId() {
      return phase.phase === 'attached' ? phase.subscription.link.clientId : undefined
    },
    pause: async () => {
      if (paused || phase.phase === 'ended') return
      paused = createDeferred()
      if (phase.phase === 'attached') phase.subscription.setReading(false)
    },
    resume: async () => {
      if (phase.phase === 'attached') phase.subscription.setReading(true)
      paused?.resolve()
      paused = undefined
      // It was cut while it did not read: told once the caller knows that it is not paused any more.
      if (phase.phase === 'away') setImmediate(sayAway)
    },
    leave: () => (ending ??= end('detached', (subscription) => sayGoodbye(subscription, address))),
    crash: () => (ending ??= end('crashed', ({ link }) => link.destroy())),
    update: async (settings) => {
      const [name] = Object.keys(settings)
      if (name) throw new AppError('not-capable', `A Redis subscriber has no setting "${name}"`)
    },
    settle: async () => {
      throw new AppError('not-capable', 'Redis pub/sub has no acknowledgements.')
    },
    seek: async () => {
      throw new AppError('not-capable', 'Redis pub/sub keeps no copy, so nothing can be read again.')
    },
    missedByBroker: (clientId) => {
      if (phase.phase !== 'attached' || phase.subscription.link.clientId !== clientId) return
      if (paused) missedSince ??= now()
      else void phase.subscription.link.destroy()
    },
    ask: () => phase.phase === 'attached' && phase.subscription.ask(),
    retryNow: () => keeper.retryNow(),
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
async function sayGoodbye({ link, setReading }: Subscription, channel: string): Promise<void> {
  setReading(true)
  if (link.isWritable())
    await politely('UNSUBSCRIBE', LEAVE_TIMEOUT_MS, () => link.redis.unsubscribe(channel))
  await link.quit(LEAVE_TIMEOUT_MS)
}
