import { createLedger } from '#lib/ledger/ledger.ts'
import type { Failure } from '#lib/protocol/errors.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import { createSignal } from '#lib/util/emitter.ts'
import { createChangeCounter } from './change-counter.ts'
import type { Feed, FeedOptions } from './feed.ts'
import { createFrames } from './frames.ts'
import { createHeldStore } from './held-store.ts'
import { createLine, type Line } from './line.ts'
import { createOutbox } from './outbox.ts'
import { createTracer } from './tracer.ts'

/** Attaching a consumer is the slowest command: a Kafka reader joins its group within seconds. */
const COMMAND_TIMEOUT_MS = 20_000

/** Opens the browser's feed of one room. Works in Node too, given `url`. Whoever opens it closes it. */
export function createFeed({ room, me: given, url, frames = createFrames(), storage }: FeedOptions): Feed {
  const ledger = createLedger()
  const told = createSignal<readonly RoomEvent[]>()
  let me = given
  const counter = createChangeCounter(frames, () => {
    if (line.state.state === 'live') tracer.offer(ledger.newest()?.messageId)
  })
  const tracer = createTracer(Date.now, counter.touch, counter.touch)
  const onChange = (): void => {
    counter.touch()
    outbox.wake()
  }
  const line: Line = createLine({
    url,
    room,
    me: () => me,
    ledger,
    onEvents: told.emit,
    onChange,
    onReady: onChange,
  })
  const outbox = createOutbox({
    views: ledger,
    line,
    store: createHeldStore(room, storage),
    sender: () => me.name,
    onSent: tracer.own,
    onChange: counter.touch,
  })

  return {
    views: ledger,
    get line() {
      return line.state
    },
    get held() {
      return outbox.held
    },
    get trace() {
      return tracer.trace
    },
    get me() {
      return me
    },
    get version() {
      return counter.version
    },
    subscribe: counter.subscribe,
    onEvents: told.on,
    send: outbox.send,
    discard: outbox.discard,
    sendAgain: outbox.sendAgain,
    command: async (name, input) => {
      if (!mayBecomeReady(line) || !(await line.whenReady(COMMAND_TIMEOUT_MS))) return OFFLINE
      const answer = await line.ask(name, input, COMMAND_TIMEOUT_MS)
      if (answer.got === 'reply') return answer.reply
      return answer.because === 'timeout' ? NO_ANSWER : OFFLINE
    },
    pin: tracer.pin,
    rename: (name, colour) => {
      me = { ...me, name, colour }
      counter.touch()
      line.rename()
    },
    retryNow: () => {
      line.retryNow()
      outbox.retryNow()
    },
    close: () => {
      counter.close()
      told.clear()
      outbox.close()
      tracer.close()
      line.close()
    },
  }
}

/** It waited longer than any broker takes to answer. What it asked for may still happen. */
const NO_ANSWER: Failure = { ok: false, code: 'broker-timeout', message: 'no answer within the time' }
const OFFLINE: Failure = { ok: false, code: 'internal', message: 'the dashboard is not connected' }

const mayBecomeReady = (line: Line): boolean =>
  line.ready || line.state.state === 'connecting' || line.state.state === 'catching-up'
