'use client'

import { Banner } from '../ui/banner.tsx'
import { Button } from '../ui/button.tsx'
import { Icon } from '../ui/icon.tsx'
import { setFilter, useFilter } from './filter.ts'

/** Says that rows are filtered out, so that nobody takes them for missing. */
export function FilterNote() {
  const words = useFilter()
  if (words === '') return null
  return (
    <Banner quiet>
      <p>
        The panes show only what matches <b>{words}</b>.
      </p>
      <Button size="sm" onClick={() => setFilter('')}>
        <Icon name="x" />
        Show all
      </Button>
    </Banner>
  )
}
