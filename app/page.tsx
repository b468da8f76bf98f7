import { headers } from 'next/headers'
import { RoomPage } from '#components/room-page.tsx'
import { roomPicture } from '#lib/http/room-picture.ts'
import { LOBBY } from '#lib/protocol/lobby.ts'

export default async function Page() {
  return <RoomPage room={LOBBY} picture={await roomPicture(LOBBY, await headers())} />
}
