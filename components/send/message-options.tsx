'use client'

import { HEADER_NAME_MAX_CHARS, HEADER_VALUE_MAX_CHARS, HEADERS_MAX } from '#lib/protocol/limits.ts'
import type { LaneRef } from '../lane/lane-ref.ts'
import { Icon } from '../ui/icon.tsx'
import { Popover } from '../ui/popover.tsx'
import { type Extras, extrasSet, type HeaderLine } from './message-extras.ts'
import { settingFields } from './setting-fields.ts'
import { SettingsForm } from './settings-form.tsx'

interface HeaderEditorProps {
  lines: readonly HeaderLine[]
  onChange(lines: readonly HeaderLine[]): void
}

/** Name and value, line by line; there is always one empty line to write into. */
function HeaderEditor({ lines, onChange }: HeaderEditorProps) {
  const shown = lines.length < HEADERS_MAX ? [...lines, { name: '', value: '' }] : lines
  const set = (index: number, line: HeaderLine) =>
    onChange(shown.map((old, at) => (at === index ? line : old)))
  return (
    <fieldset className="headers">
      <legend>Headers</legend>
      {shown.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place; its name is what is being typed
        <div key={index} className="header-line">
          <input
            className="input mono"
            aria-label={`Name of header ${index + 1}`}
            placeholder="name"
            value={line.name}
            maxLength={HEADER_NAME_MAX_CHARS}
            spellCheck={false}
            autoCapitalize="off"
            onChange={(event) => set(index, { ...line, name: event.target.value })}
          />
          <input
            className="input mono"
            aria-label={`Value of header ${index + 1}`}
            placeholder="value"
            value={line.value}
            maxLength={HEADER_VALUE_MAX_CHARS}
            spellCheck={false}
            autoCapitalize="off"
            onChange={(event) => set(index, { ...line, value: event.target.value })}
          />
          <button
            type="button"
            className="btn ico sm quiet"
            aria-label={`Remove header ${index + 1}`}
            disabled={index >= lines.length}
            onClick={() => onChange(lines.filter((_, at) => at !== index))}
          >
            <Icon name="x" />
          </button>
        </div>
      ))}
    </fieldset>
  )
}

interface MessageOptionsProps {
  lane: LaneRef
  extras: Extras
  onChange(extras: Extras): void
}

/** What a message can be given beside text and key: headers, and the settings of its mode. */
export function MessageOptions({ lane, extras, onChange }: MessageOptionsProps) {
  const { can, messageSettings } = lane.modeManifest
  const fields = settingFields(messageSettings)
  const { label } = lane.manifest
  if (!can.headers && fields.length === 0) return null
  const count = extrasSet(lane.modeManifest, extras)
  return (
    <Popover
      buttonClass="btn ico sm quiet options"
      className="optionbox"
      label={count === 0 ? `Options for ${label}` : `Options for ${label}: ${count} set`}
      title={can.headers ? 'Headers and more' : 'More for this message'}
      align="start"
      button={
        <>
          <Icon name="options" />
          {count > 0 && <span className="count">{count}</span>}
        </>
      }
    >
      {() => (
        <>
          <h3 className="box-title">Sent along to {label}</h3>
          <div className="addform">
            <SettingsForm
              fields={fields}
              values={extras.settings}
              onChange={(settings) => onChange({ ...extras, settings })}
            />
            {can.headers && (
              <HeaderEditor lines={extras.headers} onChange={(headers) => onChange({ ...extras, headers })} />
            )}
          </div>
        </>
      )}
    </Popover>
  )
}
