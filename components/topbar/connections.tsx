'use client'

import { catalog } from '#lib/brokers/catalog.ts'
import type { Manifest } from '#lib/brokers/contract.ts'
import { useSlice } from '../feed/feed-context.tsx'
import { Lamp } from '../trouble/lamp.tsx'
import { Glyph } from '../ui/icon.tsx'
import { statusWord } from '../words/brokers.ts'

function Connection({ manifest }: { manifest: Manifest }) {
  const word = useSlice(({ views, connection }) =>
    connection.state === 'offline' ? 'not known' : statusWord(views.broker(manifest.id)),
  )
  const status = useSlice(({ views }) => views.broker(manifest.id)?.status ?? 'connecting')
  return (
    <li className={word === 'up' ? 'conn' : 'conn off'} data-system={manifest.id} data-status={status}>
      <Glyph manifest={manifest} />
      <b>{manifest.label}</b>
      <Lamp word={word} />
      <span className="word">{word}</span>
    </li>
  )
}

export const Connections = () => (
  <ul className="conns" aria-label="Broker connections">
    {catalog.map((manifest) => (
      <Connection key={manifest.id} manifest={manifest} />
    ))}
  </ul>
)
