'use client'

import { Fragment } from 'react'
import { useFeed } from '../feed/feed-context.tsx'
import { startGuide } from '../guide/guide-choice.ts'
import { BoxTitle } from '../ui/box-text.tsx'
import { Button } from '../ui/button.tsx'
import { IconButton } from '../ui/icon-button.tsx'
import { showOverlay } from '../ui/overlay.ts'
import { type KeyLine, keyGroups } from './keys.ts'
import { OverlayBox } from './overlay-box.tsx'

const Keys = ({ keys }: { keys: string }) => (
  <kbd className="inline-flex gap-1">
    {keys.split(' ').map((one) => (
      <Fragment key={one}>
        {one.split('+').map((key) => (
          <kbd
            key={key}
            className="inline-grid min-w-6 place-items-center rounded-1 border border-line-control bg-sunken px-1.5 font-ui text-[13px]/[22px]"
          >
            {key}
          </kbd>
        ))}
      </Fragment>
    ))}
  </kbd>
)

const Line = ({ keys, label, why }: KeyLine) => (
  <>
    <dt>
      <Keys keys={keys} />
    </dt>
    <dd className={why === undefined ? '' : 'text-ink-3'}>
      {label}
      {why && <span className="block fs-xs">{why}</span>}
    </dd>
  </>
)

/** All keys of the page, and the way back to what leads a first visitor. */
export function KeySheet() {
  const feed = useFeed()
  return (
    <OverlayBox label="Keys">
      <div className="grid max-h-[76vh] gap-3 overflow-auto p-4">
        <div className="flex items-center justify-between">
          <BoxTitle as="h2">Keys</BoxTitle>
          <IconButton icon="x" look="quiet" size="sm" label="Close" onClick={() => showOverlay('none')} />
        </div>
        {keyGroups(feed).map(({ title, lines }) => (
          <section key={title} aria-label={title} className="grid gap-1.5">
            <h3 className="font-strong text-ink-2 text-sm">{title}</h3>
            <dl className="grid grid-cols-[auto_minmax(0,1fr)] items-center gap-x-4 gap-y-1.5 text-sm">
              {lines.map((line) => (
                <Line key={`${line.keys} ${line.label}`} {...line} />
              ))}
            </dl>
          </section>
        ))}
        <div className="flex flex-wrap items-center gap-2 border-t pt-3">
          <Button size="sm" onClick={() => showOverlay('palette')}>
            Open the command palette
          </Button>
          {!feed.recorded && (
            <Button
              size="sm"
              onClick={() => {
                showOverlay('none')
                startGuide(feed.views.numbered)
              }}
            >
              Lead me through the first minute
            </Button>
          )}
        </div>
      </div>
    </OverlayBox>
  )
}
