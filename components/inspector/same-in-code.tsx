'use client'

import { type KeyboardEvent, useState } from 'react'
import type { Snippet, SnippetPlace } from '#lib/brokers/contract.ts'
import type { MessageView } from '#lib/ledger/model/views.ts'
import { useFeed } from '../feed/feed-context.tsx'
import { CopyButton } from '../ui/copy-button.tsx'
import { Code } from './code.tsx'
import { inspectConsumer } from './open.ts'
import type { Side } from './sides.ts'

interface SameInCodeProps {
  message: MessageView
  side: Side
  /** Whose program; null: the one who got the message, else the first there is. */
  consumer: string | null
}

/** The value of the choice of programs that stands for the sender's. */
const PRODUCER = ''

/** Who could be meant by "the same": the sender, and each consumer of the destination. */
function useProgram({ message, side, consumer }: SameInCodeProps) {
  const { views } = useFeed()
  const { lane, destination, life } = side
  const [asProducer, setAsProducer] = useState(false)
  const consumers = views.destination(lane.manifest.id, lane.destination)?.consumers ?? []
  const wanted = consumer ?? life.deliveries.at(-1)?.consumer
  const chosen = consumers.find(({ name }) => name === wanted) ?? consumers[0]
  const whose = asProducer ? undefined : chosen
  const place: SnippetPlace = {
    broker: views.broker(lane.manifest.id)?.address ?? `localhost:${lane.manifest.defaultPort}`,
    address: destination?.address ?? lane.destination,
    settings: destination?.settings ?? {},
    consumer: whose ? { name: whose.name, group: whose.group, settings: whose.settings } : null,
    text: message.text ?? '',
    key: message.key ?? undefined,
  }
  const choose = (name: string) => {
    setAsProducer(name === PRODUCER)
    inspectConsumer(name === PRODUCER ? null : name)
  }
  return { snippets: lane.modeManifest.snippets?.(place) ?? [], consumers, whose, choose }
}

interface LanguagesProps {
  snippets: readonly Snippet[]
  shown: string
  onShow(label: string): void
}

function Languages({ snippets, shown, onShow }: LanguagesProps) {
  function onArrow(event: KeyboardEvent<HTMLDivElement>): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (step === undefined) return
    const at = snippets.findIndex(({ label }) => label === shown)
    const next = snippets.at((at + step) % snippets.length)
    if (!next) return
    event.preventDefault()
    onShow(next.label)
    document.getElementById(`code-${next.label}`)?.focus()
  }
  return (
    <div className="langs" role="tablist" aria-label="Library or tool" onKeyDown={onArrow}>
      {snippets.map(({ label }) => (
        <button
          key={label}
          type="button"
          role="tab"
          id={`code-${label}`}
          aria-selected={label === shown}
          aria-controls={label === shown ? 'inspector-code' : undefined}
          tabIndex={label === shown ? 0 : -1}
          onClick={() => onShow(label)}
        >
          {label}
        </button>
      ))}
    </div>
  )
}

/** A program that does the same with the settings on the screen, and the one line in it that decides. */
export function SameInCode(props: SameInCodeProps) {
  const { snippets, consumers, whose, choose } = useProgram(props)
  const [label, setLabel] = useState<string | null>(null)
  const snippet = snippets.find((one) => one.label === label) ?? snippets[0]
  if (!snippet) return null
  return (
    <section className="code" aria-label="The same in code">
      <h3>
        The same in code
        <select
          className="whose"
          aria-label="Whose program"
          value={whose?.name ?? PRODUCER}
          onChange={(event) => choose(event.target.value)}
        >
          <option value={PRODUCER}>the sender</option>
          {consumers.map(({ id, name }) => (
            <option key={id} value={name}>
              {name}
            </option>
          ))}
        </select>
      </h3>
      <div className="code-bar">
        <Languages snippets={snippets} shown={snippet.label} onShow={setLabel} />
        <CopyButton text={snippet.code} what="code" />
      </div>
      <div id="inspector-code" role="tabpanel" aria-label={snippet.label}>
        <Code snippet={snippet} />
        <p className="hint">{snippet.without}</p>
      </div>
    </section>
  )
}
