'use client'

import { modeManifestOf } from '../feed/lane-mode.ts'
import type { LaneRef } from '../feed/lane-ref.ts'
import { BoxTitle } from '../ui/box-text.tsx'
import { Icon } from '../ui/icon.tsx'
import { Popover } from '../ui/popover.tsx'
import { CountMark } from './count-mark.tsx'
import { HeaderEditor } from './header-editor.tsx'
import { type Extras, extrasSet } from './message-extras.ts'
import { settingFields } from './setting-fields.ts'
import { SettingsForm } from './settings-form.tsx'

interface MessageOptionsProps {
  lane: LaneRef
  extras: Extras
  onChange(extras: Extras): void
}

/** What a message can be given beside text and key: headers, and the settings of its mode. */
export function MessageOptions({ lane, extras, onChange }: MessageOptionsProps) {
  const mode = modeManifestOf(lane)
  const { can, messageSettings } = mode
  const fields = settingFields(messageSettings)
  const { label } = lane.manifest
  if (!can.headers && fields.length === 0) return null
  const count = extrasSet(mode, extras)
  return (
    <Popover
      buttonStyle={{ look: 'quiet', size: 'sm', square: true, className: 'relative' }}
      className="w-85"
      label={count === 0 ? `Options for ${label}` : `Options for ${label}: ${count} set`}
      title={can.headers ? 'Headers and more' : 'More for this message'}
      align="start"
      button={
        <>
          <Icon name="options" />
          {count > 0 && <CountMark count={count} />}
        </>
      }
    >
      {() => (
        <>
          <BoxTitle>Sent along to {label}</BoxTitle>
          <div className="grid gap-3">
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
