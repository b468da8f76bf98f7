'use client'

import { useRef, useState } from 'react'
import { KEY_MAX_BYTES } from '#lib/protocol/limits.ts'
import { chosenName, PERSON_NAME_MAX_CHARS } from '#lib/protocol/person-name.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { saveMe } from '../me.ts'
import { isEnter } from '../ui/enter-key.ts'
import { Icon } from '../ui/icon.tsx'
import { useEarlyText } from './use-early-text.ts'

const KEY_MAX_CHARS = KEY_MAX_BYTES

/** Beside the field for all brokers, or in the foot of one broker's composer, where there is less room. */
const fieldLook = (compact: boolean): string =>
  `inline-flex items-center gap-1.5 whitespace-nowrap text-ink-2 fs-sm ${compact ? 'h-tap px-1.5' : 'h-control border-l px-2.5'}`

const inputLook = (compact: boolean): string =>
  `-ml-1 h-tap rounded-1 bg-transparent px-1 py-0 text-ellipsis field-sizing-content placeholder:text-ink-3 placeholder:opacity-100 hover:bg-hover ${compact ? 'min-w-9 max-w-full max-700:max-w-30' : 'min-w-7 max-w-40'}`

/** Who sends. One person sits here, so that every such field shows and changes the same name. */
export function SenderField({ label, compact = false }: { label: string; compact?: boolean }) {
  const feed = useFeed()
  const name = useSlice(({ me }) => me.name)
  const [draft, setDraft] = useState<string | null>(null)
  const field = useRef<HTMLInputElement>(null)
  useEarlyText(field, setDraft)
  function commit() {
    const chosen = draft === null ? null : chosenName(draft)
    if (chosen !== null && chosen !== name) {
      feed.rename(chosen, feed.me.colour)
      saveMe({ name: chosen, colour: feed.me.colour })
    }
    setDraft(null)
  }
  return (
    <span className={`min-w-0 ${fieldLook(compact)} ${compact ? 'max-w-[42%] shrink-0' : ''}`}>
      <Icon name="user" />
      <input
        ref={field}
        dir="auto"
        className={`font-strong text-ink ${inputLook(compact)}`}
        aria-label={label}
        value={draft ?? name}
        maxLength={PERSON_NAME_MAX_CHARS}
        size={Math.max(3, (draft ?? name).length)}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => setDraft(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === 'Escape') setDraft(null)
          if (!isEnter(event)) return
          event.preventDefault()
          commit()
        }}
      />
    </span>
  )
}

interface KeyFieldProps {
  label: string
  placeholder: string
  value: string
  compact?: boolean
  onChange(value: string): void
}

/** A routing or partition key; empty means none. */
export function KeyField({ label, placeholder, value, compact = false, onChange }: KeyFieldProps) {
  const field = useRef<HTMLInputElement>(null)
  useEarlyText(field, onChange)
  return (
    <span className={`${compact ? 'min-w-0' : 'flex-none'} ${fieldLook(compact)}`}>
      <Icon name="key" />
      <input
        ref={field}
        dir="auto"
        className={inputLook(compact)}
        aria-label={label}
        placeholder={placeholder}
        value={value}
        maxLength={KEY_MAX_CHARS}
        size={Math.max(placeholder.length, value.length)}
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="off"
        onChange={(event) => onChange(event.target.value)}
      />
    </span>
  )
}
