import type { ModeProfile, SystemProfile } from '#lib/brokers/contract.ts'
import { modeAt } from '#lib/brokers/mode-at.ts'
import { systems } from '#lib/brokers/systems.ts'
import type { Feed, HeldSend } from '#lib/feed/feed.ts'
import type { TraceView } from '#lib/ledger/model/trace-views.ts'
import type { Mode } from '#lib/protocol/names.ts'
import type { Consumer, Settings } from '#lib/protocol/room.ts'
import type { KeptWords } from '../words/kept.ts'
import type { LaneWords } from '../words/verdicts.ts'
import { laneChoice } from './lane-choice.ts'

/** Which destination a lane shows, and what its system can do there. */
export interface LaneRef {
  manifest: SystemProfile
  mode: Mode
  /** `modeManifestOf` has all of it. */
  modeManifest: ModeProfile
  destination: string
  settings: Settings
}

/**
 * The lane of one system: the destination chosen here, else its first, and until the room is known the classic one. Null
 * when the room is known to have none there.
 */
export function laneRef(feed: Feed, manifest: SystemProfile): LaneRef | null {
  const known = laneChoice.among(manifest.id, feed.views.destinations)
  if (known === undefined && (feed.views.epoch !== null || feed.views.destinations.length > 0)) return null
  const shown = known ?? manifest.classic
  const modeManifest = modeAt(manifest, shown)
  if (!modeManifest) return null
  const { mode, name: destination, settings } = shown
  return { manifest, mode, modeManifest, destination, settings }
}

export const laneRefs = (feed: Feed): LaneRef[] =>
  systems.map((manifest) => laneRef(feed, manifest)).filter((ref) => ref !== null)

/** Stands for a lane where the room has no destination: no destination has this name. */
const NO_DESTINATION = ''

export const isEmptyPlace = ({ destination }: Pick<LaneRef, 'destination'>): boolean =>
  destination === NO_DESTINATION

/** What stands where a system has no lane. */
function emptyPlace(manifest: SystemProfile): LaneRef | null {
  const { mode, settings } = manifest.classic
  const modeManifest = modeAt(manifest, manifest.classic)
  return modeManifest ? { manifest, mode, modeManifest, destination: NO_DESTINATION, settings } : null
}

/** Every system's place on the page, in the order of the lanes: its lane, or an empty place. */
export const lanePlaces = (feed: Feed): LaneRef[] =>
  systems.map((manifest) => laneRef(feed, manifest) ?? emptyPlace(manifest)).filter((ref) => ref !== null)

/** A variable that cannot be used stays so as long as the server runs: what is held for that broker would never go out. */
const isMisconfigured = ({ views }: Feed, { manifest }: LaneRef): boolean =>
  views.broker(manifest.id)?.reason?.code === 'misconfigured'

/** Where a send to all goes: to the destination of each lane whose broker this server can ever reach. */
export const sendTargets = (feed: Feed): LaneRef[] =>
  laneRefs(feed).filter((lane) => !isMisconfigured(feed, lane))

const signatureOf = (lanes: readonly LaneRef[]): string =>
  lanes
    .map(
      ({ manifest, mode, modeManifest, destination }) =>
        `${manifest.id}:${mode}:${modeManifest.noun}:${destination}`,
    )
    .join('|')

/** Changes when any lane shows another destination, or one of another kind under the same name. */
export const laneRefsSignature = (feed: Feed): string => signatureOf(laneRefs(feed))

export const sendTargetsSignature = (feed: Feed): string => signatureOf(sendTargets(feed))

/** The consumers a message is sent to; readers of dead letters are none of them. */
export const receiversOf = (consumers: readonly Consumer[]): Consumer[] =>
  consumers.filter(({ role }) => role === undefined)

export const laneWords = ({
  manifest,
  mode,
  modeManifest,
}: Pick<LaneRef, 'manifest' | 'mode' | 'modeManifest'>): LaneWords => ({
  label: manifest.label,
  consumerNoun: modeManifest.consumerNoun,
  mode,
})

export const keptWords = ({ manifest, modeManifest, mode }: LaneRef): KeptWords => ({
  label: manifest.label,
  noun: modeManifest.noun,
  mode,
})

/** This browser's own copy of the traced message, while it is still held for this system. */
export const heldTrace = (feed: Feed, { manifest }: Pick<LaneRef, 'manifest'>): HeldSend | undefined =>
  feed.held.find(({ id, system }) => id === feed.trace.messageId && system === manifest.id)

const NO_TRACE: TraceView = {
  verdict: { kind: 'none' },
  receipt: null,
  cords: new Map(),
  ghosts: new Map(),
  kept: null,
}

/** Every component of a lane asks for the same trace in the same frame: it is computed once a version. */
const cache = new WeakMap<object, { key: string; traces: Map<string, TraceView> }>()

export function laneTrace(feed: Feed, { manifest, destination }: LaneRef): TraceView {
  const { views, trace } = feed
  if (trace.messageId === null) return NO_TRACE
  const key = `${views.version} ${trace.messageId}`
  let entry = cache.get(views)
  if (!entry || entry.key !== key) {
    entry = { key, traces: new Map() }
    cache.set(views, entry)
  }
  const id = `${manifest.id}:${destination}`
  const known = entry.traces.get(id)
  if (known) return known
  const fresh = views.trace(manifest.id, destination, trace.messageId)
  entry.traces.set(id, fresh)
  return fresh
}

const signatures = new WeakMap<TraceView, string>()

/** A lane's trace as one string: the same string means that rail, verdict and ghosts look the same. */
export function laneTraceSignature(feed: Feed, ref: LaneRef): string {
  const trace = laneTrace(feed, ref)
  const known = signatures.get(trace) ?? traceSignature(trace)
  signatures.set(trace, known)
  const { messageId } = feed.trace
  if (messageId === null) return `none of ${feed.views.numbered}`
  const number = feed.views.message(messageId)?.number
  return `${messageId} ${number} ${heldTrace(feed, ref)?.why ?? ''} ${known}`
}

function traceSignature({ verdict, receipt, cords, ghosts, kept }: TraceView): string {
  const plugged = Array.from(cords, ([name, { state }]) => `${name}:${state}`)
  return JSON.stringify([verdict, receipt, plugged, Array.from(ghosts), kept])
}
