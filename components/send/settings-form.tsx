'use client'

import { useId } from 'react'
import type { Settings } from '#lib/protocol/room.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import type { SettingField } from './setting-fields.ts'

type Value = Settings[string]

interface FieldProps {
  field: SettingField
  value: Value
  id: string
  hintId: string
  onChange(value: Value): void
}

function Control({ field, value, id, hintId, onChange }: FieldProps) {
  switch (field.kind) {
    case 'choice':
      return (
        <select
          id={id}
          className="input"
          aria-describedby={hintId}
          value={String(value)}
          onChange={(event) => onChange(event.target.value)}
        >
          {field.options.map((option) => (
            <option key={option}>{option}</option>
          ))}
        </select>
      )
    case 'number':
      return (
        <input
          id={id}
          className="input"
          type="number"
          aria-describedby={hintId}
          min={field.min}
          max={field.max}
          value={Number(value)}
          onChange={(event) => onChange(event.target.valueAsNumber || 0)}
        />
      )
    case 'switch':
      return (
        <input
          id={id}
          type="checkbox"
          aria-describedby={hintId}
          checked={value === true}
          onChange={(event) => onChange(event.target.checked)}
        />
      )
    case 'text':
      return (
        <input
          id={id}
          className="input"
          aria-describedby={hintId}
          value={String(value ?? '')}
          onChange={(event) => onChange(event.target.value)}
        />
      )
    default:
      return unreachable(field)
  }
}

interface SettingsFormProps {
  fields: readonly SettingField[]
  values: Settings
  onChange(values: Settings): void
}

/** Settings as the manifest describes them: a new setting there needs no change here. */
export function SettingsForm({ fields, values, onChange }: SettingsFormProps) {
  const id = useId()
  return fields.map((field) => (
    <div key={field.name} className="labelled">
      <label htmlFor={`${id}${field.name}-control`}>
        {field.label}
        <Control
          field={field}
          id={`${id}${field.name}-control`}
          value={values[field.name] ?? field.initial}
          hintId={`${id}${field.name}`}
          onChange={(value) => onChange({ ...values, [field.name]: value })}
        />
      </label>
      <p className="hint" id={`${id}${field.name}`}>
        {field.hint}
      </p>
    </div>
  ))
}
