'use client'

import { type KeyboardEvent, type ReactNode, useState } from 'react'
import type { Snippet, SnippetContext } from '#lib/brokers/contract.ts'
import type { MessageView } from '#lib/ledger/model/views.ts'
import { useFeed } from '../feed/feed-context.tsx'
import { modeManifestOf } from '../feed/lane-mode.ts'
import { CopyButton } from '../ui/copy-button.tsx'
import { inspectConsumer } from './inspector-state.ts'
import type { Side } from './sides.ts'

/** Keywords by language. */
const KEYWORDS: Record<Snippet['language'], ReadonlySet<string>> = {
  python: new Set('import from def for in while try except pass if return None True False'.split(' ')),
  javascript: new Set('import from const let await async for of if return null true false new'.split(' ')),
  shell: new Set(),
}

/** Strings, words, and everything else. No literal spans several lines, so each line is tokenized on its own. */
const TOKENS = /("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|([A-Za-z_]\w*)|([^A-Za-z_"']+|["'])/g

/**
 * Highlights strings and keywords. Everything stays React text, because a snippet contains text that somebody typed.
 */
function highlight(line: string, language: Snippet['language']): ReactNode[] {
  return [...line.matchAll(TOKENS)].map(([token, string, word], index) => {
    const key = `${index} ${token}`
    if (string !== undefined)
      return (
        <u key={key} className="text-hue no-underline">
          {token}
        </u>
      )
    if (word !== undefined && KEYWORDS[language].has(word))
      return (
        <em key={key} className="font-[700] not-italic">
          {token}
        </em>
      )
    return token
  })
}

/** A program with its decisive line marked. */
function Code({ snippet: { code, language, line } }: { snippet: Snippet }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <pre className="m-0 overflow-auto rounded-2 border bg-sunken py-3" tabIndex={0}>
      <code className="block w-max min-w-full fs-xs leading-[18px] tracking-[0] *:block *:px-4">
        {code.split('\n').map((text, index) => {
          const words = highlight(text, language)
          return index + 1 === line ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line is identified by its number
            <mark key={index} className="bg-signal-row text-on-signal-row [&_u]:text-inherit">
              {words}
              {'\n'}
            </mark>
          ) : (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line is identified by its number
            <span key={index}>
              {words}
              {'\n'}
            </span>
          )
        })}
      </code>
    </pre>
  )
}

interface SameInCodeProps {
  message: MessageView
  side: Side
  /** The consumer whose program is shown; null: the one that got the message last, else the first one. */
  consumer: string | null
}

/** The option's value for the sender's program. */
const PRODUCER = ''

/** The program that is shown, and the choice of others: the sender's and each consumer's. */
function useProgram({ message, side, consumer }: SameInCodeProps) {
  const { views } = useFeed()
  const { lane, destination, life } = side
  const [asProducer, setAsProducer] = useState(false)
  const consumers = views.destination(lane.manifest.id, lane.destination)?.consumers ?? []
  const wanted = consumer ?? life.deliveries.at(-1)?.consumer
  const chosen = consumers.find(({ name }) => name === wanted) ?? consumers[0]
  const whose = asProducer ? undefined : chosen
  const place: SnippetContext = {
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
  return { snippets: modeManifestOf(lane).snippets?.(place) ?? [], consumers, whose, choose }
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
    <div className="flex flex-wrap gap-1" role="tablist" aria-label="Library or tool" onKeyDown={onArrow}>
      {snippets.map(({ label }) => (
        <button
          key={label}
          type="button"
          className="h-tap px-2 font-mono fs-sm text-ink-2 leading-none aria-selected:font-strong aria-selected:text-ink aria-selected:shadow-[inset_0_-2px_0_var(--ink)]"
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

/** A program that does the same as the room with the current settings, with its decisive line marked. */
export function SameInCode(props: SameInCodeProps) {
  const { snippets, consumers, whose, choose } = useProgram(props)
  const [label, setLabel] = useState<string | null>(null)
  const snippet = snippets.find((one) => one.label === label) ?? snippets[0]
  if (!snippet) return null
  return (
    <section className="-mx-6 mt-1 border-t px-6 max-700:-mx-3 max-700:px-3" aria-label="The same in code">
      <h3 className="mt-3 mb-1 flex items-center gap-3 fs-md font-strong">
        The same in code
        <select
          className="ml-auto h-tap rounded-1 border border-line-strong bg-surface px-1 fs-sm font-text"
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
      <div className="mb-2 flex items-center justify-between gap-2">
        <Languages snippets={snippets} shown={snippet.label} onShow={setLabel} />
        <CopyButton text={snippet.code} what="code" />
      </div>
      <div id="inspector-code" role="tabpanel" aria-label={snippet.label}>
        <Code snippet={snippet} />
        <p className="my-2 text-ink-2 text-xs">{snippet.without}</p>
      </div>
    </section>
  )
}
