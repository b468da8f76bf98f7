import { catalog } from '#lib/brokers/catalog.ts'
import type { LifeStep } from '#lib/brokers/contract.ts'
import { modeAt } from '#lib/brokers/mode-at.ts'
import type { Feed } from '#lib/feed/feed.ts'
import type { LifeView, MessageView } from '#lib/ledger/model/views.ts'
import { lifeSteps } from '#lib/ledger/views/life-steps.ts'
import type { Destination } from '#lib/protocol/room.ts'
import type { LaneRef } from '../feed/lane-ref.ts'

/** A message as one system had it. */
export interface Side {
  lane: LaneRef
  /** The room's destination; undefined once it was removed. */
  destination: Destination | undefined
  life: LifeView
  steps: readonly LifeStep[]
}

/** The sides of a message: one per system that had it, in the order of the lanes. */
export function sidesOf(feed: Feed, message: MessageView): Side[] {
  return catalog.flatMap((manifest): Side[] => {
    const life = message.lives.get(manifest.id)
    if (!life) return []
    const destination = feed.views.destination(life.system, life.destination)?.destination
    const at = destination ?? manifest.classic
    const modeManifest = modeAt(manifest, at)
    if (!modeManifest) return []
    const steps = lifeSteps(message, life, modeManifest.drawing.entry.shape === 'exchange')
    return [
      {
        lane: { manifest, mode: at.mode, modeManifest, destination: life.destination, settings: at.settings },
        destination,
        life,
        steps,
      },
    ]
  })
}
