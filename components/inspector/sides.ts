import { catalog, modeAt } from '#lib/brokers/catalog.ts'
import type { LifeStep } from '#lib/brokers/contract.ts'
import type { Feed } from '#lib/feed/feed.ts'
import type { LifeView, MessageView } from '#lib/ledger/model/views.ts'
import { lifeSteps } from '#lib/ledger/views/life-steps.ts'
import type { Destination } from '#lib/protocol/room.ts'
import type { LaneRef } from '../feed/lane-ref.ts'

/** One system's side of a message. */
export interface Side {
  lane: LaneRef
  /** As the room has it; undefined once it is gone. */
  destination: Destination | undefined
  life: LifeView
  steps: readonly LifeStep[]
}

/** The systems a message went to, or came through, in the order of the lanes' brokers. */
export function sidesOf(feed: Feed, message: MessageView): Side[] {
  return catalog.flatMap((manifest): Side[] => {
    const life = message.lives.get(manifest.id)
    if (!life) return []
    const destination = feed.views.destination(life.system, life.destination)?.destination
    const at = destination ?? manifest.classic
    const modeManifest = modeAt(manifest, at)
    if (!modeManifest) return []
    const steps = lifeSteps(message, life, modeManifest.scene.entry.shape === 'exchange')
    return [
      {
        lane: { manifest, mode: at.mode, modeManifest, destination: life.destination },
        destination,
        life,
        steps,
      },
    ]
  })
}
