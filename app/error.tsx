'use client'

import { pageAddress } from '#lib/util/page-address.ts'
import { Button, ButtonLink } from '../components/ui/button.tsx'
import { NoticePage } from '../components/ui/notice-page.tsx'

/** The page itself failed. The brokers and everybody else's page go on. */
export default function PageError({
  error,
  reset,
}: {
  error: Error & { digest?: string }
  reset: () => void
}) {
  return (
    <NoticePage title="This page failed" role="alert">
      <p>
        The brokers and everybody else go on; only this page stopped drawing. <code>{error.message}</code>
      </p>
      <div className="flex items-center gap-2">
        <Button look="solid" onClick={reset}>
          Draw it again
        </Button>
        <ButtonLink href={pageAddress('/')}>Go to the lobby</ButtonLink>
      </div>
    </NoticePage>
  )
}
