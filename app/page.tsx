import { RoomPage } from '#components/room-page.tsx'
import { LOBBY } from '#lib/protocol/names.ts'

export default function Page() {
  return <RoomPage room={LOBBY} />
}
