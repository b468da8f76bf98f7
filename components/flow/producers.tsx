'use client'

import { Face } from '../ui/face.tsx'
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
        className={`absolute z-2 flex min-w-0 items-center gap-2 rounded-3 bg-surface pr-2 pl-3 data-gone:border-dashed max-1100:gap-1 max-1100:px-1.5 ${
          producer.id === traced ? 'border-2 border-ink' : 'border border-line-strong'
        }`}
        data-gone={producer.gone}
        style={boxStyle(position.box)}
      >
        {producer.colour === null ? (
          <span className="grid size-7 flex-none place-items-center rounded-full bg-hover text-ink-2">
            <Icon name={producer.id === PROGRAMS ? 'outside' : 'user'} />
          </span>
        ) : (
          <Face name={producer.label} colour={producer.colour} />
        )}
        <b
          className="min-w-0 flex-1 truncate fs-lg font-strong tracking-tight max-1100:fs-md max-700:fs-sm"
          title={producer.label}
        >
          {producer.label}
        </b>
        {producer.note && <span className="fs-sm text-ink-3 max-1100:hidden">{producer.note}</span>}
      </div>
    )
  })
