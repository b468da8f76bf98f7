'use client'

import { HEADER_NAME_MAX_CHARS, HEADER_VALUE_MAX_CHARS, HEADERS_MAX } from '#lib/protocol/limits.ts'
import { Input } from '../ui/field.tsx'
import { IconButton } from '../ui/icon-button.tsx'
import { type HeaderLine, withoutEmptyEnd } from './message-headers.ts'

interface HeaderEditorProps {
  lines: readonly HeaderLine[]
  onChange(lines: readonly HeaderLine[]): void
}

/** Name and value, line by line; there is always one empty line to write into. */
export function HeaderEditor({ lines, onChange }: HeaderEditorProps) {
  const shown = lines.length < HEADERS_MAX ? [...lines, { name: '', value: '' }] : lines
  const set = (index: number, line: HeaderLine) =>
    onChange(withoutEmptyEnd(shown.map((old, at) => (at === index ? line : old))))
  return (
    <fieldset className="grid gap-1">
      <legend className="mb-1 font-mid text-sm">Headers</legend>
      {shown.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place; its name is what is being typed
        <div key={index} className="grid grid-cols-[minmax(0,2fr)_minmax(0,3fr)_auto] items-center gap-1">
          <Input
            className="mono"
            aria-label={`Name of header ${index + 1}`}
            placeholder="name"
            value={line.name}
            maxLength={HEADER_NAME_MAX_CHARS}
            spellCheck={false}
            autoCapitalize="off"
            onChange={(event) => set(index, { ...line, name: event.target.value })}
          />
          <Input
            className="mono"
            aria-label={`Value of header ${index + 1}`}
            placeholder="value"
            value={line.value}
            maxLength={HEADER_VALUE_MAX_CHARS}
            spellCheck={false}
            autoCapitalize="off"
            onChange={(event) => set(index, { ...line, value: event.target.value })}
          />
          <IconButton
            icon="x"
            look="quiet"
            size="sm"
            label={`Remove header ${index + 1}`}
            disabled={index >= lines.length}
            onClick={() => onChange(lines.filter((_, at) => at !== index))}
          />
        </div>
      ))}
    </fieldset>
  )
}
