'use client'

import { type RefObject, useRef } from 'react'
import { Glyph } from '../ui/icon.tsx'
import { IconButton } from '../ui/icon-button.tsx'
import { SayField } from './say-field.tsx'
import { useSendAll } from './use-send-all.ts'

/** The send to all where there is little room: text and send, under the name chosen elsewhere. */
export function MiniComposer({ field: given }: { field?: RefObject<HTMLTextAreaElement | null> }) {
  const own = useRef<HTMLTextAreaElement>(null)
  const field = given ?? own
  const form = useSendAll({ field })
  const { lanes, to, size, problems, submit } = form
  const said = size.words ? [size.words, ...problems] : problems
  return (
    <form
      className="@container/mini relative mx-auto flex min-h-11 min-w-0 max-w-120 flex-[1_0_280px] present:flex-[1_0_320px] items-center gap-3 rounded-3 border-2 border-ink bg-surface pr-[5px] pl-3 has-[[data-draft]:focus-visible]:shadow-[0_0_0_4px_var(--focus-halo)] max-700:-order-1 max-700:max-w-none max-700:basis-full recorded:hidden"
      onSubmit={submit}
    >
      <span className="inline-flex items-center gap-1 @max-[360px]/mini:hidden present:@max-[440px]/mini:hidden">
        {lanes.map(({ manifest }) => (
          <Glyph key={manifest.id} manifest={manifest} />
        ))}
      </span>
      <SayField form={form} field={field} />
      <IconButton
        icon="send"
        look="solid"
        type="submit"
        disabled={size.tooLong || lanes.length === 0}
        label={`Send to ${to.all}`}
      />
      {said.length > 0 && (
        <p
          className="absolute bottom-[calc(100%+6px)] left-0 rounded-1 bg-bad-tint px-1.5 py-0.5 text-xs text-bad"
          role="alert"
        >
          {said.join(' ')}
        </p>
      )}
    </form>
  )
}
