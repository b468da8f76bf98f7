'use client'

import type { LaneRef } from '../feed/lane-ref.ts'
import { BoxTitle, Hint } from '../ui/box-text.tsx'
import { Icon } from '../ui/icon.tsx'
import { Popover } from '../ui/popover.tsx'
import { withoutHeadersWords } from '../words/modes.ts'
import { CountMark } from './count-mark.tsx'
import { HeaderEditor } from './header-editor.tsx'
import { type HeaderLine, headersOf } from './message-headers.ts'

interface SendAllOptionsProps {
  lanes: readonly LaneRef[]
  /** Whom it goes to: "all three". */
  all: string
  headers: readonly HeaderLine[]
  onChange(headers: readonly HeaderLine[]): void
}

/** The headers of a send to all: whoever cannot carry them says so, and gets the message without. */
export function SendAllOptions({ lanes, all, headers, onChange }: SendAllOptionsProps) {
  const label = `Headers for ${all}`
  const without = lanes.filter(({ modeManifest }) => !modeManifest.can.headers)
  const count = without.length < lanes.length ? Object.keys(headersOf(headers)).length : 0
  return (
    <Popover
      buttonStyle={{ look: 'quiet', size: 'sm', square: true, className: 'relative' }}
      className="w-85"
      label={count === 0 ? label : `${label}: ${count} set`}
      title={label}
      align="end"
      button={
        <>
          <Icon name="options" />
          {count > 0 && <CountMark count={count} />}
        </>
      }
    >
      {() => (
        <>
          <BoxTitle as="h2">Sent along to {all}</BoxTitle>
          <div className="grid gap-3">
            {without.length < lanes.length && <HeaderEditor lines={headers} onChange={onChange} />}
            {without.map(({ manifest, modeManifest }) => (
              <Hint key={manifest.id} className="mt-1">
                {withoutHeadersWords(modeManifest.lacks.headers, manifest.label)}
              </Hint>
            ))}
          </div>
        </>
      )}
    </Popover>
  )
}
