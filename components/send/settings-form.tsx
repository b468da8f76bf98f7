'use client'

import { useId } from 'react'
import type { Settings } from '#lib/protocol/room.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { Hint } from '../ui/box-text.tsx'
import { Input, Select } from '../ui/field.tsx'
import { hintWords, type NumberField, type SettingField, settingWords } from '../words/settings.ts'
import { sliderStep } from './setting-fields.ts'

type Value = Settings[string]

interface ControlProps<F extends SettingField = SettingField> {
  field: F
  value: Value
  id: string
  hintId: string
  onChange(value: Value): void
}

function NumberControl({ field, value, id, hintId, onChange }: ControlProps<NumberField>) {
  if (!field.slides) {
    return (
      <Input
        id={id}
        narrow
        type="number"
        aria-describedby={hintId}
        min={field.min}
        max={field.max}
        value={Number(value)}
        onChange={(event) => onChange(event.target.valueAsNumber || 0)}
      />
    )
  }
  const words = settingWords(field, value)
  return (
    <span className="flex items-center gap-3">
      <input
        id={id}
        type="range"
        aria-describedby={hintId}
        aria-valuetext={words}
        min={field.min}
        max={field.max}
        step={sliderStep(field)}
        value={Number(value)}
        onChange={(event) => onChange(event.target.valueAsNumber || 0)}
      />
      <output className="min-w-16 flex-none text-right font-strong fs-sm" htmlFor={id}>
        {words}
      </output>
    </span>
  )
}

function Control(props: ControlProps) {
  const { field, value, id, hintId, onChange } = props
  switch (field.kind) {
    case 'choice':
      return (
        <Select
          id={id}
          aria-describedby={hintId}
          value={String(value)}
          onChange={(event) => onChange(event.target.value)}
        >
          {field.options.map((option) => (
            <option key={option}>{option}</option>
          ))}
        </Select>
      )
    case 'number':
      return <NumberControl {...props} field={field} />
    case 'switch':
      return (
        <input
          id={id}
          className="m-0 size-4.5 justify-self-end accent-ink"
          type="checkbox"
          aria-describedby={hintId}
          checked={value === true}
          onChange={(event) => onChange(event.target.checked)}
        />
      )
    case 'text':
      return (
        <Input
          id={id}
          narrow
          className="mono"
          aria-describedby={hintId}
          maxLength={field.maxLength}
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="off"
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

/** What it is called beside what it is set to, and below what it does. A slider has a line of its own. */
export const SETTING =
  'grid grid-cols-[minmax(96px,1fr)_minmax(120px,auto)] items-center gap-x-3 data-[slides=true]:grid-cols-[minmax(0,1fr)]'

/** Settings as the manifest describes them: a new setting there needs no change here. */
export function SettingsForm({ fields, values, onChange }: SettingsFormProps) {
  const id = useId()
  return fields.map((field) => (
    <div
      key={field.name}
      className={SETTING}
      data-kind={field.kind}
      data-slides={'slides' in field && field.slides}
    >
      <label className="font-mid text-sm" htmlFor={`${id}${field.name}-control`}>
        {field.label}
      </label>
      <Control
        field={field}
        id={`${id}${field.name}-control`}
        value={values[field.name] ?? field.initial}
        hintId={`${id}${field.name}`}
        onChange={(value) => onChange({ ...values, [field.name]: value })}
      />
      <Hint className="col-span-full mt-0.5" id={`${id}${field.name}`}>
        {hintWords(field)}
      </Hint>
    </div>
  ))
}
