'use client'

import { useId } from 'react'
import { nameSchema } from '#lib/protocol/names.ts'
import { Field, Input } from '../ui/field.tsx'

interface NameFieldProps {
  label: string
  value: string
  suggestions?: readonly string[]
  onChange(value: string): void
}

/** The name of something on a broker, as a person types it. */
export function NameField({ label, value, suggestions, onChange }: NameFieldProps) {
  const listId = useId()
  return (
    <Field label={label}>
      <Input
        className="mono"
        value={value}
        list={suggestions && listId}
        aria-invalid={!nameSchema.safeParse(value).success}
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="off"
        onChange={(event) => onChange(event.target.value)}
      />
      {suggestions && (
        <datalist id={listId}>
          {suggestions.map((suggestion) => (
            <option key={suggestion} value={suggestion} />
          ))}
        </datalist>
      )}
    </Field>
  )
}
