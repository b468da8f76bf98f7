'use client'

import type { SystemProfile } from '#lib/brokers/contract.ts'
import { systems } from '#lib/brokers/systems.ts'
import { useSlice } from '../feed/feed-context.tsx'
import { Lamp } from '../trouble/lamp.tsx'
import { Glyph } from '../ui/icon.tsx'
import { onDemand } from '../ui/on-demand.tsx'
import { Popover } from '../ui/popover.tsx'
import { statusWord } from '../words/brokers.ts'

const BrokerFaults = onDemand(async () => (await import('../fault/broker-faults.tsx')).BrokerFaults)

const NAME = 'font-strong text-ink min-1000:max-1200:vh'
/** A button that takes no more room than its words. */
const BUTTON = 'h-tap gap-1.5 rounded-1 px-1 -mx-1'
/** The bar's view tabs keep their room: where several brokers are not up, their names are left to screen readers. */
const NAME_GIVES_WAY = 'max-1600:group-has-[[data-off=true]~[data-off=true]]/all:vh max-1280:vh'

function Connection({ manifest }: { manifest: SystemProfile }) {
  const word = useSlice(({ views, connection }) =>
    connection.state === 'offline' ? 'not known' : statusWord(views.broker(manifest.id)),
  )
  const isUp = word === 'up'
  const status = useSlice(({ views }) => views.broker(manifest.id)?.status ?? 'connecting')
  return (
    <li
      className={`inline-flex items-center gap-1.5 whitespace-nowrap text-ink-2 fs-sm ${isUp ? '' : '-mx-0.5 rounded-1 bg-hatch px-1.5 py-0.5'}`}
      data-system={manifest.id}
      data-status={status}
      data-off={!isUp}
    >
      <Popover
        buttonStyle={{ look: 'inherit', size: 'own', weight: 'text', className: BUTTON }}
        className="w-85"
        label={`${manifest.label} ${word}: faults to make there`}
        title={`${manifest.label} is ${word}. Pause it, kill it`}
        align="end"
        button={
          <>
            <Glyph manifest={manifest} className="size-4" />
            <b className={isUp ? NAME : `${NAME} ${NAME_GIVES_WAY}`}>{manifest.label}</b> <Lamp word={word} />
            <span className={isUp ? 'max-1600:vh' : ''}>{word}</span>
          </>
        }
      >
        {() => <BrokerFaults manifest={manifest} />}
      </Popover>
    </li>
  )
}

export const Connections = () => (
  <ul
    className="group/all mr-2 flex gap-3 max-1440:mr-0 max-1440:gap-2 max-700:hidden"
    aria-label="Broker connections"
  >
    {systems.map((manifest) => (
      <Connection key={manifest.id} manifest={manifest} />
    ))}
  </ul>
)
