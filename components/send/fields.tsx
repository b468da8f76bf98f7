'use client'

import { useState } from 'react'
import { KEY_MAX_BYTES } from '#lib/protocol/limits.ts'
import { personNameSchema } from '#lib/protocol/names.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { saveMe } from '../me.ts'
import { Icon } from '../ui/icon.tsx'

const NAME_MAX_CHARS = 40
const KEY_MAX_CHARS = KEY_MAX_BYTES

/** Who sends. One person sits here, so that every such field shows and changes the same name. */
export function SenderField({ label }: { label: string }) {
  const feed = useFeed()
  const name = useSlice(({ me }) => me.name)
  const [draft, setDraft] = useState<string | null>(null)
  function commit() {
    const parsed = personNameSchema.safeParse(draft)
    if (draft !== null && parsed.success && parsed.data !== name) {
      feed.rename(parsed.data, feed.me.colour)
      saveMe({ name: parsed.data, colour: feed.me.colour })
    }
    setDraft(null)
  }
  return (
    <span className="field">
      <Icon name="user" />
      <input
        className="field-in strong"
        aria-label={label}
        value={draft ?? name}
        maxLength={NAME_MAX_CHARS}
        size={Math.max(3, (draft ?? name).length)}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => setDraft(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === 'Escape') setDraft(null)
          if (event.key !== 'Enter') return
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
  onChange(value: string): void
}

/** A routing or partition key; empty means none. */
export const KeyField = ({ label, placeholder, value, onChange }: KeyFieldProps) => (
  <span className="field">
    <Icon name="key" />
    <input
      className="field-in"
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
