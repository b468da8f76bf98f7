'use client'

import { Face } from '../topbar/face.tsx'
import { Icon } from '../ui/icon.tsx'
import { boxStyle } from './geometry.ts'
import type { FlowLayout } from './layout.ts'
import { type FlowScene, PROGRAMS } from './scene.ts'

interface ProducersProps {
  scene: FlowScene
  layout: FlowLayout
  /** The producer of the traced message. */
  traced: string | null
}

/** The people in the room, the traced message's sender if they left, and programs. */
export const Producers = ({ scene, layout, traced }: ProducersProps) =>
  scene.producers.map((producer, index) => {
    const position = layout.producers[index]
    if (!position) return null
    return (
      <div
        key={producer.id}
        className={producer.id === traced ? 'flow-producer on' : 'flow-producer'}
        data-gone={producer.gone}
        style={boxStyle(position.box)}
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
