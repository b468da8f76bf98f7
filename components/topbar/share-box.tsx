'use client'

import { useState } from 'react'
import { presenterLinkSchema } from '#lib/protocol/access-commands.ts'
import { shownJoinCode } from '#lib/protocol/join-code.ts'
import { pageAddress } from '#lib/util/page-address.ts'
import { joinAddressOf } from '../access/join-address.ts'
import { useMay } from '../access/use-may.ts'
import { type Invitation, useRoomShare } from '../access/use-room-share.ts'
import { useFeed } from '../feed/feed-context.tsx'
import { LeadButton } from '../follow/follow-button.tsx'
import { BoxTitle, Hint, Refusal } from '../ui/box-text.tsx'
import { Button } from '../ui/button.tsx'
import { CopyableText } from '../ui/copyable-text.tsx'
import { QrCode } from '../ui/qr-code.tsx'
import { errorWords } from '../words/errors.ts'
import { SeatChoice } from './seat-choice.tsx'

/** How others come into this room: address, code and QR code; for a presenter, how another becomes one. */
export function ShareBox({ room }: { room: string }) {
  const invitation = useRoomShare(room)
  return (
    <>
      <BoxTitle as="h2">Share this room</BoxTitle>
      {invitation ? (
        <Invite {...invitation} />
      ) : (
        <Hint role="status">Asking the dashboard for the code.</Hint>
      )}
      <CopyableText what="the room's address" before="The desk">
        {location.origin + pageAddress(`/r/${room}`)}
      </CopyableText>
      <SeatChoice />
      <Lead />
      {invitation?.sharing && <PresenterLink />}
    </>
  )
}

function Invite({ sharing, link, code }: Invitation) {
  const address = joinAddressOf(link)
  const hostEnd = address.indexOf('/')
  return (
    <div className="flex flex-wrap items-center gap-4">
      <QrCode
        text={link}
        label={`QR code: join this room at ${address}`}
        className="size-36 flex-none rounded-2"
      />
      <div className="grid min-w-0 flex-1 basis-44 gap-1">
        <p className="text-ink-2 fs-sm">Phones join at</p>
        <p className="font-strong wrap-anywhere">
          {address.slice(0, hostEnd)}
          <wbr />
          {address.slice(hostEnd)}
        </p>
        <p className="text-ink-2 fs-sm">with the code</p>
        <div className="font-mono font-strong text-xl tracking-[0.08em]" data-part="join-code">
          {shownJoinCode(code)}
        </div>
        {!sharing && (
          <Hint>
            Only this computer can open it. To let others in:{' '}
            <code className="whitespace-nowrap">npm start -- --share</code>
          </Hint>
        )}
      </div>
      <div className="basis-full">
        <CopyableText what="the join link" before="With the code">
          {link}
        </CopyableText>
      </div>
    </div>
  )
}

function Lead() {
  const { allowed } = useMay('person:show')
  if (!allowed) return null
  return (
    <div className="grid gap-1">
      <LeadButton />
      <Hint>Who follows you sees the modes and views that you show.</Hint>
    </div>
  )
}

/** Hidden until it is asked for: on a projector it would make a presenter of everybody. */
function PresenterLink() {
  const { allowed } = useMay('access:presenter-link')
  const feed = useFeed()
  const [links, setLinks] = useState<readonly string[]>([])
  const [problem, setProblem] = useState('')
  if (!allowed) return null
  const reveal = async () => {
    const reply = await feed.command('access:presenter-link', {})
    if (reply.ok) setLinks(presenterLinkSchema.parse(reply.value).links)
    else setProblem(errorWords(reply.code))
  }
  const [link] = links
  return (
    <section className="grid gap-2 border-t pt-3" aria-label="Presenter's link">
      {link === undefined ? (
        <Button onClick={() => void reveal()}>Show a presenter’s link</Button>
      ) : (
        <CopyableText what="the presenter's link">{link}</CopyableText>
      )}
      <Hint>Whoever opens it may do everything, in every room, for two days. Keep it off the projector.</Hint>
      {problem !== '' && <Refusal>{problem}</Refusal>}
    </section>
  )
}
