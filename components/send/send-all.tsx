'use client'

import { type RefObject, useRef, useState } from 'react'
import type { LaneRef } from '../feed/lane-ref.ts'
import { Refusal } from '../ui/box-text.tsx'
import { Button } from '../ui/button.tsx'
import { Glyph, Icon } from '../ui/icon.tsx'
import { useOneStop } from '../ui/roving.ts'
import { KeyField, SenderField } from './fields.tsx'
import type { HeaderLine } from './message-headers.ts'
import { Receipt } from './receipt.tsx'
import { SayField } from './say-field.tsx'
import { SendAllOptions } from './send-all-options.tsx'
import { TextSizeNote } from './text-size-note.tsx'
import { useSendAll } from './use-send-all.ts'

const takesAKey = ({ modeManifest: { can } }: LaneRef) => can.key !== null && can.key !== 'sub-channel'

/** As wide whatever it says. Beside the receipt, and on a phone, there is no room for its words. */
const SendButton = ({ label, slow, disabled }: { label: string; slow: boolean; disabled: boolean }) => (
  <Button
    look="solid"
    size="lg"
    className="min-1000:max-1600:px-4 max-700:size-12 max-700:p-0"
    type="submit"
    disabled={disabled}
    aria-label={label}
  >
    <span className="grid *:col-start-1 *:row-start-1 min-1000:max-1600:hidden max-700:hidden">
      <span className={slow ? 'invisible' : ''}>{label}</span>
      {slow && <span>Sending</span>}
    </span>{' '}
    <Icon name="send" />
  </Button>
)

/** One send, several fates: the strongest shape on the page, and under it who got it. */
export function SendAll({ field }: { field: RefObject<HTMLTextAreaElement | null> }) {
  const section = useRef<HTMLElement>(null)
  useOneStop(section, { except: 'textarea' })
  const [key, setKey] = useState('')
  const [headers, setHeaders] = useState<readonly HeaderLine[]>([])
  const form = useSendAll({ field, key, lines: headers })
  const { lanes, to, size, sender, badHeaders, problems, submit } = form
  const takesKey = lanes.some(takesAKey)
  return (
    <section
      ref={section}
      className="grid grid-cols-[minmax(0,1fr)_890px] items-center gap-6 px-4 pt-3 min-1200:max-1600:grid-cols-[minmax(0,1fr)_656px] min-1280:max-1600:grid-cols-[minmax(0,1fr)_720px] min-1000:present:grid-cols-[minmax(0,1fr)_616px] min-1000:max-1200:grid-cols-[minmax(0,1fr)_492px] max-1000:grid-cols-[minmax(0,1fr)] max-1000:gap-2 max-700:px-3 max-700:pt-2 in-[.app:has(>.drawer)]:grid-cols-[minmax(0,1fr)]! in-[.app:has(>.drawer)]:gap-2 recorded:hidden"
      aria-label={`Send to ${to.all}`}
    >
      <div className="min-w-0">
        <form
          className="flex min-h-13 min-w-0 items-center gap-3 rounded-3 border-2 border-ink bg-surface pr-1.5 pl-4 has-[[data-draft]:focus-visible]:shadow-[0_0_0_4px_var(--focus-halo)] max-700:min-h-15 max-700:gap-2 max-700:pl-3 present:min-h-15 min-1440:[&>textarea]:min-w-48"
          onSubmit={submit}
        >
          <span className="inline-flex items-center gap-1 min-1000:max-[1700px]:hidden max-700:hidden">
            {lanes.map(({ manifest }) => (
              <Glyph key={manifest.id} manifest={manifest} />
            ))}
          </span>
          <SayField form={form} field={field} />
          <span className="inline-flex min-w-0 shrink-9 items-center max-700:hidden present:hidden">
            <SenderField label={`Sender name for ${to.all}`} />
            {takesKey && (
              <KeyField label={`Key for ${to.all}`} placeholder="key" value={key} onChange={setKey} />
            )}
          </span>
          <SendAllOptions lanes={lanes} all={to.all} headers={headers} onChange={setHeaders} />
          <SendButton
            label={`Send to ${to.all}`}
            slow={sender.slow}
            disabled={size.tooLong || badHeaders !== null || lanes.length === 0}
          />
        </form>
        {size.words && <TextSizeNote size={size} className="px-4 pt-1" />}
        {badHeaders && <Refusal className="px-4 pt-1">{badHeaders}</Refusal>}
        {problems.length > 0 && <Refusal className="px-4 pt-1">{problems.join(' ')}</Refusal>}
      </div>
      <Receipt />
    </section>
  )
}
