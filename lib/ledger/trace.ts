import type { SystemId } from '#lib/protocol/names.ts'
import { ghostOf } from './ghosts.ts'
import { findLane, lanePanes } from './lanes.ts'
import type { LedgerState } from './ledger-state.ts'
import { findLife } from './messages.ts'
import { receiptOf } from './receipts.ts'
import { deliveryView } from './rows.ts'
import { standingsOf } from './standings.ts'
import type { Lane, Message } from './state.ts'
import type { GhostView, LaneTraceView } from './trace-views.ts'
import { verdictOf } from './verdict.ts'
import type { DeliveryView } from './views.ts'

const NOTHING: LaneTraceView = {
  verdict: { kind: 'none' },
  receipt: null,
  cords: new Map(),
  ghosts: new Map(),
}

/** One lane's answer to "who got it". The same object as long as nothing it rests on has changed. */
export function traceView(
  state: LedgerState,
  system: SystemId,
  destination: string,
  messageId: string | null,
): LaneTraceView {
  const lane = findLane(state, system, destination)
  const message = messageId === null ? undefined : state.messages.get(messageId)
  if (!lane || !message) return NOTHING
  const { traced } = lane
  if (
    traced?.message === message &&
    traced.messageVersion === message.version &&
    traced.laneVersion === lane.version
  ) {
    return traced.view
  }
  const view = computeTrace(lane, message)
  lane.traced = { message, messageVersion: message.version, laneVersion: lane.version, view }
  return view
}

function computeTrace(lane: Lane, message: Message): LaneTraceView {
  const life = findLife(message, lane.system, lane.name)
  if (!life) {
    const absent: GhostView = { why: 'not-sent-here' }
    const ghosts = new Map(lanePanes(lane).map((pane) => [pane.consumer.name, absent]))
    return { verdict: { kind: 'not-sent' }, receipt: null, cords: new Map(), ghosts }
  }
  const standings = standingsOf(lane, life)
  const cords = new Map<string, DeliveryView>()
  const ghosts = new Map<string, GhostView>()
  for (const standing of standings.all) {
    const { name } = standing.pane.consumer
    if (standing.has) cords.set(name, deliveryView(standing.has))
    else ghosts.set(name, ghostOf(lane, life, standings, standing))
  }
  return { verdict: verdictOf(lane, life, standings), receipt: receiptOf(life), cords, ghosts }
}
