'use client'

import { Face } from '../ui/face.tsx'
import { Icon } from '../ui/icon.tsx'
import { boxStyle } from './place.ts'
import type { FlowPlan } from './plan.ts'
import { type FlowScene, PROGRAMS } from './scene.ts'

interface ProducersProps {
  scene: FlowScene
  plan: FlowPlan
  /** Who wrote the traced message. */
  traced: string | null
}

/** Who writes: people in the room, who wrote the traced message and is not, and whatever else does. */
export const Producers = ({ scene, plan, traced }: ProducersProps) =>
  scene.producers.map((producer, index) => {
    const place = plan.producers[index]
    if (!place) return null
    return (
      <div
        key={producer.id}
        className={producer.id === traced ? 'flow-producer on' : 'flow-producer'}
        data-gone={producer.gone}
        style={boxStyle(place.box)}
      >
        {producer.colour === null ? (
          <span className="flow-other">
            <Icon name={producer.id === PROGRAMS ? 'outside' : 'user'} />
          </span>
        ) : (
          <Face name={producer.label} colour={producer.colour} you={producer.you} />
        )}
        <b>{producer.label}</b>
        {producer.note && <span className="muted note">{producer.note}</span>}
      </div>
    )
  })
